package config

import (
	"slices"
	"strings"
	"time"
)

func (b *builder) router(s section) Router {
	const r = "router_settings."
	aliases := b.aliases(s)
	out := Router{
		NumRetries:       max(1, s.integer(r+"num_retries")),
		Fallbacks:        b.fallbacks(s.v.at(r + "fallbacks")),
		ContextFallbacks: b.fallbacks(s.v.at(r + "context_fallbacks")),
		PolicyFallbacks:  b.fallbacks(s.v.at(r + "content_policy_fallbacks")),
		Aliases:          aliases,
		Groups:           b.groups(s.v.at(r+"groups"), aliases),
		Timeouts:         routerTimeouts(s),
		Health: Health{
			Failures: s.integer(r + "health.failures"),
			OpenFor:  s.duration(r + "health.open_for"), MaxOpen: s.duration(r + "health.max_open"),
			MaxCooldown: s.duration(r + "health.max_cooldown"),
		},
		Affinity:      Affinity{Enabled: s.flag(r + "affinity.enabled"), Keep: s.duration(r + "affinity.keep")},
		RetryAfterCap: s.duration(r + "retry_after_cap"),
	}
	out.Health.MaxOpen = max(out.Health.MaxOpen, out.Health.OpenFor)
	return out
}

func routerTimeouts(s section) Timeouts {
	const t = "router_settings.timeouts."
	return Timeouts{
		Connect: s.duration(t + "connect"), TLS: s.duration(t + "tls"),
		FirstByte: s.duration(t + "first_byte"), StreamIdle: s.duration(t + "stream_idle"),
		Total: s.duration(t + "total"), StreamTotal: s.duration(t + "stream_total"),
	}
}

// modelTimeouts lays what a model says over what holds for all. Its
// request_timeout is the older word for two of them.
func modelTimeouts(s section, out Timeouts) (t Timeouts, request time.Duration) {
	if request = s.duration("request_timeout"); request > 0 {
		out.FirstByte, out.Total = request, request
	}
	for name, to := range map[string]*time.Duration{
		"connect_timeout": &out.Connect, "tls_timeout": &out.TLS,
		"first_byte_timeout": &out.FirstByte, "stream_idle_timeout": &out.StreamIdle,
		"total_timeout": &out.Total, "stream_total_timeout": &out.StreamTotal,
	} {
		if s.text(name) != "" {
			*to = s.duration(name)
		}
	}
	if request == 0 {
		request = out.FirstByte
	}
	return out, request
}

// fallbacks reads a list of mappings from a name to what is tried after it.
// Of two lists for one name the later counts.
func (b *builder) fallbacks(list *value) map[string][]string {
	out := map[string][]string{}
	if list == nil {
		return out
	}
	for _, item := range list.items {
		for _, f := range item.fields {
			targets := texts(f.value)
			for _, target := range targets {
				if target != f.name && !b.names.known(target) {
					b.report.warnAt(f.value, "fallback %q of %q is no model and is passed over%s", target, f.name, b.names.suggest(target))
				}
			}
			if slices.Contains(targets, f.name) {
				b.report.warnAt(f.value, "%q falls back to itself, which is passed over: remove it from its own list, or set router_settings.num_retries", f.name)
				targets = slices.DeleteFunc(targets, func(target string) bool { return target == f.name })
			}
			if len(targets) > 0 {
				out[f.name] = targets
			} else {
				delete(out, f.name)
			}
		}
	}
	return out
}

// alias is another name as it is written.
type alias struct {
	name, to string
	place    *value
}

// aliases gathers the other names of models and of router_settings.aliases.
// Each leads to a name that is no alias itself; what does not is left out.
func (b *builder) aliases(s section) map[string]string {
	written := map[string]alias{}
	var order []string
	add := func(a alias) {
		have, twice := written[a.name]
		switch {
		case b.names.taken(a.name):
			b.report.warnAt(a.place, "alias %q is not used, because a model or group has that name: rename one of them", a.name)
			return
		case twice && have.to != a.to:
			b.report.warnAt(a.place, "alias %q is given twice, for %q and for %q; the latter counts: remove one of them", a.name, have.to, a.to)
		case !twice:
			order = append(order, a.name)
		}
		written[a.name] = a
	}
	for _, e := range b.names.entries {
		for _, item := range scalars(e.v.get("aliases")) {
			name, _ := item.scalar()
			add(alias{name, e.name, item})
		}
	}
	if all := s.v.at("router_settings.aliases"); all.given() {
		for _, f := range all.fields {
			if to, ok := f.value.scalar(); ok && to != "" {
				add(alias{f.name, to, f.value})
			}
		}
	}
	out := map[string]string{}
	for _, name := range order {
		if to, ok := b.resolve(written[name], written); ok {
			out[name] = to
		}
	}
	return out
}

// resolve follows an alias to what it stands for.
func (b *builder) resolve(a alias, written map[string]alias) (string, bool) {
	chain := []string{a.name}
	for to := a.to; ; to = written[to].to {
		loop := slices.Contains(chain, to)
		chain = append(chain, to)
		_, again := written[to]
		switch {
		case loop:
			b.report.warnAt(a.place, "alias %q leads in a circle and is not used: %s", a.name, strings.Join(chain, " -> "))
			return "", false
		case again:
		case !b.names.known(to):
			b.report.warnAt(a.place, "alias %q is not used: %q is no model%s", a.name, to, b.names.suggest(to))
			return "", false
		default:
			return to, true
		}
	}
}

// groups reads the groups. A member that cannot be asked is passed over, and
// a group without members is left out.
func (b *builder) groups(list *value, aliases map[string]string) []Group {
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
		g := Group{Name: name, Members: b.members(name, item, aliases), Layer: item.layer, Line: item.line}
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

func (b *builder) members(group string, item *value, aliases map[string]string) []Member {
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
		if to, ok := aliases[m.Model]; ok {
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
