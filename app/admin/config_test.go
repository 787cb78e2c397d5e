package admin

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/config"
)

const oneModel = `# My models.
providers:
  local:
    api_base: http://127.0.0.1:9/v1
model_list:
  - model_name: small   # the fast one
    provider: local
`

func TestSettingsChangeTheFileAndKeepItsComments(t *testing.T) {
	p := start(t, oneModel)
	before := decode[settingList](t, p.call("GET", "/api/settings", "").expect(t, 200))
	a := p.call("PATCH", "/api/settings", `{"values":{"app.theme":"dark","proxy_settings.server.drain_timeout":"5s"}}`, "If-Match", `"`+before.ETag+`"`)
	after := decode[settingList](t, a.expect(t, 200))
	if after.ETag == before.ETag {
		t.Error("the ETag is the old one")
	}
	if got := a.header.Get("ETag"); got != `"`+after.ETag+`"` {
		t.Errorf("ETag header %s, body %s", got, after.ETag)
	}
	theme := setting(t, after, "app.theme")
	if theme.Value != "dark" || theme.Source != "added" || theme.Default != "system" {
		t.Errorf("theme: %+v", theme)
	}
	if got := p.ctl.Config().App.Theme; got != "dark" {
		t.Errorf("theme in force: %q", got)
	}
	for _, kept := range []string{"# My models.", "# the fast one"} {
		if !strings.Contains(p.file(), kept) {
			t.Errorf("the file lost %q:\n%s", kept, p.file())
		}
	}
	reset := decode[settingList](t, p.call("PATCH", "/api/settings", `{"values":{"app.theme":null}}`).expect(t, 200))
	if theme := setting(t, reset, "app.theme"); theme.Value != "system" || theme.Source != "default" {
		t.Errorf("theme after reset: %+v", theme)
	}
}

func setting(t *testing.T, list settingList, key string) controller.SettingView {
	t.Helper()
	for _, s := range list.Settings {
		if s.Key == key {
			return s
		}
	}
	t.Fatalf("no setting %s", key)
	return controller.SettingView{}
}

func TestSettingThatCannotBeIsRefusedAsAWhole(t *testing.T) {
	p := start(t, oneModel)
	a := p.call("PATCH", "/api/settings", `{"values":{"app.theme":"dark","proxy_settings.server.port":70000,"app.log_level":"loud"}}`)
	problem := a.expect(t, 422).problem(t)
	if problem.Type != "urn:yallmproxy:invalid-config" || len(problem.Errors) != 2 {
		t.Fatalf("problem: %+v", problem)
	}
	for _, e := range problem.Errors {
		if !strings.Contains(e.Location, p.path+":") || !strings.Contains(e.Location, " ") {
			t.Errorf("location %q lacks file:line or path", e.Location)
		}
	}
	if p.file() != oneModel {
		t.Errorf("the file has changed:\n%s", p.file())
	}
	p.call("PATCH", "/api/settings", `{"values":{"app.no_such":1}}`).expect(t, 422)
}

func TestStaleIfMatchLosesTheRace(t *testing.T) {
	p := start(t, oneModel)
	tag := p.call("GET", "/api/config", "").expect(t, 200).header.Get("ETag")
	var racing sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		racing.Go(func() {
			themes := []string{"dark", "light"}
			statuses[i] = p.call("PATCH", "/api/settings", `{"values":{"app.theme":"`+themes[i%2]+`"}}`, "If-Match", tag).status
		})
	}
	racing.Wait()
	won := 0
	for _, s := range statuses {
		switch s {
		case 200:
			won++
		case 412:
		default:
			t.Errorf("status %d", s)
		}
	}
	if won != 1 {
		t.Errorf("%d changes won, want 1: %v", won, statuses)
	}
	p.call("DELETE", "/api/models/small", "", "If-Match", tag).expect(t, 412)
}

func TestBrokenFileKeepsTheLastGoodInForceUntilRepaired(t *testing.T) {
	p := start(t, oneModel)
	p.write("model_list: [\n")
	s := p.eventually("a notice about the file", func(s controller.State) bool { return notice(s, "config") != nil })
	n := notice(s, "config")
	if n.Level != "error" || len(n.Problems) == 0 || n.Problems[0].File != p.path || n.Problems[0].Line == 0 {
		t.Errorf("notice: %+v", n)
	}
	if s.Models != 1 {
		t.Errorf("%d models in force, want the one of before", s.Models)
	}
	view := decode[controller.ConfigView](t, p.call("GET", "/api/config", "").expect(t, 200))
	if len(view.Problems) == 0 || view.YAML != "model_list: [\n" {
		t.Errorf("view: %+v", view)
	}
	p.call("POST", "/api/config/reload", "").expect(t, 422)
	p.call("PATCH", "/api/settings", `{"values":{"app.theme":"dark"}}`).expect(t, 422)

	p.write(strings.ReplaceAll(oneModel, "small", "repaired"))
	p.eventually("the notice gone", func(s controller.State) bool { return notice(s, "config") == nil })
	if _, ok := p.ctl.Config().Model("repaired"); !ok {
		t.Error("the repaired file is not in force")
	}
}

// A program that rewrites the file in place empties it first; nobody may notice.
func TestFileRewrittenInPlaceLosesNothing(t *testing.T) {
	p := start(t, oneModel)
	p.write("")
	for begun := time.Now(); time.Since(begun) < 600*time.Millisecond; time.Sleep(20 * time.Millisecond) {
		if _, ok := p.ctl.Config().Model("small"); !ok {
			t.Fatal("the models went with the text")
		}
	}
	p.write(strings.ReplaceAll(oneModel, "small", "rewritten"))
	p.eventually("the new text in force", func(controller.State) bool {
		_, ok := p.ctl.Config().Model("rewritten")
		return ok
	})
	p.write("")
	p.eventually("the empty file believed", func(s controller.State) bool { return s.Models == 0 })
}

func TestFileReplacedByRenameIsSeen(t *testing.T) {
	p := start(t, oneModel)
	beside := filepath.Join(filepath.Dir(p.path), "config_added.yaml~new")
	must(t, os.WriteFile(beside, []byte(strings.ReplaceAll(oneModel, "small", "renamed")), 0o600))
	must(t, os.Rename(beside, p.path))
	p.eventually("the renamed file in force", func(controller.State) bool {
		_, ok := p.ctl.Config().Model("renamed")
		return ok
	})
}

func TestEnvFileIsWatchedToo(t *testing.T) {
	p := start(t, strings.ReplaceAll(oneModel, "/v1\n", "/v1\n    api_key: ${LOCAL_KEY}\n"))
	if views := p.ctl.Providers.List(); views[0].Key != controller.KeyMissing {
		t.Fatalf("key %q before there is one", views[0].Key)
	}
	must(t, os.WriteFile(config.EnvPath(p.path), []byte("LOCAL_KEY=sk-of-the-env-file\n"), 0o600))
	p.eventually("the key of the env file", func(controller.State) bool {
		return p.ctl.Providers.List()[0].Key == controller.KeyInEnv
	})
}

func TestStartWithABrokenFileUsesTheLastGoodCopy(t *testing.T) {
	p := start(t, "model_list: {", func(p *program) {
		p.write("")
		must(t, os.WriteFile(config.LastGood(p.path), []byte(oneModel), 0o600))
	})
	s := p.ctl.State()
	if notice(s, "config") == nil || s.Models != 1 {
		t.Errorf("state: %+v", s)
	}
	p = start(t, "model_list: {")
	if s := p.ctl.State(); notice(s, "config") == nil || !s.FirstRun {
		t.Errorf("state without a copy: %+v", s)
	}
}

func TestLastGoodCopyFollowsEditsByHand(t *testing.T) {
	p := start(t, oneModel)
	edited := strings.ReplaceAll(oneModel, "small", "edited")
	p.write(edited)
	p.eventually("the edit in force", func(controller.State) bool {
		_, ok := p.ctl.Config().Model("edited")
		return ok
	})
	data, err := os.ReadFile(config.LastGood(p.path))
	must(t, err)
	if string(data) != edited {
		t.Errorf("last good copy:\n%s", data)
	}
}

func TestConfigRoundTripKeepsWhatWasMasked(t *testing.T) {
	secret := "sk-written-by-hand-0123456789"
	p := start(t, strings.ReplaceAll(oneModel, "/v1\n", "/v1\n    api_key: "+secret+"\n"))
	view := decode[controller.ConfigView](t, p.call("GET", "/api/config", "").expect(t, 200))
	if strings.Contains(view.YAML, secret) || !strings.Contains(view.YAML, "•••") {
		t.Fatalf("not masked:\n%s", view.YAML)
	}
	edited := strings.ReplaceAll(view.YAML, "small", "large")
	a := p.call("PUT", "/api/config", mustJSON(t, map[string]string{"yaml": edited}), "If-Match", view.ETag)
	a.expect(t, 200)
	if !strings.Contains(p.file(), secret) || strings.Contains(p.file(), "•••") {
		t.Errorf("the key is gone:\n%s", p.file())
	}
	if _, ok := p.ctl.Config().Model("large"); !ok {
		t.Error("the edit is not in force")
	}
	// Masks survive a file that is broken in between, too.
	p.write(p.file() + "oops: [\n")
	p.eventually("a notice", func(s controller.State) bool { return notice(s, "config") != nil })
	view = decode[controller.ConfigView](t, p.call("GET", "/api/config", "").expect(t, 200))
	if strings.Contains(view.YAML, secret) {
		t.Fatalf("a broken file is not masked:\n%s", view.YAML)
	}
	mended := strings.TrimSuffix(view.YAML, "oops: [\n")
	p.call("PUT", "/api/config", mustJSON(t, map[string]string{"yaml": mended})).expect(t, 200)
	if !strings.Contains(p.file(), secret) {
		t.Errorf("the key is gone after the repair:\n%s", p.file())
	}
}

func TestStartAtLoginAsksTheDesktopFirst(t *testing.T) {
	p := start(t, oneModel)
	p.hooks.failWith(os.ErrPermission)
	if a := p.call("PATCH", "/api/settings", `{"values":{"app.start_at_login":true}}`); a.status < 400 {
		t.Errorf("status %d although the desktop refused", a.status)
	}
	if p.file() != oneModel {
		t.Errorf("the file has changed although the desktop refused:\n%s", p.file())
	}
	p.hooks.failWith(nil)
	p.call("PATCH", "/api/settings", `{"values":{"app.start_at_login":true}}`).expect(t, 200)
	if calls := p.hooks.calls(); calls[len(calls)-1] != "login on" {
		t.Errorf("calls: %v", calls)
	}
}
