package controller

import (
	"slices"
	"strings"
	"sync"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
	"github.com/yallmproxy/yallmproxy/proxy/router"
)

// Routing is where requests go: the routes as configured, how the targets in
// them are doing, and who waits for a turn.
type Routing struct {
	c *Controller
	// woken says that something changed; it holds at most one.
	woken chan struct{}
	// adopted says that there may be limits that nobody has counted for.
	adopted chan struct{}

	mu sync.Mutex
	// warned are the limits of which more is used than the soft share.
	warned []limit.Warning
}

func newRouting(c *Controller) *Routing {
	return &Routing{c: c, woken: make(chan struct{}, 1), adopted: make(chan struct{}, 1)}
}

// View shows everything about routes and targets.
func (r *Routing) View() RoutingView {
	return RoutingView{Targets: r.Targets(), Routes: r.routes(), Pairs: nonNil(r.c.o.Relay.Health().Pairs())}
}

// Targets lists how every target that was asked is doing.
func (r *Routing) Targets() []health.State { return nonNil(r.c.o.Relay.Health().List()) }

// Clear closes circuits and ends cooldowns, of one backend and key or, with "",
// of all, and returns how many targets were in trouble.
func (r *Routing) Clear(backend, key string) (int, error) {
	book := r.c.o.Relay.Health()
	if backend != "" || key != "" {
		known := slices.ContainsFunc(book.List(), func(s health.State) bool {
			return (backend == "" || s.Backend == backend) && (key == "" || s.Key == key)
		})
		if !known {
			return 0, refuse(NotFound, "no target of that name has been asked: yallmproxy routing lists those that were")
		}
	}
	n := book.Clear(backend, key)
	r.Wake()
	return n, nil
}

// Queue shows who waits, and for what.
func (r *Routing) Queue() QueueView {
	q := r.c.o.Relay.Queue()
	return QueueView{Waiting: nonNil(q.Waiting()), Uses: nonNil(q.Uses())}
}

// Dequeue takes a request out of the queue, which its client is told.
func (r *Routing) Dequeue(id string) error {
	if !r.c.o.Relay.Queue().Remove(id) {
		return refuse(NotFound, "no request %q waits, or it does no longer", id)
	}
	return nil
}

// Limits shows how much of each limit is used.
func (r *Routing) Limits() []limit.RateState {
	rates, scopes := r.c.o.Relay.Rates(), r.c.o.Relay.Snapshot().Scopes()
	rates.Expect(scopes)
	return nonNil(slices.DeleteFunc(rates.List(), func(s limit.RateState) bool {
		return !slices.ContainsFunc(scopes, func(has limit.Scope) bool { return has.Name == s.Scope })
	}))
}

// inTrouble reports whether a target had better be left alone.
func inTrouble(s health.Status) bool {
	return s == health.StatusCooling || s == health.StatusOpen || s == health.StatusKeyRefused
}

// troubled counts the targets that had better be left alone.
func troubled(targets []health.State) int {
	n := 0
	for _, t := range targets {
		if inTrouble(t.Status) {
			n++
		}
	}
	return n
}

// routes lists every name that can be asked for: models in the order of the
// files, then groups and virtual names.
func (r *Routing) routes() []RouteView {
	snapshot := r.c.o.Relay.Snapshot()
	cfg := snapshot.Config()
	w := ward{states: statuses(r.Targets()), uses: r.c.o.Relay.Queue().Uses()}
	out := []RouteView{}
	add := func(name, kind string, editable bool) {
		v := RouteView{
			Name: name, Kind: kind, Aliases: []string{}, Stages: []StageView{}, Editable: editable,
			Fallbacks:        nonNil(cfg.Router.Fallbacks[name]),
			ContextFallbacks: nonNil(cfg.Router.ContextFallbacks[name]),
			PolicyFallbacks:  nonNil(cfg.Router.PolicyFallbacks[name]),
		}
		for alias, to := range cfg.Router.Aliases {
			if to == name {
				v.Aliases = append(v.Aliases, alias)
			}
		}
		slices.Sort(v.Aliases)
		for _, s := range snapshot.Stages(name) {
			v.Stages = append(v.Stages, w.stage(s))
		}
		out = append(out, v)
	}
	for i := range cfg.Models {
		kind := RouteModel
		if strings.Contains(cfg.Models[i].Name, "*") {
			kind = RouteWildcard
		}
		add(cfg.Models[i].Name, kind, true)
	}
	for _, n := range snapshot.Names() {
		if n.Virtual {
			add(n.Name, RouteVirtual, r.c.documents().hasFallbacks(n.Name))
			continue
		}
		g, _ := group(cfg, n.Name)
		add(n.Name, RouteGroup, g.Layer == config.LayerAdded)
		for _, m := range g.Members {
			at := &out[len(out)-1]
			at.Members = append(at.Members, MemberInput{Model: m.Model, Weight: &m.Weight, Priority: m.Priority})
		}
	}
	return out
}

func group(cfg *config.Config, name string) (config.Group, bool) {
	i := slices.IndexFunc(cfg.Router.Groups, func(g config.Group) bool { return g.Name == name })
	if i < 0 {
		return config.Group{}, false
	}
	return cfg.Router.Groups[i], true
}

// ward is how targets are doing at one moment.
type ward struct {
	states map[health.ID]health.Status
	uses   []limit.Use
}

func statuses(targets []health.State) map[health.ID]health.Status {
	out := make(map[health.ID]health.Status, len(targets))
	for _, t := range targets {
		out[health.ID{Backend: t.Backend, Key: t.Key}] = t.Status
	}
	return out
}

func (w *ward) stage(s router.Stage) StageView {
	out := StageView{Via: s.Via, Name: s.Name, Members: []MemberView{}}
	for _, p := range s.Places {
		m := MemberView{
			Backend: p.Backend, Provider: p.Model.Provider, Target: p.Upstream, Dialects: []string{}, Keys: []string{},
			Weight: p.Weight, Priority: p.Priority, Health: w.health(p),
		}
		for _, e := range p.Model.Endpoints {
			if !slices.Contains(m.Dialects, string(e.Dialect)) {
				m.Dialects = append(m.Dialects, string(e.Dialect))
			}
		}
		for _, k := range p.Keys {
			if k != "" {
				m.Keys = append(m.Keys, k)
			}
		}
		out.Members = append(out.Members, m)
	}
	return out
}

// busyStatus: all slots of a target are taken.
const busyStatus = "busy"

// health is how a target does with the best of its keys.
func (w *ward) health(p router.Place) string {
	best := w.best(p)
	full := func(u limit.Use) bool {
		return u.InUse >= u.Limit && u.Limit > 0 && (u.Name == "model "+p.Model.Name || u.Name == "provider "+p.Model.Provider)
	}
	if best == health.StatusOK && slices.ContainsFunc(w.uses, full) {
		return busyStatus
	}
	return string(best)
}

func (w *ward) best(p router.Place) health.Status {
	var found []health.Status
	for _, k := range p.Keys {
		status, known := w.states[health.ID{Backend: p.Backend, Key: k}]
		if !known {
			return health.StatusOK
		}
		found = append(found, status)
	}
	for _, s := range []health.Status{health.StatusOK, health.StatusProbing, health.StatusCooling, health.StatusOpen} {
		if slices.Contains(found, s) {
			return s
		}
	}
	if len(found) == 0 {
		return health.StatusOK
	}
	return health.StatusKeyRefused
}
