package admin

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/config"
)

func TestModelNamesWithSlashes(t *testing.T) {
	p := start(t, oneModel)
	name := "org/model:free 100%"
	a := p.call("POST", "/api/models", mustJSON(t, controller.ModelInput{Name: name, Provider: ptr("local"), Target: ptr("x/y")})).expect(t, 201)
	if v := decode[controller.ModelView](t, a); v.Name != name || v.Target != "x/y" || !v.Editable {
		t.Errorf("added: %+v", v)
	}
	const path = "/api/models/org%2Fmodel:free%20100%25"
	p.call("POST", path+"/copy", `{"name":"a/b/c"}`).expect(t, 201)
	a = p.call("PUT", path, mustJSON(t, controller.ModelInput{Name: name, RequestTimeout: ptr(12.5)})).expect(t, 200)
	if v := decode[controller.ModelView](t, a); v.RequestTimeout != 12.5 || v.Target != "x/y" {
		t.Errorf("changed: %+v", v)
	}
	p.call("DELETE", path, "").expect(t, 204)
	p.call("DELETE", path, "").expect(t, 404)
	p.call("PUT", "/api/models/a%2Fb%2Fc", mustJSON(t, controller.ModelInput{Name: "a/b/d"})).expect(t, 200)
	p.call("DELETE", "/api/models/a%2Fb%2Fd", "").expect(t, 204)
	if strings.TrimSpace(p.file()) != strings.TrimSpace(oneModel) {
		t.Errorf("the file is not as it was:\n%s", p.file())
	}
}

func ptr[T any](v T) *T { return &v }

func TestModelLife(t *testing.T) {
	p := start(t, oneModel)
	p.call("POST", "/api/models", `{"name":"small","provider":"local"}`).expect(t, 409)
	p.call("POST", "/api/models", `{"name":"orphan","provider":"nobody"}`).expect(t, 422).problem(t)
	p.call("POST", "/api/models", `{"name":"big","yaml":"provider: local\nmodel_params:\n  model: big-2\n  # slow\n  request_timeout: 900\n"}`).expect(t, 201)
	if !strings.Contains(p.file(), "# slow") {
		t.Errorf("the comment is gone:\n%s", p.file())
	}
	a := p.call("POST", "/api/models", `{"name":"any","fallbacks":["small","big"]}`).expect(t, 201)
	if v := decode[controller.ModelView](t, a); !v.Virtual || !v.Editable || len(v.Fallbacks) != 2 {
		t.Errorf("virtual: %+v", v)
	}
	p.call("PUT", "/api/models/big", `{"name":"bigger"}`).expect(t, 200)
	a = p.call("GET", "/api/models", "")
	names := map[string]controller.ModelView{}
	for _, m := range decode[modelList](t, a).Models {
		names[m.Name] = m
	}
	if got := names["any"].Fallbacks; len(got) != 2 || got[1] != "bigger" {
		t.Errorf("fallbacks after the rename: %v", got)
	}
	if m := names["bigger"]; m.Target != "big-2" || m.RequestTimeout != 900 || !strings.Contains(m.YAML, "big-2") {
		t.Errorf("renamed: %+v", m)
	}
	p.call("PUT", "/api/models/any", `{"name":"all","fallbacks":["bigger"]}`).expect(t, 200)
	p.call("DELETE", "/api/models/bigger", "").expect(t, 204)
	p.call("GET", "/api/models", "").expect(t, 200)
	if strings.Contains(p.file(), "bigger") {
		t.Errorf("something still refers to it:\n%s", p.file())
	}
}

func TestModelThatCannotBeCalledIsShownWithTheReason(t *testing.T) {
	p := start(t, oneModel+"  - model_name: lost\n    extends: nowhere\n  - model_name: base\n    model_params: {api_type: openai}\n")
	list := decode[modelList](t, p.call("GET", "/api/models", "").expect(t, 200)).Models
	if len(list) != 3 {
		t.Fatalf("%d models: %+v", len(list), list)
	}
	lost := list[1]
	if lost.Name != "lost" || lost.Extends != "nowhere" || !strings.Contains(lost.Problem, "nowhere") || !lost.Editable {
		t.Errorf("lost: %+v", lost)
	}
	p.call("DELETE", "/api/models/lost", "").expect(t, 204)
}

func TestProviderKeyGoesToTheKeychain(t *testing.T) {
	up := upstreamServer(t)
	p := start(t, "")
	body := mustJSON(t, controller.ProviderInput{
		Endpoints: []controller.EndpointView{{Dialect: "openai", Base: up.URL + "/v1/"}}, Key: " " + goodKey + "\n",
	})
	a := p.call("PUT", "/api/providers/My Server", body).expect(t, 200)
	v := decode[controller.ProviderView](t, a)
	if v.Key != controller.KeyInKeychain || v.KeyRef != "keyring:My-Server" || v.Endpoints[0].Base != up.URL+"/v1" {
		t.Errorf("provider: %+v", v)
	}
	if got, _ := p.vault.Get("My-Server"); got != goodKey {
		t.Errorf("keychain holds %q", got)
	}
	list := decode[providerModels](t, p.call("GET", "/api/providers/My%20Server/models", "").expect(t, 200)).Models
	if len(list) != 2 || list[0].ID != "m/1" || list[0].Added {
		t.Errorf("models: %+v", list)
	}
	p.call("POST", "/api/providers/My%20Server/models", `{"models":[{"id":"m/1"},{"id":"m/2","name":"two"}]}`).expect(t, 201)
	if m, ok := p.ctl.Config().Model("two"); !ok || m.Target != "m/2" || m.Key.Value.Reveal() != goodKey {
		t.Errorf("model: %+v", m)
	}
	r := decode[controller.TestResult](t, p.call("POST", "/api/models/two/test", "").expect(t, 200))
	if !r.OK || r.Steps[len(r.Steps)-1].Name != "chat" {
		t.Errorf("test: %+v", r)
	}
	// A second PUT without a key keeps it.
	body = mustJSON(t, controller.ProviderInput{Endpoints: v.Endpoints, Headers: map[string]string{"X-Team": "secret-team"}})
	v = decode[controller.ProviderView](t, p.call("PUT", "/api/providers/My Server", body).expect(t, 200))
	if v.Key != controller.KeyInKeychain || v.Headers["X-Team"] != "•••" {
		t.Errorf("after the second PUT: %+v", v)
	}
	body = mustJSON(t, controller.ProviderInput{Endpoints: v.Endpoints, Headers: v.Headers})
	p.call("PUT", "/api/providers/My Server", body).expect(t, 200)
	if got, _ := p.ctl.Config().Provider("My Server"); got.Headers["X-Team"] != "secret-team" {
		t.Errorf("a masked header was not kept: %v", got.Headers)
	}
	keys := decode[controller.KeysView](t, p.call("GET", "/api/keys", "").expect(t, 200))
	if len(keys.Keys) != 1 || len(keys.Keys[0].UsedBy) != 1 || keys.Keys[0].UsedBy[0] != "My Server" {
		t.Errorf("keys: %+v", keys)
	}
	p.call("DELETE", "/api/providers/My%20Server", "").expect(t, 409)
	p.call("DELETE", "/api/keys/My-Server", "").expect(t, 204)
	if got := p.ctl.Providers.List()[0]; got.Key != controller.KeyMissing || got.KeyProblem == "" {
		t.Errorf("after the key was removed: %+v", got)
	}
	p.call("PUT", "/api/keys/My-Server", `{"value":"`+goodKey+`"}`).expect(t, 204)
	if got := p.ctl.Providers.List()[0].Key; got != controller.KeyInKeychain {
		t.Errorf("after the key came back: %s", got)
	}
}

func TestWithoutAKeychainTheEnvFileIsOffered(t *testing.T) {
	p := start(t, oneModel, func(p *program) { p.vault.broken = true })
	in := controller.ProviderInput{Catalog: "openai", Key: goodKey}
	problem := p.call("PUT", "/api/providers/openai", mustJSON(t, in)).expect(t, 409).problem(t)
	if problem.Type != "urn:yallmproxy:no-keychain" || !strings.Contains(problem.Detail, ".env_added") {
		t.Errorf("problem: %+v", problem)
	}
	if strings.Contains(p.file(), "openai") {
		t.Errorf("the provider was saved without its key:\n%s", p.file())
	}
	in.KeyStore = "env"
	v := decode[controller.ProviderView](t, p.call("PUT", "/api/providers/openai", mustJSON(t, in)).expect(t, 200))
	if v.Key != controller.KeyInEnv || v.KeyRef != "${OPENAI_API_KEY}" {
		t.Errorf("provider: %+v", v)
	}
	env := filepath.Join(filepath.Dir(p.path), ".env_added")
	data, err := os.ReadFile(env)
	must(t, err)
	info, err := os.Stat(env)
	must(t, err)
	if string(data) != "OPENAI_API_KEY="+goodKey+"\n" || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %q", info.Mode(), data)
	}
	// The next key replaces it, although the file has one already.
	in.Key = goodKey + "2"
	p.call("PUT", "/api/providers/openai", mustJSON(t, in)).expect(t, 200)
	if got, _ := p.ctl.Config().Provider("openai"); got.Key.Value.Reveal() != goodKey+"2" {
		t.Error("the old key is still in force")
	}
	if keys := p.ctl.Keys.List(); keys.Available || keys.Problem == "" {
		t.Errorf("keys: %+v", keys)
	}
	p.call("PUT", "/api/keys/x", `{"value":"y"}`).expect(t, 409)
}

func TestTryNamesTheStepThatFailsAndSavesNothing(t *testing.T) {
	up := upstreamServer(t)
	p := start(t, oneModel)
	trial := func(in controller.ProviderTrial) controller.TestResult {
		t.Helper()
		return decode[controller.TestResult](t, p.call("POST", "/api/providers/test", mustJSON(t, in)).expect(t, 200))
	}
	at := func(base string) []controller.EndpointView {
		return []controller.EndpointView{{Dialect: "openai", Base: base}}
	}
	good := trial(controller.ProviderTrial{ProviderInput: controller.ProviderInput{Endpoints: at(up.URL + "/v1"), Key: goodKey}})
	if !good.OK || len(good.Models) != 2 {
		t.Errorf("good: %+v", good)
	}
	two := controller.ProviderInput{Endpoints: at(up.URL + "/v1"), Keys: &[]controller.ProviderKeyInput{{Key: goodKey}, {Key: "sk-wrong"}}}
	for step, in := range map[string]controller.ProviderInput{
		"key": {Endpoints: at(up.URL + "/v1"), Key: "sk-wrong"},
		"tcp": {Endpoints: at("http://127.0.0.1:1/v1"), Key: goodKey},
	} {
		r := trial(controller.ProviderTrial{ProviderInput: in})
		failed := ""
		for _, s := range r.Steps {
			if !s.OK && !s.Skipped {
				failed = s.Name
			}
		}
		if r.OK || failed != step {
			t.Errorf("step %q failed, want %q: %+v", failed, step, r)
		}
	}
	if r := trial(controller.ProviderTrial{ProviderInput: two}); r.OK || len(r.Models) != 2 || !strings.Contains(fmt.Sprint(r.Steps), "key 1: Accepted; key 2: the provider refuses") {
		t.Errorf("one good key of two: %+v", r)
	}
	p.call("POST", "/api/providers/test", `{"catalog":"azure"}`).expect(t, 422)
	p.call("POST", "/api/providers/test", `{"catalog":"no such"}`).expect(t, 422)
	if p.file() != oneModel {
		t.Errorf("something was saved:\n%s", p.file())
	}
}

func TestBuiltInModelsCanBeCopiedOnly(t *testing.T) {
	p := start(t, oneModel)
	src := p.source()
	src.Default = []byte("model_list:\n  - model_name: built-in\n    model_params: {api_base: http://127.0.0.1:9/v1, api_key: \"${NOPE}\"}\n")
	// The built-in layer of the product holds no models, so one is made here.
	cfg, err := config.Parse(src, nil)
	must(t, err)
	if len(cfg.Models) != 1 || cfg.Models[0].Layer != config.LayerDefault {
		t.Fatalf("models: %+v", cfg.Models)
	}
	p2 := start(t, oneModel, func(p *program) { p.defaults = src.Default })
	p2.call("PUT", "/api/models/built-in", `{"name":"mine"}`).expect(t, 409)
	p2.call("DELETE", "/api/models/built-in", "").expect(t, 409)
	v := decode[controller.ModelView](t, p2.call("POST", "/api/models/built-in/copy", `{"name":"mine"}`).expect(t, 201))
	if !v.Editable || v.Layer != config.LayerAdded || v.Key != controller.KeyMissing {
		t.Errorf("copy: %+v", v)
	}
}

const goodKey = "sk-good-0123456789abcdef"

// upstreamServer is a provider with two models that knows one key.
func upstreamServer(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Header.Get("Authorization") != "Bearer "+goodKey:
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"error":{"message":"Incorrect key %s"}}`, r.Header.Get("Authorization"))
		case strings.HasSuffix(r.URL.Path, "/models"):
			fmt.Fprint(w, `{"data":[{"id":"m/2"},{"id":"m/1"}]}`)
		default:
			fmt.Fprint(w, `{"choices":[{"message":{"content":"ok"}}]}`)
		}
	}))
	t.Cleanup(s.Close)
	return s
}
