package router_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/router"
)

func model(name string, dialects ...llm.Dialect) config.Model {
	m := config.Model{Name: name}
	for _, d := range dialects {
		m.Endpoints = append(m.Endpoints, config.Endpoint{Dialect: d, Base: "http://" + name})
	}
	return m
}

func TestRoute(t *testing.T) {
	table := router.New(&config.Config{
		Models: []config.Model{
			model("a", llm.OpenAI),
			model("b", llm.OpenAI, llm.Anthropic),
			model("c", llm.Anthropic),
			model("openai/d", llm.OpenAI),
		},
		Router: config.Router{Fallbacks: map[string][]string{
			"a":       {"b", "gone", "c"},
			"b":       {"a", "openai/d"},
			"virtual": {"c", "a"},
			"nothing": {"gone"},
		}},
	})
	tests := []struct {
		model   string
		dialect llm.Dialect
		other   []llm.Dialect
		want    []string
		code    string
	}{
		{model: "a", dialect: llm.Responses, other: llm.Dialects(), want: []string{"a openai", "b openai", "openai/d openai", "c anthropic"}},
		{model: "a", dialect: llm.Anthropic, other: llm.Dialects(), want: []string{"a openai", "b anthropic", "openai/d openai", "c anthropic"}},
		{model: "a", dialect: llm.OpenAI, want: []string{"a openai", "b openai", "openai/d openai"}},
		{model: "a", dialect: llm.Anthropic, want: []string{"b anthropic", "c anthropic"}},
		{model: " a ", dialect: llm.OpenAI, want: []string{"a openai", "b openai", "openai/d openai"}},
		{model: "openai/a", dialect: llm.OpenAI, want: []string{"a openai", "b openai", "openai/d openai"}},
		{model: "OpenAI/a", dialect: llm.OpenAI, want: []string{"a openai", "b openai", "openai/d openai"}},
		{model: "openai/d", dialect: llm.OpenAI, want: []string{"openai/d openai"}},
		{model: "virtual", dialect: llm.OpenAI, want: []string{"a openai", "b openai", "openai/d openai"}},
		{model: "c", dialect: llm.OpenAI, code: "dialect_not_available"},
		{model: "nothing", dialect: llm.OpenAI, code: "model_not_found"},
		{model: "x", dialect: llm.OpenAI, code: "model_not_found"},
		{model: "", dialect: llm.OpenAI, code: "model_not_found"},
	}
	for _, tt := range tests {
		targets, err := table.Route(router.Ask{Model: tt.model, Dialect: tt.dialect, Other: tt.other}, nil)
		code := ""
		if err != nil {
			code = err.Code
		}
		if code != tt.code {
			t.Errorf("%s in %s: code %q, want %q", tt.model, tt.dialect, code, tt.code)
		}
		var got []string
		for _, target := range targets {
			got = append(got, target.Model.Name+" "+string(target.Endpoint.Dialect))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s in %s: %s", tt.model, tt.dialect, diff)
		}
	}
}

func TestAllowed(t *testing.T) {
	open, listed, none := model("open", llm.OpenAI), model("listed", llm.OpenAI), model("none", llm.OpenAI)
	listed.AllowedKeys = []string{"k"}
	none.AllowedKeys = []string{}
	table := router.New(&config.Config{
		Models: []config.Model{open, listed, none},
		Router: config.Router{Fallbacks: map[string][]string{"virtual": {"listed"}, "open": {"none"}}},
	})
	for _, tt := range []struct {
		model, key string
		want       bool
	}{
		{"open", "", true},
		{"open", "x", true},
		{"listed", "k", true},
		{"listed", "x", false},
		{"listed", "", false},
		{"none", "k", false},
		{"virtual", "k", true},
		{"virtual", "x", false},
		{"unknown", "", false},
	} {
		if got := table.Allowed(tt.model, tt.key); got != tt.want {
			t.Errorf("key %q on %s: %v, want %v", tt.key, tt.model, got, tt.want)
		}
		if _, err := table.Route(router.Ask{Model: tt.model, Dialect: llm.OpenAI, Caller: tt.key}, nil); (err == nil) != tt.want {
			t.Errorf("key %q routed to %s: %v", tt.key, tt.model, err)
		}
	}
	if targets, err := table.Route(router.Ask{Model: "open", Dialect: llm.OpenAI, Caller: "x"}, nil); err != nil || len(targets) != 1 {
		t.Errorf("a closed fallback: %v, %v", targets, err)
	}
}
