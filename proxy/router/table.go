package router

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Table answers look-ups for one configuration.
type Table struct {
	routes map[string]*route // of every name that can be listed

	models    map[string]*config.Model
	groups    map[string]*config.Group
	providers map[string]*provider
	wildcards []wildcard // the most particular first
	aliases   map[string]string
	fallbacks map[string][]string
	context   map[string][]string
	policy    map[string][]string

	names    []Name
	backends []Backend
	known    map[health.ID]bool
}

// provider serves models that have no entry.
type provider struct {
	model *config.Model // the template of them all
	// guarded are its entries of which some are not for every caller.
	guarded []*config.Model
}

// wildcard is an entry for all names that begin and end alike.
type wildcard struct {
	prefix, suffix string
	model          *config.Model
}

// Name is a name that clients may ask for and that is no model entry.
type Name struct {
	Name string
	// Virtual: it has fallbacks only. It is a group otherwise.
	Virtual bool
	// Models may answer for it, in order, fallbacks included.
	Models []*config.Model
}

// New makes the table of a configuration.
func New(cfg *config.Config) *Table {
	t := &Table{
		routes: make(map[string]*route, len(cfg.Models)),
		models: make(map[string]*config.Model, len(cfg.Models)), groups: map[string]*config.Group{},
		providers: make(map[string]*provider, len(cfg.Providers)), known: map[health.ID]bool{},
		aliases: cfg.Router.Aliases, fallbacks: cfg.Router.Fallbacks,
		context: cfg.Router.ContextFallbacks, policy: cfg.Router.PolicyFallbacks,
	}
	for i := range cfg.Models {
		m := &cfg.Models[i]
		t.reach(m)
		for j := range m.Parts {
			t.reach(&m.Parts[j])
		}
		if prefix, suffix, ok := strings.Cut(m.Name, "*"); ok {
			t.wildcards = append(t.wildcards, wildcard{prefix, suffix, m})
			continue
		}
		t.models[m.Name] = m
	}
	slices.SortStableFunc(t.wildcards, func(x, y wildcard) int {
		return cmp.Or(cmp.Compare(len(y.prefix), len(x.prefix)), cmp.Compare(len(y.suffix), len(x.suffix)))
	})
	for i := range cfg.Router.Groups {
		t.groups[cfg.Router.Groups[i].Name] = &cfg.Router.Groups[i]
	}
	for i := range cfg.Providers {
		t.addProvider(&cfg.Providers[i], cfg)
	}
	for _, names := range []iter.Seq[string]{
		maps.Keys(t.models), maps.Keys(t.groups), maps.Keys(t.aliases), maps.Keys(t.fallbacks),
	} {
		for name := range names {
			if r := t.route(name); r != nil && !strings.Contains(name, "*") {
				t.routes[name] = r
			}
		}
	}
	t.nameThem()
	return t
}

// azureVersion is the api-version that a model entry has by default.
const azureVersion = "2024-10-21"

// addProvider makes the template of a provider's models without an entry.
func (t *Table) addProvider(p *config.Provider, cfg *config.Config) {
	if len(p.Endpoints) == 0 {
		return
	}
	m := &config.Model{
		Name: p.Name + "/*", Provider: p.Name, Type: "auto", Endpoints: p.Endpoints,
		Key: p.Key, Keys: p.Keys, Headers: p.Headers, Way: p.Way, Timeouts: cfg.Router.Timeouts, Layer: p.Layer,
	}
	if slices.ContainsFunc(p.Endpoints, func(e config.Endpoint) bool { return e.Azure }) {
		m.AzureVersion = azureVersion
	}
	out := &provider{model: m}
	closed := false
	note := func(have *config.Model) {
		if have.Provider == p.Name && len(have.Members) == 0 {
			out.guarded = append(out.guarded, have)
			closed = closed || have.AllowedKeys != nil
		}
	}
	for i := range cfg.Models {
		note(&cfg.Models[i])
		for j := range cfg.Models[i].Parts {
			note(&cfg.Models[i].Parts[j])
		}
	}
	if !closed {
		out.guarded = nil
	}
	t.providers[p.Name] = out
	t.reach(m)
}

// entries returns the entries that name the same model of the provider. A list
// of callers there holds here too: another spelling opens no door.
func (p *provider) entries(upstream string) []*config.Model {
	var out []*config.Model
	for _, m := range p.guarded {
		target := cmp.Or(m.Target, m.Name)
		prefix, suffix, star := strings.Cut(target, "*")
		if target == upstream || star && len(upstream) >= len(prefix)+len(suffix) && strings.HasPrefix(upstream, prefix) && strings.HasSuffix(upstream, suffix) {
			out = append(out, m)
		}
	}
	return out
}

// reach notes what a model is reached by. A model with parts is reached by them.
func (t *Table) reach(m *config.Model) {
	if len(m.Members) > 0 {
		return
	}
	for _, e := range m.Endpoints {
		t.backends = append(t.backends, Backend{m, e})
	}
	for _, k := range keys(m) {
		t.known[health.ID{Backend: m.Name, Key: k}] = true
	}
}

// keys names a model's keys; a single "" when it has none.
func keys(m *config.Model) []string {
	if len(m.Keys) == 0 {
		return []string{m.Key.Name}
	}
	out := make([]string, len(m.Keys))
	for i, k := range m.Keys {
		out[i] = k.Name
	}
	return out
}

// nameThem lists the names that are no entries.
func (t *Table) nameThem() {
	for _, name := range slices.Sorted(maps.Keys(t.routes)) {
		_, group := t.groups[name]
		_, virtual := t.fallbacks[name]
		if _, alias := t.aliases[name]; t.models[name] != nil || alias && !group || !group && !virtual {
			continue
		}
		n := Name{Name: name, Virtual: !group}
		for _, m := range t.routes[name].all() {
			if !slices.Contains(n.Models, m) {
				n.Models = append(n.Models, m)
			}
		}
		t.names = append(t.names, n)
	}
}

// Names lists the groups and virtual models, sorted.
func (t *Table) Names() []Name { return t.names }

// Backends yields everything that a target can be reached by, parts of models
// and the models of providers without an entry included.
func (t *Table) Backends() iter.Seq[Backend] { return slices.Values(t.backends) }

// Known reports whether the configuration has a backend with that key, for
// health.Book.Retain.
func (t *Table) Known(id health.ID) bool {
	if t.known[id] {
		return true
	}
	name, _, ok := strings.Cut(id.Backend, "/")
	return ok && t.providers[name] != nil && t.known[health.ID{Backend: name + "/*", Key: id.Key}]
}

// Called is the name by which a client's model is known: to Ollama's clients one
// without a tag is the one tagged latest.
func (t *Table) Called(model string, d llm.Dialect) string {
	if d != llm.Ollama || t.find(model) != nil {
		return model
	}
	if other := llm.OtherTag(model); t.find(other) != nil {
		return other
	}
	return model
}

// find looks a name up.
func (t *Table) find(model string) *route {
	model = strings.TrimSpace(model)
	if strings.Contains(model, "*") {
		return nil // an entry for many names is none itself
	}
	if r := t.routes[model]; r != nil {
		return r
	}
	if rest, ok := withoutPrefix(model); ok && t.routes[rest] != nil {
		return t.routes[rest]
	}
	return t.route(model)
}

// withoutPrefix takes off the "openai/" that some clients put before every
// model's name.
func withoutPrefix(model string) (string, bool) {
	const prefix = "openai/"
	if len(model) > len(prefix) && strings.EqualFold(model[:len(prefix)], prefix) {
		return model[len(prefix):], true
	}
	return "", false
}

// permits reports whether a caller may use a model.
func permits(m *config.Model, caller string) bool {
	return m.AllowedKeys == nil || caller != "" && slices.Contains(m.AllowedKeys, caller)
}
