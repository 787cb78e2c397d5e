package admin

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "yallm")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestSocketIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // files of a user's folder are private there by themselves
	}
	path := filepath.Join(shortDir(t), "run", "control.sock")
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	ln, err := Listen(t.Context(), path)
	must(t, err)
	defer ln.Close()
	for file, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(file)
		must(t, err)
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", file, info.Mode().Perm(), want)
		}
	}
	if _, err := Listen(t.Context(), path); !errors.Is(err, ErrInUse) {
		t.Errorf("a second listener: %v", err)
	}
}

func TestSocketOfAKilledProgramIsReplaced(t *testing.T) {
	path := filepath.Join(shortDir(t), "control.sock")
	ln, err := net.Listen("unix", path)
	must(t, err)
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	must(t, ln.Close())
	again, err := Listen(t.Context(), path)
	must(t, err)
	must(t, again.Close())
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket stays after Close: %v", err)
	}
}

func TestFileInPlaceOfTheSocketIsLeftAlone(t *testing.T) {
	path := filepath.Join(shortDir(t), "control.sock")
	must(t, os.WriteFile(path, []byte("mine"), 0o600))
	if _, err := Listen(t.Context(), path); err == nil {
		t.Error("a file was taken for a socket")
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "mine" {
		t.Errorf("the file: %q, %v", data, err)
	}
	if _, err := Listen(t.Context(), "/"+strings.Repeat("x", 200)); err == nil || !strings.Contains(err.Error(), "shorter") {
		t.Errorf("a path that is too long: %v", err)
	}
}

func TestClientWithoutAProgram(t *testing.T) {
	c := Dial(filepath.Join(shortDir(t), "nobody.sock"))
	if _, err := c.State(t.Context()); !errors.Is(err, ErrNotRunning) || err.Error() != ErrNotRunning.Error() {
		t.Errorf("err = %v", err)
	}
	for _, err := range c.Events(t.Context()) {
		if !errors.Is(err, ErrNotRunning) {
			t.Errorf("events: %v", err)
		}
	}
}

func TestClient(t *testing.T) {
	p := start(t, oneModel)
	ctx, c := t.Context(), p.client
	must(t, p.records.Append(ctx, []usage.Entry{entry(1)}))
	s, err := c.StartProxy(ctx, 0)
	must(t, err)
	if s.Proxy != controller.Running || s.Port == 0 {
		t.Errorf("state: %+v", s)
	}
	if s, err = c.State(ctx); err != nil || s.Models != 1 {
		t.Errorf("state: %+v %v", s, err)
	}
	yes := true
	list, err := c.Requests(ctx, usage.Filter{Model: "small", Stream: &yes, Since: entry(1).Record.Time}, usage.Page{Limit: 5})
	if err != nil || len(list.Records) != 1 || list.Records[0].Model != "small" {
		t.Errorf("requests: %+v %v", list, err)
	}
	if d, err := c.Request(ctx, list.Records[0].ID); err != nil || d.BodiesState != "stored" || d.Bodies.RequestBody != `{"q":"grüße"}` {
		t.Errorf("request: %+v %v", d, err)
	}
	if totals, err := c.Totals(ctx, usage.Filter{}); err != nil || totals.Requests != 1 {
		t.Errorf("totals: %+v %v", totals, err)
	}
	if rows, err := c.Breakdown(ctx, usage.Filter{}, usage.ByModel); err != nil || len(rows) != 1 || rows[0].Key != "small" {
		t.Errorf("rows: %+v %v", rows, err)
	}
	if models, err := c.Models(ctx); err != nil || len(models) != 1 {
		t.Errorf("models: %+v %v", models, err)
	}
	if providers, err := c.Providers(ctx); err != nil || len(providers) != 1 {
		t.Errorf("providers: %+v %v", providers, err)
	}
	must(t, c.SetKey(ctx, "spare", "sk-1"))
	if keys, err := c.Keys(ctx); err != nil || len(keys.Keys) != 1 || keys.Keys[0].Name != "spare" {
		t.Errorf("keys: %+v %v", keys, err)
	}
	must(t, c.RemoveKey(ctx, "spare"))
	var problem *Problem
	if err := c.RemoveKey(ctx, "spare"); !errors.As(err, &problem) || problem.Status != 404 || !problem.For("not-found") {
		t.Errorf("removing it twice: %v", err)
	}
	must(t, c.SetSettings(ctx, map[string]any{"app.theme": "dark"}))
	if settings, err := c.Settings(ctx); err != nil || len(settings) == 0 {
		t.Errorf("settings: %+v %v", settings, err)
	}
	if err := c.SetSettings(ctx, map[string]any{"app.theme": "pink"}); err == nil || !strings.Contains(err.Error(), p.path) {
		t.Errorf("a colour that is none: %v", err)
	}
	if view, err := c.Config(ctx); err != nil || view.Path != p.path {
		t.Errorf("config: %+v %v", view, err)
	}
	must(t, c.Reload(ctx))
	if checks, err := c.Doctor(ctx); err != nil || len(checks) < 5 {
		t.Errorf("doctor: %+v %v", checks, err)
	}
	if size, err := c.Storage(ctx); err != nil || size.Records != 1 {
		t.Errorf("storage: %+v %v", size, err)
	}
	if places, err := c.Places(ctx); err != nil || len(places) != 2 {
		t.Errorf("places: %+v %v", places, err)
	}
	if flying, err := c.InFlight(ctx); err != nil || len(flying) != 0 {
		t.Errorf("in flight: %+v %v", flying, err)
	}
	must(t, c.ShowWindow(ctx))
	must(t, c.Quit(ctx))
	if got := strings.Join(p.hooks.calls(), ", "); got != "window, quit" {
		t.Errorf("calls: %s", got)
	}
	if s, err = c.StopProxy(ctx); err != nil || s.Proxy != controller.Stopped {
		t.Errorf("state: %+v %v", s, err)
	}
}

func TestEventsOverTheSocket(t *testing.T) {
	p := start(t, oneModel)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var seen []string
	for e, err := range p.client.Events(ctx) {
		must(t, err)
		seen = append(seen, e.Type)
		switch {
		case len(seen) == 1:
			must(t, p.client.SetSettings(ctx, map[string]any{"app.theme": "dark"}))
		case e.Type == controller.EventConfig:
			p.ctl.Recorded([]usage.Record{entry(7).Record})
		case e.Type == controller.EventRequest:
			if e.Record.Model != "small" {
				t.Errorf("record: %+v", e.Record)
			}
			cancel()
		}
	}
	got := strings.Join(seen, " ")
	if !strings.HasPrefix(got, "state config") || !strings.Contains(got, "request") {
		t.Errorf("events: %s", got)
	}
}

func TestReverseProxyPassesEventsAsTheyHappen(t *testing.T) {
	p := start(t, oneModel)
	front := httptest.NewServer(ReverseProxy(p.client.socket))
	defer front.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, front.URL+"/api/events", nil)
	must(t, err)
	resp, err := front.Client().Do(req)
	must(t, err)
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	first, err := lines.ReadString('\n')
	must(t, err)
	if first != "event: state\n" {
		t.Errorf("first line: %q", first)
	}
	a := exchange(t, front.Client(), front.URL, "GET", "/models", "").expect(t, 200)
	if !strings.Contains(a.body, "<title>UI</title>") {
		t.Errorf("page: %s", a.body)
	}
	gone := httptest.NewServer(ReverseProxy(filepath.Join(p.dir, "nobody.sock")))
	defer gone.Close()
	if a := exchange(t, gone.Client(), gone.URL, "GET", "/", ""); a.status != 502 || !strings.Contains(a.body, "not running") {
		t.Errorf("without a program: %d %s", a.status, a.body)
	}
}
