package relay

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

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
	// providers holds how many requests at once a provider may be sent, where
	// that is bounded.
	providers map[string]int
	listed    []llm.Model
	secrets   usage.Secrets
	// private is what an error must not show to a client: secrets, and where
	// the backends are.
	private usage.Secrets
}

// Compile makes a configuration ready. A Snapshot that is never swapped in
// leaves nothing behind but empty entries in the pool of connections.
func (r *Relay) Compile(cfg *config.Config) (*Snapshot, error) {
	s := &Snapshot{
		cfg: cfg, router: router.New(cfg), backends: map[router.Backend]*upstream.Backend{},
		providers: map[string]int{},
	}
	for at := range s.router.Backends() {
		if err := s.prepare(r.pool, at); err != nil {
			return nil, err
		}
	}
	s.private = append(s.secrets[:len(s.secrets):len(s.secrets)], s.private...)
	for i := range cfg.Providers {
		if p := &cfg.Providers[i]; p.Slots > 0 {
			s.providers[p.Name] = p.Slots
		}
	}
	for i := range cfg.Models {
		m := &cfg.Models[i]
		// Raw models are reached by their path, and no client could chat with
		// them; a wildcard is no name to ask for.
		if m.Type != string(llm.Raw) && !strings.Contains(m.Name, "*") {
			s.listed = append(s.listed, r.listed(m))
		}
	}
	for _, n := range s.router.Names() {
		s.listed = append(s.listed, r.shared(n))
	}
	return s, nil
}

// prepare makes a backend ready to be asked.
func (s *Snapshot) prepare(pool *upstream.Pool, at router.Backend) error {
	if protocol.For(at.Endpoint.Dialect) == nil {
		return fmt.Errorf("model %s: no codec for dialect %q", at.Model.Name, at.Endpoint.Dialect)
	}
	b, err := pool.NewBackend(at.Model, at.Endpoint)
	if err != nil {
		return err
	}
	s.backends[at] = b
	if a := address(b.Base()); !slices.Contains(s.private, a) {
		s.private = append(s.private, a)
	}
	for _, k := range at.Model.Keys {
		s.secrets = s.secrets.Add(k.Value.Reveal())
	}
	s.secrets = s.secrets.Add(at.Model.Key.Value.Reveal())
	if proxy, err := url.Parse(at.Model.Way.Proxy.Reveal()); err == nil && proxy.User != nil {
		password, _ := proxy.User.Password()
		_, written, _ := strings.Cut(proxy.User.String(), ":")
		s.secrets = s.secrets.Add(password).Add(written)
	}
	for name, value := range at.Model.Headers {
		if usage.Credential(name, []string{value}) {
			s.secrets = s.secrets.Add(value)
		}
	}
	return nil
}

// address is what tells where a base URL leads, in a server's own "not found"
// for one. A name that everybody knows is no address yet: providers link to
// their own pages.
func address(base *url.URL) string {
	switch host := base.Hostname(); {
	case net.ParseIP(host) != nil:
		return host
	case base.Port() != "":
		return base.Host
	default:
		return "//" + host + strings.TrimSuffix(base.Path, "/")
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

// shared is a name that several models answer for: a client can count on what
// all of them take.
func (r *Relay) shared(n router.Name) llm.Model {
	out := llm.Model{ID: n.Name, Owner: "yallmproxy", Created: r.created}
	for i, m := range n.Models {
		one := r.listed(m)
		if i == 0 {
			one.ID, one.Owner = out.ID, out.Owner
			out = one
			continue
		}
		out.ContextLength, out.MaxOutput = least(out.ContextLength, one.ContextLength), least(out.MaxOutput, one.MaxOutput)
		out.Input, out.Output = common(out.Input, one.Input), common(out.Output, one.Output)
		out.Capabilities, out.Dialects = common(out.Capabilities, one.Capabilities), common(out.Dialects, one.Dialects)
	}
	return out
}

// least is the smaller of two numbers of which 0 is unknown.
func least(a, b int64) int64 {
	if a == 0 || b == 0 {
		return 0
	}
	return min(a, b)
}

// common lists what two lists share.
func common[T comparable](a, b []T) []T {
	return slices.DeleteFunc(slices.Clone(a), func(v T) bool { return !slices.Contains(b, v) })
}

// owner is who serves a model, as clients see it.
func owner(m *config.Model) string {
	if m.Provider != "" {
		return m.Provider
	}
	return "yallmproxy"
}

// Config returns what the snapshot was compiled from.
func (s *Snapshot) Config() *config.Config { return s.cfg }

// Models lists what may be asked for by the holder of an app key.
func (s *Snapshot) Models(caller string) []llm.Model {
	out := make([]llm.Model, 0, len(s.listed))
	for _, m := range s.listed {
		if s.router.Allowed(m.ID, caller) {
			out = append(out, m)
		}
	}
	return out
}
