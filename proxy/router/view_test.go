package router_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/router"
)

func TestStagesForPeople(t *testing.T) {
	cfg := &config.Config{Router: config.Router{
		Groups: []config.Group{
			{Name: "pool", Members: []config.Member{{Model: "b", Weight: 1, Priority: 2}, {Model: "a", Weight: 3}, {Model: "inner", Weight: 1}}},
			{Name: "inner", Members: []config.Member{{Model: "c", Weight: 7, Priority: 9}}},
		},
		Fallbacks:        map[string][]string{"a": {"b"}, "any": {"a", "c"}, "many-*": {"c"}},
		ContextFallbacks: map[string][]string{"a": {"pool"}},
		PolicyFallbacks:  map[string][]string{"a": {"b"}},
		Aliases:          map[string]string{"best": "a"},
	}}
	for _, name := range []string{"a", "b", "c", "many-*"} {
		cfg.Models = append(cfg.Models, model(name, llm.OpenAI))
	}
	table := router.New(cfg)
	for name, want := range map[string]string{
		"a":      " a[a 1@0] fallback b[b 1@0] context_fallback pool{a 3@0, c 7@0, b 1@2} policy_fallback b[b 1@0]",
		"best":   " a[a 1@0] fallback b[b 1@0] context_fallback pool{a 3@0, c 7@0, b 1@2} policy_fallback b[b 1@0]",
		"any":    " a[a 1@0] fallback b[b 1@0] fallback c[c 1@0]",
		"pool":   " pool{a 3@0, c 7@0, b 1@2}",
		"many-*": " many-*[many-* 1@0] fallback c[c 1@0]",
		"nobody": "",
	} {
		var got strings.Builder
		for i, s := range table.Stages(name) {
			if i > 0 {
				got.WriteByte(' ')
			}
			var places []string
			for _, p := range s.Places {
				places = append(places, fmt.Sprintf("%s %d@%d", p.Backend, p.Weight, p.Priority))
			}
			format := "%s %s[%s]"
			if s.Group {
				format = "%s %s{%s}"
			}
			fmt.Fprintf(&got, format, s.Via, s.Name, strings.Join(places, ", "))
		}
		if diff := cmp.Diff(want, got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
