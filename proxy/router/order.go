package router

import (
	"cmp"
	"slices"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/health"
)

// order puts the targets of one request in order.
type order struct {
	ask  Ask
	book *health.Book
	// why is the reason for the stages after the first; with from, the stage
	// that the request comes from, for the first too.
	why, from string
	without   *Target
	// at is where the conversation was in the group of the moment, "" if it was
	// nowhere.
	at string
}

// ranked is a target and how willingly it is asked: the lower the class, the
// sooner.
type ranked struct {
	Target
	class class
}

// class is a sum of what speaks against a target.
type class uint8

const (
	busy class = 1 << iota
	standby
	unavailable
)

// targets lists whom a request may go to, best first.
func (r *route) targets(o *order) []Target {
	out := make([]Target, 0, len(r.stages))
	from := o.from
	for _, n := range r.stages {
		begin := len(out)
		o.at = ""
		if n.tiers == nil {
			if t, ok := o.target(n); ok && !slices.ContainsFunc(out, t.same) {
				out = append(out, t)
			}
		} else {
			out = o.group(n, out)
		}
		for i := begin; i < len(out); i++ {
			out[i].From = from
			switch {
			case i > begin:
				out[i].Why = WhyMember
			case from != "":
				out[i].Why = o.why
			case o.at != "" && out[i].Backend() == o.at:
				out[i].Why = WhyAffinity
			}
		}
		if len(out) > begin {
			from = n.name
		}
	}
	return out
}

// target makes the target of a place, if the caller may use it, and for what is
// asked.
func (o *order) target(n *node) (Target, bool) {
	if !n.permits(o.ask.Caller) || o.without != nil && n.model == o.without.Model && n.upstream == o.without.Upstream {
		return Target{}, false
	}
	e, ok := nearest(n.model.Endpoints, o.ask.Dialect, o.ask.Other)
	return Target{Model: n.model, Endpoint: e, Upstream: n.upstream, name: n.name}, ok
}

// group appends the members of a group, but for those that were there before.
func (o *order) group(n *node, out []Target) []Target {
	if o.book != nil && o.ask.Conversation != "" {
		o.at = o.book.Remembered(o.ask.Conversation, n.name)
	}
	for _, t := range o.members(n) {
		if slices.ContainsFunc(out, t.same) {
			continue
		}
		t.Group = n.name
		out = append(out, t.Target)
	}
	return out
}

// item is a member of a tier with what speaks for and against it.
type item struct {
	name     string
	weight   float64
	list     []ranked // what it consists of, best first
	best     class
	standing health.Standing
	pinned   bool // the conversation is there, and can stay
}

// members lists what a group consists of.
func (o *order) members(n *node) []ranked {
	if !n.permits(o.ask.Caller) {
		return nil
	}
	out := make([]ranked, 0, n.places)
	for _, tier := range n.tiers {
		begin := len(out)
		items := make([]item, 0, len(tier.members))
		for _, m := range tier.members {
			if it := o.item(m); len(it.list) > 0 {
				items = append(items, it)
			}
		}
		o.arrange(n.name, items, tier.even)
		for _, it := range items {
			out = append(out, it.list...)
		}
		slices.SortStableFunc(out[begin:], func(x, y ranked) int { return cmp.Compare(x.class, y.class) })
	}
	return out
}

func (o *order) item(m member) item {
	it := item{name: m.name, weight: float64(m.weight)}
	if m.tiers == nil {
		t, ok := o.target(m.node)
		if !ok {
			return it
		}
		it.standing = o.standing(m.node, m.name)
		it.list = []ranked{{t, o.class(m.model, it.standing)}}
	} else {
		it.list = o.members(m.node)
		if len(it.list) == 0 {
			return it
		}
		it.standing = o.standing(m.node, it.list[0].Backend())
	}
	it.best = standby | busy | unavailable
	for i := range it.list {
		r := &it.list[i]
		if m.weight == 0 {
			r.class |= standby
		}
		it.best = min(it.best, r.class)
		it.pinned = it.pinned || o.at != "" && r.class&(busy|unavailable) == 0 && r.Backend() == o.at
	}
	return it
}

// standing is how a place stands, or the best place of a group, with all that is
// in flight within the group.
func (o *order) standing(n *node, best string) health.Standing {
	if o.book == nil {
		return health.Standing{OK: true, Success: 1}
	}
	if n.tiers == nil {
		return o.book.Standing(n.name, n.keys)
	}
	out := health.Standing{}
	for _, tier := range n.tiers {
		for _, m := range tier.members {
			s := o.standing(m.node, best)
			inFlight := out.InFlight + s.InFlight
			if m.name == best || m.tiers != nil && s.Success > 0 {
				out = s
			}
			out.InFlight = inFlight
		}
	}
	return out
}

func (o *order) class(m *config.Model, s health.Standing) class {
	var c class
	if !s.OK {
		c |= unavailable
	}
	if o.ask.Busy != nil && o.ask.Busy(m) {
		c |= busy
	}
	return c
}

// arrange orders the items of a tier among those of their class.
func (o *order) arrange(group string, items []item, even bool) {
	if len(items) < 2 {
		return
	}
	if even {
		slices.SortStableFunc(items, func(x, y item) int {
			return cmp.Or(first(x.pinned, y.pinned), cmp.Compare(x.load(), y.load()),
				cmp.Compare(x.standing.FirstToken, y.standing.FirstToken), x.standing.Used.Compare(y.standing.Used))
		})
		return
	}
	slices.SortStableFunc(items, func(x, y item) int {
		return cmp.Or(first(x.pinned, y.pinned), cmp.Compare(x.best, y.best), cmp.Compare(y.share(), x.share()))
	})
	n := 0
	for n < len(items) && items[n].best == 0 {
		n++
	}
	if n < 2 || items[0].pinned || o.book == nil {
		return
	}
	o.draw(group, items[:n])
}

// draw lets those share the requests that can take them.
func (o *order) draw(group string, items []item) {
	shares := make([]health.Share, len(items))
	for i, it := range items {
		shares[i] = health.Share{Name: it.name, Weight: it.share()}
	}
	o.book.Draw(group, shares)
	place := func(it item) int {
		return slices.IndexFunc(shares, func(s health.Share) bool { return s.Name == it.name })
	}
	slices.SortStableFunc(items, func(x, y item) int { return cmp.Compare(place(x), place(y)) })
}

// share is the weight, less what has failed lately.
func (it *item) share() float64 { return it.weight * it.standing.Success }

// wellEnough is the share of good answers from which on latency counts, not
// failures.
const wellEnough = 0.85

// load is what is in flight, more for one that fails lately: it must not draw
// everything to itself by failing fast.
func (it *item) load() float64 {
	load := float64(it.standing.InFlight + 1)
	if it.standing.Success < wellEnough {
		load /= it.standing.Success
	}
	return load
}

func first(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return -1
	}
	return 1
}

// permitted lists the models that a caller may use.
func (r *route) permitted(caller string) []*config.Model {
	var out []*config.Model
	for _, n := range r.stages {
		out = n.permitted(caller, out)
	}
	return out
}

func (n *node) permitted(caller string, out []*config.Model) []*config.Model {
	if !n.permits(caller) {
		return out
	}
	if n.tiers == nil {
		return append(out, n.model)
	}
	for _, tier := range n.tiers {
		for _, m := range tier.members {
			out = m.permitted(caller, out)
		}
	}
	return out
}

// all lists the models of a route.
func (r *route) all() []*config.Model {
	var out []*config.Model
	for _, n := range r.stages {
		n.each(func(at *node) {
			if at.tiers == nil {
				out = append(out, at.model)
			}
		})
	}
	return out
}
