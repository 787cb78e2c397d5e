package config

import (
	"slices"
	"strings"
)

// groups reads the groups. A member that cannot be asked is passed over, and
// a group without members is left out.
func (b *builder) groups(list *value) []Group {
	if list == nil {
		return nil
	}
	var out []Group
	for _, item := range list.items {
		name, _ := item.get("name").scalar()
		switch {
		case item.kind != mappingKind || len(item.get("name").unsetNames()) > 0:
			continue
		case name == "":
			b.report.failAt(item, "this group has no name: give it one")
			continue
		case b.names.isModel(name):
			b.report.failAt(item, "group %q has the name of a model: rename one of them", name)
			continue
		case strings.Contains(name, "*"):
			b.report.failAt(item, "group %q has a * in its name, which only a model may have: rename it", name)
			continue
		}
		g := Group{Name: name, Members: b.members(name, item), Layer: item.layer, Line: item.line}
		i := slices.IndexFunc(out, func(have Group) bool { return have.Name == name })
		if i < 0 {
			out = append(out, g)
			continue
		}
		b.report.warnAt(item, "group %q is defined twice, first on line %d; this one counts: rename or remove one of them", name, out[i].Line)
		out[i] = g
	}
	return b.withoutLoops(out, list)
}

func (b *builder) members(group string, item *value) []Member {
	var out []Member
	targets := item.get("targets")
	if targets == nil || targets.kind != listKind {
		return nil
	}
	for _, v := range targets.items {
		s := section{b: b, v: v, prefix: "router_settings.groups[].targets[]."}
		m := Member{Model: s.text("model"), Weight: s.integer("weight"), Priority: s.integer("priority")}
		if text, ok := v.scalar(); ok {
			m.Model = text
		}
		if to, ok := b.names.aliases[m.Model]; ok {
			m.Model = to
		}
		switch {
		case m.Model == "":
			b.report.warnAt(v, "this target of group %q is passed over: name its model", group)
		case m.Model != group && !b.names.known(m.Model):
			b.report.warnAt(v, "target %q of group %q is no model and is passed over%s", m.Model, group, b.names.suggest(m.Model))
		case slices.ContainsFunc(out, func(have Member) bool { return have.Model == m.Model }):
			b.report.warnAt(v, "target %q of group %q is given twice; the first counts: remove one, or give it a weight of 2", m.Model, group)
		default:
			out = append(out, m)
		}
	}
	return b.weighed(out, item, "group", group)
}

// weighed gives members equal weights where all are 0, which would leave
// nobody to be asked first.
func (b *builder) weighed(members []Member, place *value, what, name string) []Member {
	if len(members) == 0 || slices.ContainsFunc(members, func(m Member) bool { return m.Weight > 0 }) {
		return members
	}
	b.report.warnAt(place, "every target of %s %q has weight 0, so they share its requests equally: give at least one of them a weight", what, name)
	for i := range members {
		members[i].Weight = 1
	}
	return members
}

// withoutLoops takes out of each group the members that lead back to it, and
// then the groups that are empty.
func (b *builder) withoutLoops(groups []Group, list *value) []Group {
	byName := map[string]*Group{}
	for i := range groups {
		byName[groups[i].Name] = &groups[i]
	}
	place := func(name string) *value {
		for _, item := range slices.Backward(list.items) {
			if text, _ := item.get("name").scalar(); text == name {
				return item
			}
		}
		return list
	}
	done := map[string]bool{}
	var visit func(g *Group, chain []string)
	visit = func(g *Group, chain []string) {
		chain = append(slices.Clip(chain), g.Name)
		g.Members = slices.DeleteFunc(g.Members, func(m Member) bool {
			if !slices.Contains(chain, m.Model) {
				return false
			}
			b.report.warnAt(place(g.Name), "group %q has itself among its targets, so %q is passed over: %s -> %s", m.Model, m.Model, strings.Join(chain, " -> "), m.Model)
			return true
		})
		for _, m := range g.Members {
			if next := byName[m.Model]; next != nil && !done[m.Model] {
				visit(next, chain)
			}
		}
		done[g.Name] = true
	}
	for i := range groups {
		if !done[groups[i].Name] {
			visit(&groups[i], nil)
		}
	}
	return b.withoutEmpty(groups, place)
}

// withoutEmpty leaves out the groups that have no members, and then those
// whose members were all such groups.
func (b *builder) withoutEmpty(groups []Group, place func(name string) *value) []Group {
	for {
		at := slices.IndexFunc(groups, func(g Group) bool { return len(g.Members) == 0 })
		if at < 0 {
			return groups
		}
		name := groups[at].Name
		b.report.warnAt(place(name), "group %q has no target to ask and is left out: add targets: [MODEL, …]", name)
		groups = slices.Delete(groups, at, at+1)
		for i := range groups {
			groups[i].Members = slices.DeleteFunc(groups[i].Members, func(m Member) bool { return m.Model == name })
		}
	}
}
