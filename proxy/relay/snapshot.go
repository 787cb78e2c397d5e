package relay

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// Snapshot is one configuration made ready to serve requests. It never
// changes; a new configuration is a new Snapshot.
type Snapshot struct {
	cfg      *config.Config
	router   *router.Table
	backends map[router.Backend]*upstream.Backend
	models   []llm.Model
	secrets  usage.Secrets
}

// Compile makes a configuration ready. A Snapshot that is never swapped in
// leaves nothing behind but empty entries in the pool of connections.
func (r *Relay) Compile(cfg *config.Config) (*Snapshot, error) {
	s := &Snapshot{cfg: cfg, router: router.New(cfg), backends: map[router.Backend]*upstream.Backend{}}
	for at := range s.router.Backends() {
		if protocol.For(at.Endpoint.Dialect) == nil {
			return nil, fmt.Errorf("model %s: no codec for dialect %q", at.Model.Name, at.Endpoint.Dialect)
		}
		b, err := r.pool.NewBackend(at.Model, at.Endpoint)
		if err != nil {
			return nil, err
		}
		s.backends[at] = b
		s.hide(at.Model)
	}
	for i := range cfg.Models {
		m := &cfg.Models[i]
		if m.Type != string(llm.Raw) { // which is reached by its path, and no client could chat with
			s.models = append(s.models, r.listed(m))
		}
	}
	s.models = append(s.models, virtual(cfg, r.created)...)
	return s, nil
}

// hide makes secrets of a model's credentials.
func (s *Snapshot) hide(m *config.Model) {
	add := func(secret string) {
		if !slices.Contains(s.secrets, secret) {
			s.secrets = s.secrets.Add(secret)
		}
	}
	add(m.Key.Value.Reveal())
	for _, k := range m.Keys {
		add(k.Value.Reveal())
	}
	for name, value := range m.Headers {
		if usage.Credential(name, []string{value}) {
			add(value)
		}
	}
}

// listed is a model as clients see it.
func (r *Relay) listed(m *config.Model) llm.Model {
	out := llm.Model{
		ID: m.Name, Owner: owner(m), Created: r.created,
		ContextLength: m.Info.ContextLength, MaxOutput: m.Info.MaxOutput,
		Input: m.Info.Input, Output: m.Info.Output, Capabilities: m.Info.Capabilities,
	}
	for _, e := range m.Endpoints {
		out.Dialects = append(out.Dialects, e.Dialect)
	}
	return out
}

// owner is who serves a model, as clients see it.
func owner(m *config.Model) string {
	if m.Provider != "" {
		return m.Provider
	}
	return "yallmproxy"
}

// virtual lists the names that have fallbacks and no entry of their own.
func virtual(cfg *config.Config, created time.Time) []llm.Model {
	var out []llm.Model
	for _, name := range slices.Sorted(maps.Keys(cfg.Router.Fallbacks)) {
		if _, ok := cfg.Model(name); !ok {
			out = append(out, llm.Model{ID: name, Owner: "yallmproxy", Created: created})
		}
	}
	return out
}

// Config returns what the snapshot was compiled from.
func (s *Snapshot) Config() *config.Config { return s.cfg }

// Models lists what may be asked for by the holder of an app key.
func (s *Snapshot) Models(caller string) []llm.Model {
	out := make([]llm.Model, 0, len(s.models))
	for _, m := range s.models {
		if s.router.Allowed(m.ID, caller) {
			out = append(out, m)
		}
	}
	return out
}
