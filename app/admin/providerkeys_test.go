package admin

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

const severalKeys = `providers:
  p:
    api_base: http://127.0.0.1:9/v1
    api_key: sk-in-the-file   # the old one
    api_keys:
      - keyring:p
      - "${P_KEY}"
    proxy: http://me:hunter2@127.0.0.1:9   # by the gateway
    concurrency_limit: 3
`

func keysOf(v controller.ProviderView) string {
	var out []string
	for _, k := range v.Keys {
		out = append(out, k.Name+"="+string(k.State))
	}
	return strings.Join(out, " ")
}

func TestProviderKeysAreSeenEach(t *testing.T) {
	p := start(t, severalKeys, func(p *program) { p.vault.keys["p"] = "sk-vault" })
	v := p.ctl.Providers.List()[0]
	if got := keysOf(v); got != "key 1=file p=keychain P_KEY=missing" || v.Key != controller.KeyInFile || v.Keys[2].Problem == "" {
		t.Fatalf("keys %s: %+v", got, v)
	}
	if used := p.ctl.Keys.List().Keys; len(used) != 1 || len(used[0].UsedBy) != 1 || used[0].UsedBy[0] != "p" {
		t.Errorf("used: %+v", used)
	}
	p.call("DELETE", "/api/keys/p", "").expect(t, 204)
	if got := keysOf(p.ctl.Providers.List()[0]); got != "key 1=file p=missing P_KEY=missing" {
		t.Errorf("after the key was removed: %s", got)
	}
	p.call("PUT", "/api/keys/p", `{"value":"sk-again"}`).expect(t, 204)
	if got := keysOf(p.ctl.Providers.List()[0]); got != "key 1=file p=keychain P_KEY=missing" {
		t.Errorf("after the key came back: %s", got)
	}
}

func TestProviderKeysChange(t *testing.T) {
	p := start(t, severalKeys, func(p *program) { p.vault.keys["p"] = "sk-vault" })
	put := func(in string, status int) answer { return p.call("PUT", "/api/providers/p", in).expect(t, status) }
	for _, step := range []struct{ name, in, keys, vault string }{
		{"nothing is said", `{}`, "key 1=file p=keychain P_KEY=missing", "p"},
		{"reordered", `{"keys":[{"name":"p"},{"name":"key 1"},{"name":"P_KEY"}]}`, "p=keychain key 2=file P_KEY=missing", "p"},
		{"one goes, two come", `{"keys":[{"name":"key 2"},{"key":"sk-new"},{"key":" sk-newer "},{"name":"p"}]}`, "key 1=file p-2=keychain p-3=keychain p=keychain", "p p-2 p-3"},
		{"the first is replaced", `{"key":"sk-first"}`, "p-4=keychain p-2=keychain p-3=keychain p=keychain", "p p-2 p-3 p-4"},
		{"by a reference", `{"key_ref":"keyring:p-3"}`, "p-3=keychain p-2=keychain p=keychain", "p p-2 p-3 p-4"},
		{"one is left", `{"keys":[{"ref":"keyring:p"}]}`, "p=keychain", "p p-2 p-3 p-4"},
		{"none", `{"keys":[]}`, "", "p p-2 p-3 p-4"},
		{"several again", `{"keys":[{"ref":"keyring:p"},{"ref":"keyring:p-2"}]}`, "p=keychain p-2=keychain", "p p-2 p-3 p-4"},
		{"all go", `{"key_ref":"-"}`, "", "p p-2 p-3 p-4"},
	} {
		v := decode[controller.ProviderView](t, put(step.in, 200))
		if got := keysOf(v); got != step.keys {
			t.Errorf("%s: %s, want %s\n%s", step.name, got, step.keys, p.file())
		}
		if got := strings.Join(slices.Sorted(maps.Keys(p.vault.keys)), " "); got != step.vault {
			t.Errorf("%s: the keychain holds %s, want %s", step.name, got, step.vault)
		}
		if file := p.file(); strings.Contains(file, "sk-ne") || strings.Contains(file, "sk-first") ||
			!strings.Contains(file, "proxy: http://me:hunter2@127.0.0.1:9   # by the gateway") || !strings.Contains(file, "concurrency_limit: 3") {
			t.Errorf("%s:\n%s", step.name, file)
		}
	}
	if p.vault.keys["p-2"] != "sk-new" || p.vault.keys["p-3"] != "sk-newer" || p.vault.keys["p-4"] != "sk-first" || p.vault.keys["p"] != "sk-vault" {
		t.Errorf("keychain: %v", p.vault.keys)
	}
	for _, wrong := range []string{
		`{"keys":[{"name":"nobody"}]}`, `{"keys":[{}]}`, `{"keys":[{"ref":"keyring:p","key":"x"}]}`, `{"keys":[],"key":"x"}`, `{"key":"x","key_ref":"keyring:p"}`,
	} {
		put(wrong, 422)
	}
}

func TestProviderKeysAreKeptByIfMatch(t *testing.T) {
	p := start(t, severalKeys)
	tag := p.call("GET", "/api/providers", "").expect(t, 200).header.Get("ETag")
	p.call("PUT", "/api/providers/p", `{"keys":[{"name":"p"},{"name":"P_KEY"}]}`, "If-Match", tag).expect(t, 200)
	p.call("PUT", "/api/providers/p", `{"keys":[{"name":"key 1"}]}`, "If-Match", tag).expect(t, 412)
	if got := keysOf(p.ctl.Providers.List()[0]); got != "p=missing P_KEY=missing" {
		t.Errorf("keys: %s", got)
	}
}

func TestSeveralKeysWithoutAKeychain(t *testing.T) {
	p := start(t, "providers: {p: {api_base: 'http://127.0.0.1:9/v1', api_key: '${P_API_KEY}'}}\n", func(p *program) { p.vault.broken = true })
	p.call("PUT", "/api/providers/p", `{"keys":[{"key":"sk-1"}]}`).expect(t, 409)
	v := decode[controller.ProviderView](t, p.call("PUT", "/api/providers/p", `{"key_store":"env","keys":[{"name":"P_API_KEY"},{"key":"sk-1"},{"key":"sk-2"}]}`).expect(t, 200))
	if got := keysOf(v); got != "P_API_KEY=missing P_API_KEY_2=env P_API_KEY_3=env" {
		t.Errorf("keys: %s", got)
	}
}

func TestGroupsAndTargetsAreShown(t *testing.T) {
	up := upstreamServer(t)
	p := start(t, `providers: {p: {api_base: `+up.URL+`/v1, api_key: `+goodKey+`}}
model_list:
  - {model_name: a, provider: p, aliases: [ay]}
  - model_name: b
    targets: [{provider: p, model: x, weight: 2}, {api_base: "`+up.URL+`/v1", api_key: keyring:gone, priority: 1}]
router_settings:
  groups: [{name: g, targets: [a, {model: b, weight: 0}]}]
  fallbacks: [{g: [a]}]
`)
	views := map[string]controller.ModelView{}
	for _, v := range decode[modelList](t, p.call("GET", "/api/models", "").expect(t, 200)).Models {
		views[v.Name] = v
	}
	g, b := views["g"], views["b"]
	if !g.Group || g.Virtual || g.Editable || len(g.Members) != 2 || g.Members[1] != (controller.Member{Name: "b"}) || len(g.Fallbacks) != 1 {
		t.Errorf("group: %+v", g)
	}
	if len(b.Members) != 2 || b.Members[0] != (controller.Member{Name: "b#1", Provider: "p", Target: "x", Weight: 2}) || b.Key != controller.KeyMissing || b.KeyProblem == "" || len(b.Endpoints) != 2 {
		t.Errorf("model with targets: %+v", b)
	}
	if len(views) != 3 || len(views["a"].Aliases) != 1 {
		t.Errorf("views: %+v", views)
	}
	if v := p.ctl.Providers.List()[0]; strings.Join(v.Models, " ") != "a b" {
		t.Errorf("models of the provider: %v", v.Models)
	}
	p.call("DELETE", "/api/providers/p", "").expect(t, 409)
	p.call("DELETE", "/api/models/g", "").expect(t, 409)
	p.call("POST", "/api/models/g/copy", `{"name":"h"}`).expect(t, 409)
	p.call("POST", "/api/models", `{"name":"g","provider":"p"}`).expect(t, 409)
	r := decode[controller.TestResult](t, p.call("POST", "/api/models/b/test", "").expect(t, 200))
	if i := slices.IndexFunc(r.Steps, func(s controller.Step) bool { return !s.OK && strings.HasPrefix(s.Detail, "b#2: ") }); r.OK || i < 0 {
		t.Errorf("test: %+v", r)
	}
	p.call("PUT", "/api/models/a", `{"name":"alpha","request_timeout_s":5}`).expect(t, 200)
	if file := p.file(); !strings.Contains(file, "targets: [alpha, {model: b, weight: 0}]") || !strings.Contains(file, "aliases: [ay]") {
		t.Errorf("after the rename:\n%s", file)
	}
}
