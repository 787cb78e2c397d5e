package config

import (
	"maps"
	"slices"
	"strings"
)

// names are what a request may ask for, as the files have it. They are known
// before anything is built, so that everything can be checked against them.
type names struct {
	entries   []entry // of model_list
	models    map[string]bool
	groups    map[string]bool
	virtual   map[string]bool // names with fallbacks
	aliases   map[string]bool
	providers map[string]bool
}

func newNames(root *value, entries []entry) names {
	n := names{
		entries: entries, models: map[string]bool{}, groups: map[string]bool{}, virtual: map[string]bool{},
		aliases: map[string]bool{}, providers: map[string]bool{},
	}
	for _, e := range entries {
		n.models[e.name] = true
		for _, name := range texts(e.v.get("aliases")) {
			n.aliases[name] = true
		}
	}
	for _, name := range fieldNames(root.at("router_settings.aliases")) {
		n.aliases[name] = true
	}
	for _, name := range fieldNames(root.get("providers")) {
		n.providers[name] = true
	}
	for _, item := range items(root.at("router_settings.groups")) {
		if name, ok := item.get("name").scalar(); ok && name != "" {
			n.groups[name] = true
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
func (n names) taken(name string) bool { return n.models[name] || n.groups[name] || n.virtual[name] }

// known reports whether a request for a name would find something, in the
// ways that the router looks for it.
func (n names) known(name string) bool {
	if n.taken(name) || n.aliases[name] {
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
	all := slices.Concat(slices.Collect(maps.Keys(n.models)), slices.Collect(maps.Keys(n.groups)),
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
