package router_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/router"
)

func targeted(name, target string) config.Model {
	m := model(name, llm.OpenAI)
	m.Target = target
	return m
}

func provided(name string) config.Provider {
	return config.Provider{Name: name, Endpoints: []config.Endpoint{{Dialect: llm.OpenAI, Base: "http://" + name}}, Keys: []config.Key{{Name: "k1"}, {Name: "k2"}}}
}

func members(names ...string) []config.Member {
	var out []config.Member
	for _, name := range names {
		out = append(out, config.Member{Model: name, Weight: 1})
	}
	return out
}

// many has an example of every way to name a model.
func many() *config.Config {
	parts := model("parts")
	parts.Members = members("parts#1", "parts#2")
	parts.Parts = []config.Model{model("parts#1", llm.OpenAI), targeted("parts#2", "other")}
	wide := model("wide-*", llm.OpenAI)
	wide.Members = members("wide-*#1")
	wide.Parts = []config.Model{targeted("wide-*#1", "w/*")}
	return &config.Config{
		Providers: []config.Provider{provided("router"), provided("openai"), {Name: "void"}},
		Models: []config.Model{
			targeted("a", "up-a"), model("b", llm.OpenAI), model("openai/c", llm.OpenAI), model("c", llm.OpenAI),
			parts, wide,
			targeted("gpt-*", "their-*"), model("gpt-4-*", llm.OpenAI), targeted("gpt-*-mini", "small"), targeted("azure-*", "az-*"),
			model("router/own", llm.OpenAI),
		},
		Router: config.Router{
			Aliases: map[string]string{
				"alias": "a", "second": "alias", "ring": "gnir", "gnir": "ring", "self": "self", "nowhere": "gone", "far": "router/x/y",
				"best": "gpt-9", "group": "both", "saved": "a", "virtually": "virtual",
			},
			Groups: []config.Group{
				{Name: "both", Members: members("a", "b")},
				{Name: "nested", Members: members("both", "c", "alias")},
				{Name: "loop", Members: members("pool", "a")},
				{Name: "pool", Members: members("loop", "b")},
				{Name: "empty", Members: members("gone", "empty")},
				{Name: "mixed", Members: members("virtual", "router/z", "gpt-7")},
			},
			Fallbacks: map[string][]string{
				"virtual": {"b", "a"}, "b": {"c"}, "saved": {"c"}, "both": {"c", "nested"}, "gpt-*": {"azure-*", "a"}, "router/kept": {"a"},
				"gpt-virtual": {"b"}, "lost": {"gone"}, "cross": {"router/m", "alias", "a"}, "x": {"y"}, "y": {"x", "a"},
			},
		},
	}
}

func names(targets []router.Target) string {
	var out []string
	for _, t := range targets {
		text := t.Backend() + "=" + t.Upstream
		if t.Group != "" {
			text = t.Group + ":" + text
		}
		if t.Why != "" {
			text += " " + t.Why
		}
		if t.From != "" {
			text += "<" + t.From
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func TestResolution(t *testing.T) {
	table := router.New(many())
	for _, tt := range []struct{ model, want string }{
		// Entries, with and without a name of their own upstream.
		{"a", "a=up-a"},
		{" a ", "a=up-a"},
		{"b", "b=b, c=c fallback<b"},
		{"A", ""},
		{"", ""},
		// The prefix that some clients put before every name; an entry of that
		// name comes first, and a provider of that name last.
		{"openai/a", "a=up-a"},
		{"OpenAI/a", "a=up-a"},
		{"openai/c", "openai/c=openai/c"},
		{"openai/both", "both:a=up-a, both:b=b member, c=c fallback<both"},
		{"openai/alias", "a=up-a"},
		{"openai/new", "openai/new=new"},
		{"openai/gpt-1", "openai/gpt-1=gpt-1"},
		{"OpenAI/gpt-1", "gpt-*=their-1, azure-*=az-1 fallback<gpt-*, a=up-a fallback<azure-*"},
		// Aliases.
		{"alias", "a=up-a"},
		{"second", "a=up-a"},
		{"ring", ""},
		{"self", ""},
		{"nowhere", ""},
		{"far", "router/x/y=x/y"},
		{"best", "gpt-*=their-9, azure-*=az-9 fallback<gpt-*, a=up-a fallback<azure-*"},
		{"group", "both:a=up-a, both:b=b member, c=c fallback<both"},
		{"saved", "a=up-a, c=c fallback<a"},
		{"virtually", "b=b, c=c fallback<b, a=up-a fallback<c"},
		// Models of providers without an entry.
		{"router/x", "router/x=x"},
		{"router/org/x", "router/org/x=org/x"},
		{"router/own", "router/own=router/own"},
		{"router/", ""},
		{"router", ""},
		{"void/x", ""},
		{"gone/x", ""},
		{"router/kept", "router/kept=kept, a=up-a fallback<router/kept"},
		// Entries for many names.
		{"gpt-5", "gpt-*=their-5, azure-*=az-5 fallback<gpt-*, a=up-a fallback<azure-*"},
		{"gpt-4-turbo", "gpt-4-*=gpt-4-turbo"},
		{"gpt-5-mini", "gpt-*-mini=small"},
		{"gpt-", ""},
		{"gpt-*", ""},
		{"wide-1", "wide-*:wide-*#1=w/1"},
		{"gpt-virtual", "b=b, c=c fallback<b"},
		// Models with several targets, and groups.
		{"parts", "parts:parts#1=parts, parts:parts#2=other member"},
		{"parts#1", ""},
		{"nested", "nested:a=up-a, nested:b=b member, nested:c=c member"},
		{"loop", "loop:b=b, loop:a=up-a member"},
		{"pool", "pool:a=up-a, pool:b=b member"},
		{"empty", ""},
		{"mixed", "mixed:b=b, mixed:a=up-a member, mixed:router/z=z member, mixed:gpt-*=their-7 member"},
		// Fallbacks.
		{"virtual", "b=b, c=c fallback<b, a=up-a fallback<c"},
		{"lost", ""},
		{"cross", "router/m=m, a=up-a fallback<router/m"},
		{"x", "a=up-a"},
	} {
		targets, err := table.Route(router.Ask{Model: tt.model, Dialect: llm.OpenAI}, nil)
		if got := names(targets); got != tt.want {
			t.Errorf("%q leads to %s\nwant %s", tt.model, got, tt.want)
		}
		if (err != nil) != (tt.want == "") {
			t.Errorf("%q: %v", tt.model, err)
		}
		if table.Allowed(tt.model, "") != (tt.want != "") {
			t.Errorf("%q: allowed %v", tt.model, table.Allowed(tt.model, ""))
		}
	}
	for name, want := range map[string]bool{
		"a": false, "both": true, "group": true, "parts": true, "virtual": false, "wide-1": false, "gone": false, "gpt-1": false, "mixed": true,
	} {
		if got := table.Choice(name); got != want {
			t.Errorf("%s: a choice: %v", name, got)
		}
	}
}

func TestTable(t *testing.T) {
	cfg := many()
	table := router.New(cfg)
	var got []string
	for _, n := range table.Names() {
		text := n.Name
		if n.Virtual {
			text += "~"
		}
		for _, m := range n.Models {
			text += " " + m.Name
		}
		got = append(got, text)
	}
	want := []string{
		"both a b c", "cross~ router/* a", "gpt-virtual~ b c", "loop b a", "mixed b a router/* gpt-*", "nested a b c",
		"pool a b", "router/kept~ router/* a", "virtual~ b c a", "x~ a", "y~ a",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names: %s", diff)
	}
	reached := map[string]bool{}
	for b := range table.Backends() {
		reached[b.Model.Name] = true
		if b.Model.Name == "router/*" && (b.Model.Provider != "router" || len(b.Model.Keys) != 2) {
			t.Errorf("template of a provider: %+v", b.Model)
		}
	}
	for name, want := range map[string]bool{"a": true, "parts": false, "parts#1": true, "parts#2": true, "wide-*#1": true, "router/*": true, "void/*": false} {
		if reached[name] != want {
			t.Errorf("%s is reached: %v", name, reached[name])
		}
	}
	for id, want := range map[health.ID]bool{
		{Backend: "a"}: true, {Backend: "a", Key: "k"}: false, {Backend: "parts"}: false, {Backend: "parts#1"}: true, {Backend: "gpt-*"}: true,
		{Backend: "router/x", Key: "k1"}: true, {Backend: "router/x"}: false, {Backend: "void/x"}: false, {Backend: "gone"}: false,
	} {
		if got := table.Known(id); got != want {
			t.Errorf("%v is known: %v", id, got)
		}
	}
	// What is prepared for a target is found by where it leads.
	prepared := map[router.Backend]bool{}
	for b := range table.Backends() {
		prepared[b] = true
	}
	for _, name := range []string{"a", "router/x", "parts", "gpt-1", "wide-1", "mixed"} {
		targets, _ := table.Route(router.Ask{Model: name, Dialect: llm.OpenAI}, nil)
		for _, target := range targets {
			if !prepared[target.Where()] {
				t.Errorf("%s: nothing is prepared for %s", name, target.Backend())
			}
		}
	}
}

// A caller does not get what is closed to it, under no name.
func TestClosedDoors(t *testing.T) {
	cfg := many()
	closed := func(m *config.Model, keys ...string) { m.AllowedKeys = append([]string{}, keys...) }
	for i := range cfg.Models {
		m := &cfg.Models[i]
		switch m.Name {
		case "a", "azure-*":
			closed(m, "k")
			m.Provider = "router"
		case "parts":
			closed(m, "k")
		}
	}
	table := router.New(cfg)
	for _, tt := range []struct{ caller, model, want string }{
		{"k", "both", "both:a=up-a, both:b=b member, c=c fallback<both"},
		{"x", "both", "both:b=b, c=c fallback<both"},
		{"", "alias", ""},
		{"x", "nested", "nested:b=b, nested:c=c member"},
		{"x", "parts", ""},
		{"x", "virtual", "b=b, c=c fallback<b"},
		{"x", "router/up-a", ""},
		{"k", "router/up-a", "router/up-a=up-a"},
		{"x", "router/az-9", ""},
		{"x", "router/else", "router/else=else"},
		{"x", "gpt-1", "gpt-*=their-1"},
		{"x", "saved", "c=c"},
	} {
		targets, err := table.Route(router.Ask{Model: tt.model, Dialect: llm.OpenAI, Caller: tt.caller}, nil)
		if got := names(targets); got != tt.want {
			t.Errorf("%q asks for %s: %s, want %s", tt.caller, tt.model, got, tt.want)
		}
		if tt.want == "" && (err == nil || err.Kind != llm.KindPermission) {
			t.Errorf("%q asks for %s: %v", tt.caller, tt.model, err)
		}
		if table.Allowed(tt.model, tt.caller) != (tt.want != "") {
			t.Errorf("%q may ask for %s: %v", tt.caller, tt.model, tt.want == "")
		}
	}
}

func TestInstead(t *testing.T) {
	cfg := many()
	cfg.Router.ContextFallbacks = map[string][]string{
		"a": {"b", "router/long", "alias"}, "both": {"a", "parts"}, "gpt-*": {"azure-*", "a"}, "c": {"c"}, "router/long": {"gpt-8"},
	}
	cfg.Router.PolicyFallbacks = map[string][]string{"a": {"b"}}
	table := router.New(cfg)
	for _, tt := range []struct {
		model, refused string
		kind           llm.Kind
		want           string
	}{
		{"a", "a", llm.KindContextLength, "b=b context_fallback<a, router/long=long context_fallback<b, gpt-*=their-8 context_fallback<router/long, azure-*=az-8 context_fallback<gpt-*"},
		{"a", "a", llm.KindContentPolicy, "b=b policy_fallback<a"},
		{"alias", "a", llm.KindContentPolicy, "b=b policy_fallback<a"},
		{"virtual", "a", llm.KindContentPolicy, "b=b policy_fallback<a"}, // by the model that refused
		{"a", "b", llm.KindContentPolicy, ""},                            // nobody else is left
		{"both", "b", llm.KindContextLength, "a=up-a context_fallback<both, router/long=long context_fallback<a, gpt-*=their-8 context_fallback<router/long, azure-*=az-8 context_fallback<gpt-*, parts:parts#1=parts context_fallback<azure-*, parts:parts#2=other member<azure-*"},
		{"gpt-3", "gpt-*", llm.KindContextLength, "azure-*=az-3 context_fallback<gpt-*, a=up-a context_fallback<azure-*, b=b context_fallback<a, router/long=long context_fallback<b, gpt-*=their-8 context_fallback<router/long"},
		{"c", "c", llm.KindContextLength, ""},
		{"b", "b", llm.KindContextLength, ""},
		{"a", "a", llm.KindServer, ""},
	} {
		ask := router.Ask{Model: tt.model, Dialect: llm.OpenAI}
		route, _ := table.Route(ask, nil)
		for _, refused := range route {
			if refused.Backend() != tt.refused {
				continue
			}
			got := table.Instead(ask, refused, tt.kind, nil)
			if names(got) != tt.want || (got == nil) != (tt.want == "") {
				t.Errorf("%s, refused by %s for %s: %s\nwant %s", tt.model, tt.refused, tt.kind, names(got), tt.want)
			}
		}
	}
}
