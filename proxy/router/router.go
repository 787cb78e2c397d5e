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
	// restricted: not every caller may use every target.
	restricted bool
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
	r := route{targets: map[llm.Dialect][]Target{}}
	for _, backend := range chain(name, fallbacks) {
		m := models[backend]
		if m == nil {
			continue
		}
		r.restricted = r.restricted || m.AllowedKeys != nil
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

// Route returns the targets for a model in a client's dialect, best first,
// without those that the caller may not use.
func (t *Table) Route(model string, d llm.Dialect, caller string) ([]Target, *llm.Error) {
	r, ok := t.find(model)
	if !ok {
		return nil, &llm.Error{
			Kind: llm.KindNotFound, Status: http.StatusNotFound, Code: "model_not_found", Param: "model",
			Message: fmt.Sprintf("Model %q is not configured. GET /v1/models lists what is.", llm.Clip(model)),
			Source:  llm.FromProxy,
		}
	}
	targets := r.targets[d]
	if len(targets) == 0 {
		return nil, &llm.Error{
			Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "dialect_not_available", Param: "model",
			Message: fmt.Sprintf("Model %q can be reached in the dialect %s, and this request came in the dialect %s.",
				llm.Clip(model), strings.Join(r.dialects, " or "), d),
			Source: llm.FromProxy,
		}
	}
	if r.restricted {
		targets = permitted(targets, caller)
	}
	if len(targets) == 0 {
		return nil, &llm.Error{
			Kind: llm.KindPermission, Status: http.StatusForbidden, Code: "model_access_denied", Param: "model",
			Message: fmt.Sprintf("API key not authorized for model %q", llm.Clip(model)), Source: llm.FromProxy,
		}
	}
	return targets, nil
}

// permitted leaves out the targets that are closed to a caller.
func permitted(targets []Target, caller string) []Target {
	return slices.DeleteFunc(slices.Clone(targets), func(t Target) bool {
		return t.Model.AllowedKeys != nil && (caller == "" || !slices.Contains(t.Model.AllowedKeys, caller))
	})
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

// Allowed reports whether a caller may ask for a model at all.
func (t *Table) Allowed(model, caller string) bool {
	r, ok := t.find(model)
	if !ok || !r.restricted {
		return ok
	}
	for _, targets := range r.targets {
		if len(permitted(targets, caller)) > 0 {
			return true
		}
	}
	return false
}
