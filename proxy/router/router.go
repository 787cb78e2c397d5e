// Package router turns a model's name into the ordered list of places that may
// answer for it. The table is made once for each configuration and never
// changes, so that a look-up is a map access.
package router

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Target is one place that may answer: a model entry and the endpoint of it
// that speaks the client's dialect.
type Target struct {
	Model    *config.Model
	Endpoint config.Endpoint
}

// Table answers look-ups for one configuration.
type Table struct {
	routes map[string]route
}

type route struct {
	targets map[llm.Dialect][]Target
	// dialects lists what the route's entries speak, for the error text.
	dialects []string
	// model is the named entry itself; nil for a virtual name.
	model *config.Model
}

// New makes the table of a configuration.
func New(cfg *config.Config) *Table {
	t := &Table{routes: make(map[string]route, len(cfg.Models))}
	models := make(map[string]*config.Model, len(cfg.Models))
	for i := range cfg.Models {
		models[cfg.Models[i].Name] = &cfg.Models[i]
	}
	for name := range models {
		t.routes[name] = newRoute(name, models, cfg.Router.Fallbacks)
	}
	for name := range cfg.Router.Fallbacks {
		if r := newRoute(name, models, cfg.Router.Fallbacks); len(r.targets) > 0 {
			t.routes[name] = r
		}
	}
	return t
}

func newRoute(name string, models map[string]*config.Model, fallbacks map[string][]string) route {
	r := route{targets: map[llm.Dialect][]Target{}, model: models[name]}
	for _, backend := range chain(name, fallbacks) {
		m := models[backend]
		if m == nil {
			continue
		}
		for _, e := range m.Endpoints {
			r.targets[e.Dialect] = append(r.targets[e.Dialect], Target{Model: m, Endpoint: e})
			if !slices.Contains(r.dialects, string(e.Dialect)) {
				r.dialects = append(r.dialects, string(e.Dialect))
			}
		}
	}
	return r
}

// chain lists name and its fallbacks, and theirs, depth first, each once.
func chain(name string, fallbacks map[string][]string) []string {
	var out []string
	var visit func(string)
	visit = func(n string) {
		if slices.Contains(out, n) {
			return
		}
		out = append(out, n)
		for _, f := range fallbacks[n] {
			visit(f)
		}
	}
	visit(name)
	return out
}

// Route returns the targets for a model in a client's dialect, best first.
func (t *Table) Route(model string, d llm.Dialect) ([]Target, *llm.Error) {
	r, ok := t.find(model)
	if !ok {
		return nil, &llm.Error{
			Kind: llm.KindNotFound, Status: http.StatusNotFound, Code: "model_not_found", Param: "model",
			Message: fmt.Sprintf("Model %q is not configured. GET /v1/models lists what is.", clip(model)),
			Source:  llm.FromProxy,
		}
	}
	if targets := r.targets[d]; len(targets) > 0 {
		return targets, nil
	}
	return nil, &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "dialect_not_available", Param: "model",
		Message: fmt.Sprintf("Model %q can be reached in the dialect %s, and this request came in the dialect %s.",
			clip(model), strings.Join(r.dialects, " or "), d),
		Source: llm.FromProxy,
	}
}

// find looks a name up as it is, then without the "openai/" that some clients
// put before every model's name.
func (t *Table) find(model string) (route, bool) {
	model = strings.TrimSpace(model)
	if r, ok := t.routes[model]; ok {
		return r, true
	}
	const prefix = "openai/"
	if len(model) > len(prefix) && strings.EqualFold(model[:len(prefix)], prefix) {
		r, ok := t.routes[model[len(prefix):]]
		return r, ok
	}
	return route{}, false
}

// Allowed reports whether the holder of an app key may use a model. Names
// without an entry of their own have no list of keys: their targets do.
func (t *Table) Allowed(model, keyID string) bool {
	r, ok := t.find(model)
	if !ok || r.model == nil || r.model.AllowedKeys == nil {
		return true
	}
	return keyID != "" && slices.Contains(r.model.AllowedKeys, keyID)
}

// clip keeps a client's own text short enough to repeat to it.
func clip(s string) string {
	const limit = 100
	if len(s) > limit {
		return s[:limit] + "…"
	}
	return s
}
