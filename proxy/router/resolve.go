package router

import (
	"cmp"
	"slices"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// node is a place, or a group of nodes.
type node struct {
	// name is the group's, or the backend's that health knows.
	name string
	// model is the entry of a place, or the one whose parts a group is.
	model    *config.Model
	upstream string
	keys     []string
	// entries name the same model: a caller needs to be welcome at one of them.
	entries []*config.Model
	tiers   []tier // nil for a place
	places  int    // within it
}

// tier holds the members of one priority.
type tier struct {
	members  []member
	priority int
	// even: nobody's weight is more than another's.
	even bool
}

type member struct {
	*node
	weight int
}

// permits reports whether a caller may use the node, its members aside.
func (n *node) permits(caller string) bool {
	if n.model != nil && !permits(n.model, caller) {
		return false
	}
	return len(n.entries) == 0 || slices.ContainsFunc(n.entries, func(m *config.Model) bool { return permits(m, caller) })
}

// route is the stages of a name.
type route struct {
	stages []*node
	// restricted: not every caller may use everything in it.
	restricted bool
	// grouped: some stage is a group. choice: one with several members.
	grouped, choice bool
}

// route makes the route of a name; nil when it leads nowhere.
func (t *Table) route(name string) *route {
	r := &route{}
	v := visitor{table: t, fallbacks: t.fallbacks, route: r}
	v.visit(name)
	if len(r.stages) == 0 {
		return nil
	}
	return r
}

// visitor follows fallbacks depth first, each name once.
type visitor struct {
	table     *Table
	fallbacks map[string][]string
	seen      []string
	route     *route
}

func (v *visitor) visit(name string) {
	if slices.Contains(v.seen, name) {
		return
	}
	v.seen = append(v.seen, name)
	found := v.table.resolve(name, nil)
	if found.node != nil {
		v.route.add(found.node)
	}
	for _, next := range v.fallbacks[name] {
		v.visit(filled(next, found.star))
	}
	if found.name == name || slices.Contains(v.seen, found.name) {
		return
	}
	v.seen = append(v.seen, found.name)
	for _, next := range v.fallbacks[found.name] {
		v.visit(filled(next, found.star))
	}
}

// add appends a stage, unless it is there.
func (r *route) add(n *node) {
	if slices.ContainsFunc(r.stages, n.same) {
		return
	}
	r.stages = append(r.stages, n)
	n.each(func(place *node) {
		r.restricted = r.restricted || place.model != nil && place.model.AllowedKeys != nil || len(place.entries) > 0
	})
	r.grouped = r.grouped || n.tiers != nil
	r.choice = r.choice || n.places > 1
}

func (n *node) same(o *node) bool {
	return n.model == o.model && n.name == o.name && n.upstream == o.upstream && (n.tiers == nil) == (o.tiers == nil)
}

// each calls f for a node and everything within it.
func (n *node) each(f func(*node)) {
	f(n)
	for _, tier := range n.tiers {
		for _, m := range tier.members {
			m.each(f)
		}
	}
}

// resolved is what a name means.
type resolved struct {
	node *node
	// name is what it is called in the configuration: an alias's own name, an
	// entry with a "*".
	name string
	// star is what the "*" stood for.
	star string
}

// resolve finds what a name means by itself, without its fallbacks. It holds no
// node for a name that has fallbacks only, or leads nowhere. Within lists the
// groups whose members are being resolved: none of them is its own member, and a
// virtual name is a group to them.
func (t *Table) resolve(name string, within []string) resolved {
	found, _ := t.lookUp(name, within, 0)
	return found
}

// maxAliases bounds how many aliases lead to one another.
const maxAliases = 10

func (t *Table) lookUp(name string, within []string, depth int) (resolved, bool) {
	if found, ok := t.exact(name, within, depth); ok {
		return found, true
	}
	rest, prefixed := withoutPrefix(name)
	if prefixed {
		if found, ok := t.exact(rest, within, depth); ok {
			return found, true
		}
	}
	if found, ok := t.direct(name); ok {
		return found, true
	}
	if found, ok := t.matching(name, within); ok {
		return found, true
	}
	if prefixed {
		if found, ok := t.matching(rest, within); ok {
			return found, true
		}
	}
	return resolved{name: name}, false
}

// exact finds entries, groups, virtual names and aliases. An alias and a model
// of a provider may have fallbacks of their own without becoming virtual.
func (t *Table) exact(name string, within []string, depth int) (resolved, bool) {
	if m := t.models[name]; m != nil {
		return resolved{node: t.entry(m, name, "", within), name: name}, true
	}
	if g := t.groups[name]; g != nil {
		return resolved{node: t.group(g.Name, g.Members, nil, within), name: name}, true
	}
	if to, ok := t.aliases[name]; ok && depth < maxAliases {
		if found, ok := t.lookUp(to, within, depth+1); ok {
			return found, true
		}
	}
	if len(t.fallbacks[name]) == 0 {
		return resolved{}, false
	}
	if found, ok := t.direct(name); ok {
		return found, true
	}
	found := resolved{name: name}
	if len(within) > 0 {
		var members []config.Member
		for i, next := range t.fallbacks[name] {
			members = append(members, config.Member{Model: next, Weight: 1, Priority: i})
		}
		found.node = t.group(name, members, nil, within)
	}
	return found, true
}

// direct finds PROVIDER/MODEL.
func (t *Table) direct(name string) (resolved, bool) {
	at, upstream, _ := strings.Cut(name, "/")
	p := t.providers[at]
	if p == nil || upstream == "" {
		return resolved{}, false
	}
	return resolved{name: name, node: &node{
		name: name, model: p.model, upstream: upstream, keys: keys(p.model), entries: p.entries(upstream), places: 1,
	}}, true
}

// matching finds the entry with a "*" that says most about a name.
func (t *Table) matching(name string, within []string) (resolved, bool) {
	if strings.Contains(name, "*") {
		return resolved{}, false
	}
	for _, w := range t.wildcards {
		if len(name) > len(w.prefix)+len(w.suffix) && strings.HasPrefix(name, w.prefix) && strings.HasSuffix(name, w.suffix) {
			star := name[len(w.prefix) : len(name)-len(w.suffix)]
			return resolved{node: t.entry(w.model, name, star, within), name: w.model.Name, star: star}, true
		}
	}
	return resolved{}, false
}

// filled puts what a "*" stood for in its place.
func filled(name, star string) string {
	if star == "" {
		return name
	}
	return strings.ReplaceAll(name, "*", star)
}

// entry is the node of a model entry: a place, or a group when it has members.
func (t *Table) entry(m *config.Model, asked, star string, within []string) *node {
	upstream := asked
	if m.Target != "" {
		upstream = filled(m.Target, star)
	}
	if len(m.Members) == 0 {
		return &node{name: m.Name, model: m, upstream: upstream, keys: keys(m), places: 1}
	}
	parts := make(map[string]*node, len(m.Parts))
	for i := range m.Parts {
		part := &m.Parts[i]
		own := upstream
		if part.Target != "" {
			own = filled(part.Target, star)
		}
		parts[part.Name] = &node{name: part.Name, model: part, upstream: own, keys: keys(part), places: 1}
	}
	n := t.group(m.Name, m.Members, parts, within)
	if n != nil {
		n.model = m
	}
	return n
}

// group is the node of a name that is served from several places; nil when none
// of them exists.
func (t *Table) group(name string, members []config.Member, parts map[string]*node, within []string) *node {
	if slices.Contains(within, name) {
		return nil
	}
	within = append(slices.Clip(within), name)
	n := &node{name: name}
	sorted := slices.SortedStableFunc(slices.Values(members), func(x, y config.Member) int { return cmp.Compare(x.Priority, y.Priority) })
	last := 0
	for _, m := range sorted {
		at := parts[m.Model]
		if at == nil {
			at = t.resolve(m.Model, within).node
		}
		if at == nil {
			continue
		}
		if len(n.tiers) == 0 || m.Priority != last {
			n.tiers, last = append(n.tiers, tier{priority: m.Priority, even: true}), m.Priority
		}
		in := &n.tiers[len(n.tiers)-1]
		in.members = append(in.members, member{at, m.Weight})
		n.places += at.places
	}
	for i := range n.tiers {
		n.tiers[i].even = even(n.tiers[i].members)
	}
	if n.places == 0 {
		return nil
	}
	return n
}

// even reports whether those that have a weight have the same.
func even(members []member) bool {
	weight := 0
	for _, m := range members {
		if weight > 0 && m.weight > 0 && m.weight != weight {
			return false
		}
		weight = max(weight, m.weight)
	}
	return true
}
