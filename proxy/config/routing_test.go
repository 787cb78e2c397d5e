package config

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever a person writes about names: each alias leads to something that is
// no alias, no group contains itself, and every member is there.
func TestNamesLeadSomewhere(t *testing.T) {
	names := []string{"a", "b", "g", "h", "i", "v", "x", "y", "z", "w-1", "p/m", "nobody"}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names)
		list := func(what string) string {
			return "[" + strings.Join(rapid.SliceOfN(name, 0, 4).Draw(t, what), ", ") + "]"
		}
		var file strings.Builder
		file.WriteString("providers: {p: {api_base: 'http://p.example'}}\nmodel_list:\n")
		fmt.Fprintf(&file, "  - {model_name: a, provider: p, aliases: %s}\n  - {model_name: b, provider: p}\n  - {model_name: 'w-*', provider: p}\n", list("aliases"))
		file.WriteString("router_settings:\n  groups:\n")
		for _, group := range []string{"g", "h", "i"} {
			fmt.Fprintf(&file, "    - {name: %s, targets: %s}\n", group, list(group))
		}
		fmt.Fprintf(&file, "  fallbacks: [{v: %s}, {a: %s}]\n  aliases:\n", list("v"), list("a"))
		for _, alias := range rapid.SliceOfNDistinct(name, 0, 5, func(s string) string { return s }).Draw(t, "names") {
			fmt.Fprintf(&file, "    %s: %s\n", alias, name.Draw(t, "to"))
		}
		cfg, err := Parse(Source{}, []byte(file.String()))
		if err != nil {
			t.Fatalf("%v\n%s", err, file.String())
		}
		checkNames(t, cfg)
	})
}

func checkNames(t *rapid.T, cfg *Config) {
	groups := map[string]Group{}
	for _, g := range cfg.Router.Groups {
		groups[g.Name] = g
	}
	for alias, to := range cfg.Router.Aliases {
		if _, again := cfg.Router.Aliases[to]; again || to == alias {
			t.Fatalf("alias %s leads to %s", alias, to)
		}
		if _, model := cfg.Model(alias); model || groups[alias].Name != "" {
			t.Fatalf("alias %s hides something", alias)
		}
	}
	var visit func(name string, above []string)
	visit = func(name string, above []string) {
		if slices.Contains(above, name) {
			t.Fatalf("%v contains itself", append(above, name))
		}
		g, ok := groups[name]
		if ok && len(g.Members) == 0 {
			t.Fatalf("group %s is empty", name)
		}
		for _, m := range g.Members {
			if m.Model == "nobody" {
				t.Fatalf("group %s has a member that is not there", name)
			}
			visit(m.Model, append(slices.Clip(above), name))
		}
	}
	for name := range groups {
		visit(name, nil)
	}
	for name, targets := range cfg.Router.Fallbacks {
		if slices.Contains(targets, name) {
			t.Fatalf("%s falls back to itself", name)
		}
	}
}

// What a model says about time wins over its request_timeout, that over what
// holds for all, and that over what is built in, each limit for itself.
func TestTimeouts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.IntRange(0, 5)
		limits := []struct{ all, one string }{
			{"connect", "connect_timeout"},
			{"tls", "tls_timeout"},
			{"first_byte", "first_byte_timeout"},
			{"stream_idle", "stream_idle_timeout"},
			{"total", "total_timeout"},
			{"stream_total", "stream_total_timeout"},
		}
		want := []int{10, 10, 300, 120, 600, 0}
		var all, one []string
		for i, l := range limits {
			if rapid.Bool().Draw(t, l.all) {
				n := seconds.Draw(t, "seconds")
				all, want[i] = append(all, fmt.Sprintf("%s: %d", l.all, n)), n
			}
		}
		request := seconds.Draw(t, "request_timeout")
		if one = append(one, fmt.Sprintf("request_timeout: %d", request)); request > 0 {
			want[2], want[4] = request, request
		}
		for i, l := range limits {
			if rapid.Bool().Draw(t, l.one) {
				n := seconds.Draw(t, "seconds")
				one, want[i] = append(one, fmt.Sprintf("%s: %d", l.one, n)), n
			}
		}
		cfg, err := Parse(Source{}, []byte(fmt.Sprintf(
			"router_settings: {timeouts: {%s}}\nmodel_list: [{model_name: m, model_params: {api_base: 'http://h.example', %s}}]",
			strings.Join(all, ", "), strings.Join(one, ", "))))
		if err != nil {
			t.Fatal(err)
		}
		got := cfg.Models[0].Timeouts
		for i, have := range []time.Duration{got.Connect, got.TLS, got.FirstByte, got.StreamIdle, got.Total, got.StreamTotal} {
			if int(have/time.Second) != want[i] {
				t.Fatalf("%s is %s, want %ds\n%v\n%v", limits[i].all, have, want[i], all, one)
			}
		}
	})
}

// Names of keys tell them apart, whatever they are called and wherever they
// come from, and a key that is given twice is there once.
func TestKeyNamesAreUnique(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := rapid.SampledFrom([]string{"keyring:A", "${A}", "$A", "keyring:B", "sk-1", "sk-2", "'keyring:key 1'", "keyring:gone", "${GONE}", "''"})
		cfg, err := Parse(Source{
			Getenv:  lookupIn(map[string]string{"A": rapid.SampledFrom([]string{"sk-1", "env"}).Draw(t, "A")}),
			Keyring: keyringOf(map[string]string{"A": "vault-a", "B": "vault-b", "key 1": "sk-2"}),
		}, []byte(fmt.Sprintf("providers:\n  p:\n    api_base: http://h.example\n    api_key: %s\n    api_keys: [%s]\n",
			one.Draw(t, "first"), strings.ReplaceAll(strings.Join(rapid.SliceOfN(one, 0, 6).Draw(t, "more"), ", "), "${A}", "'${A}'"))))
		if invalid, ok := errors.AsType[*InvalidError](err); ok && strings.Contains(invalid.Error(), "did not find") {
			t.Skip("braces without quotes")
		} else if err != nil {
			t.Fatal(err)
		}
		p := cfg.Providers[0]
		names, values := map[string]bool{}, map[string]bool{}
		for _, k := range p.Keys {
			if k.Name == "" || names[k.Name] {
				t.Fatalf("name %q: %+v", k.Name, p.Keys)
			}
			names[k.Name] = true
			if v := k.Value.Reveal(); v != "" && values[v] {
				t.Fatalf("%q is there twice", v)
			}
			values[k.Value.Reveal()] = true
			if k.Set() == (k.Problem != "") {
				t.Fatalf("%+v is neither good nor bad", k)
			}
		}
		usable := UsableKeys(p.Keys)
		switch {
		case len(usable) > 0 && p.Key != usable[0]:
			t.Fatalf("key %+v is not the first of %+v", p.Key, usable)
		case len(usable) == 0 && p.Key.Set():
			t.Fatalf("key %+v of none", p.Key)
		}
	})
}

// A target's own address never gets a key that belongs to another provider.
func TestTargetsOfAnotherProviderGetTheirOwnKey(t *testing.T) {
	words := []string{"api_key: sk-entry", "api_keys: [sk-entry]", "headers: {X-Key: sk-entry}", "proxy: 'http://u:sk-entry@h'"}
	rand.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	cfg, err := Parse(Source{}, []byte("providers: {p: {api_base: 'http://p.example', api_key: sk-p}, q: {api_base: 'http://q.example'}}\n"+
		"model_list: [{model_name: m, model_params: {api_base: 'http://m.example', "+strings.Join(words, ", ")+"}, targets: [{provider: p}, {provider: q}]}]"))
	if err != nil {
		t.Fatal(err)
	}
	parts := cfg.Models[0].Parts
	if len(parts) != 2 || len(parts[0].Keys) != 1 || parts[0].Key.Value.Reveal() != "sk-p" || len(parts[1].Keys) != 0 {
		t.Fatalf("keys %+v and %+v", parts[0].Keys, parts[1].Keys)
	}
	for i, part := range parts {
		if len(part.Headers) > 0 || part.Way.Proxy.Reveal() != "" || part.Endpoints[0].Base != []string{"http://p.example", "http://q.example"}[i] {
			t.Errorf("part %d: %+v %s", i, part, part.Way.Proxy.Reveal())
		}
	}
}
