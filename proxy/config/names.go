package config

import (
	"maps"
	"slices"
	"strings"
)

// names are what a request may ask for. They are known before anything else
// is built, so that everything can be checked against them.
type names struct {
	entries   []entry // of model_list
	models    map[string]bool
	virtual   map[string]bool // names with fallbacks
	providers map[string]bool
	grouped   map[string]bool // names of groups; at first, of all that are written
	written   map[string]bool // aliases that may turn out to lead nowhere
	groups    []Group
	aliases   map[string]string
}

func newNames(root *value, entries []entry) names {
	n := names{
		entries: entries, models: map[string]bool{}, grouped: map[string]bool{}, virtual: map[string]bool{},
		written: map[string]bool{}, providers: map[string]bool{},
	}
	for _, e := range entries {
		n.models[e.name] = true
		for _, name := range texts(e.v.get("aliases")) {
			n.written[name] = true
		}
	}
	for _, name := range fieldNames(root.at("router_settings.aliases")) {
		n.written[name] = true
	}
	for _, name := range fieldNames(root.get("providers")) {
		n.providers[name] = true
	}
	for _, item := range items(root.at("router_settings.groups")) {
		if name, ok := item.get("name").scalar(); ok && name != "" {
			n.grouped[name] = true
		}
	}
	for _, item := range items(root.at("router_settings.fallbacks")) {
		for _, f := range item.fields {
			if len(texts(f.value)) > 0 {
				n.virtual[f.name] = true
			}
		}
	}
	return n
}

func (n names) isModel(name string) bool { return n.models[name] }

// taken reports whether a name leads somewhere without being an alias.
func (n names) taken(name string) bool { return n.models[name] || n.grouped[name] || n.virtual[name] }

// known reports whether a request for a name would find something, in the
// ways that the router looks for it.
func (n names) known(name string) bool {
	if n.taken(name) || n.aliases[name] != "" || n.written[name] {
		return true
	}
	if rest, ok := strings.CutPrefix(name, "openai/"); ok && n.known(rest) {
		return true
	}
	if provider, model, ok := strings.Cut(name, "/"); ok && model != "" && n.providers[provider] {
		return true
	}
	for pattern := range n.models {
		before, after, ok := strings.Cut(pattern, "*")
		if ok && len(name) >= len(before)+len(after) && strings.HasPrefix(name, before) && strings.HasSuffix(name, after) {
			return true
		}
	}
	return false
}

// suggest adds to a message the name that was likely meant.
func (n names) suggest(name string) string {
	all := slices.Concat(slices.Collect(maps.Keys(n.models)), slices.Collect(maps.Keys(n.grouped)),
		slices.Collect(maps.Keys(n.virtual)), slices.Collect(maps.Keys(n.aliases)))
	slices.Sort(all) // so that of two that are as near the same is named each time
	return didYouMean(name, all)
}

func fieldNames(v *value) []string {
	if v == nil {
		return nil
	}
	out := make([]string, len(v.fields))
	for i, f := range v.fields {
		out[i] = f.name
	}
	return out
}

func items(v *value) []*value {
	if v == nil {
		return nil
	}
	return v.items
}

// scalars returns the given, non-empty scalars of a list or of a single value.
func scalars(v *value) []*value {
	all := items(v)
	if v != nil && v.kind == scalarKind {
		all = []*value{v}
	}
	return slices.DeleteFunc(slices.Clone(all), func(item *value) bool {
		text, ok := item.scalar()
		return !ok || text == ""
	})
}

// learnNames finds out which names a request may ask for. Everything that
// names a model is checked against them.
func (b *builder) learnNames(root *value) {
	b.names = newNames(root, b.entries(root.get("model_list")))
	b.names.aliases = b.aliases(root)
	b.names.written = nil
	b.names.groups = b.groups(root.at("router_settings.groups"))
	b.names.grouped = map[string]bool{}
	for _, g := range b.names.groups {
		b.names.grouped[g.Name] = true
	}
	// An alias of a group that was left out leads nowhere.
	maps.DeleteFunc(b.names.aliases, func(_, to string) bool { return !b.names.known(to) })
}

// alias is another name as it is written.
type alias struct {
	name, to string
	place    *value
}

// aliases gathers the other names of models and of router_settings.aliases.
// Each leads to a name that is no alias itself; what does not is left out.
func (b *builder) aliases(root *value) map[string]string {
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
	if all := root.at("router_settings.aliases"); all.given() {
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
