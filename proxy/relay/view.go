package relay

import (
	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
	"github.com/yallmproxy/yallmproxy/proxy/router"
)

// Stages lists everything that a request for a name can come to; nil for a
// name that leads nowhere.
func (s *Snapshot) Stages(name string) []router.Stage { return s.router.Stages(name) }

// Names lists the groups and virtual models.
func (s *Snapshot) Names() []router.Name { return s.router.Names() }

// Scopes lists everything that has a limit in a time, by the names under which
// requests are counted.
func (s *Snapshot) Scopes() []limit.Scope {
	var out []limit.Scope
	add := func(name string, r config.Rate) {
		if r.Bounded() {
			out = append(out, limit.Scope{Name: name, Rate: r})
		}
	}
	add("total", s.cfg.Limit)
	for _, k := range s.cfg.AppKeys.Keys {
		add("caller "+k.ID, k.Limit)
	}
	add("caller without a key", s.cfg.AppKeys.UnauthenticatedLimit)
	for i := range s.cfg.Models {
		add("model "+s.cfg.Models[i].Name, s.cfg.Models[i].Limit)
	}
	return out
}
