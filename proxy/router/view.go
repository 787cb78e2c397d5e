package router

import (
	"slices"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// Stage is one step of a name's route, for people: what a request comes to
// when everything before it has failed.
type Stage struct {
	// Via is how a request comes there: "" to the first, else WhyFallback,
	// WhyContext or WhyPolicy.
	Via  string
	Name string
	// Group: its places share the requests. It has a single one otherwise.
	Group  bool
	Places []Place
}

// Place is what a stage consists of. Groups within groups are dissolved: their
// members have the priority of the group among its neighbours.
type Place struct {
	Backend  string // as health knows it
	Model    *config.Model
	Upstream string
	Keys     []string // their names; a single "" without keys
	Weight   int
	Priority int
}

// Stages lists everything that a request for a name can come to: of an entry
// for many names as well. It is nil for a name that leads nowhere.
func (t *Table) Stages(name string) []Stage {
	r := t.find(name)
	at := slices.IndexFunc(t.wildcards, func(w wildcard) bool { return w.model.Name == name })
	if at >= 0 {
		r = t.pattern(t.wildcards[at].model)
	}
	if r == nil {
		return nil
	}
	out := r.view(nil, WhyFallback)
	if len(out) > 0 {
		out[0].Via = ""
	}
	for _, instead := range []struct {
		lists map[string][]string
		via   string
	}{{t.context, WhyContext}, {t.policy, WhyPolicy}} {
		of := name
		if len(instead.lists[of]) == 0 {
			of = t.resolve(name, nil).name
		}
		other := &route{}
		v := visitor{table: t, fallbacks: instead.lists, seen: []string{of}, route: other}
		for _, next := range instead.lists[of] {
			v.visit(next)
		}
		out = other.view(out, instead.via)
	}
	return out
}

// pattern is the route of an entry with a "*", for a name of which nothing is
// known.
func (t *Table) pattern(m *config.Model) *route {
	r := &route{}
	if n := t.entry(m, m.Name, "", nil); n != nil {
		r.add(n)
	}
	v := visitor{table: t, fallbacks: t.fallbacks, seen: []string{m.Name}, route: r}
	for _, next := range t.fallbacks[m.Name] {
		v.visit(next)
	}
	return r
}

func (r *route) view(out []Stage, via string) []Stage {
	for _, n := range r.stages {
		s := Stage{Via: via, Name: n.name, Group: n.tiers != nil}
		if n.tiers == nil {
			s.Places = []Place{n.place(1, 0)}
		}
		for _, tier := range n.tiers {
			s.Places = tier.view(s.Places, tier.priority)
		}
		out = append(out, s)
	}
	return out
}

func (t *tier) view(out []Place, priority int) []Place {
	for _, m := range t.members {
		if m.tiers == nil {
			out = append(out, m.place(m.weight, priority))
		}
		for _, inner := range m.tiers {
			out = inner.view(out, priority)
		}
	}
	return out
}

func (n *node) place(weight, priority int) Place {
	return Place{Backend: n.name, Model: n.model, Upstream: n.upstream, Keys: n.keys, Weight: weight, Priority: priority}
}
