package config

import (
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"
)

// FallbackList names a list of fallbacks in router_settings.
type FallbackList string

// The lists.
const (
	Fallbacks        FallbackList = "fallbacks"
	ContextFallbacks FallbackList = "context_fallbacks"
	PolicyFallbacks  FallbackList = "content_policy_fallbacks"
)

// SetFallbacks says what is tried after a model, in order. No targets remove
// the list.
func (d *Document) SetFallbacks(primary string, targets []string) error {
	return d.SetFallbacksIn(Fallbacks, primary, targets)
}

// SetFallbacksIn is SetFallbacks for any of the lists.
func (d *Document) SetFallbacksIn(list FallbackList, primary string, targets []string) error {
	found := false
	err := d.editFallbacks(string(list), func(have string, old []string) (string, []string) {
		if have != primary {
			return have, old
		}
		found = true
		if len(targets) == 0 {
			return "", nil
		}
		return have, slices.Clone(targets)
	})
	if err != nil || found || len(targets) == 0 {
		return err
	}
	item := wrap([]string{primary}, textList(targets))
	return d.add(item, "router_settings", string(list))
}

// groupPath is where a group stands, nil when the file has none of that name.
// Of two the last counts.
func (d *Document) groupPath(name string) []string {
	path := []string{"router_settings", "groups"}
	list := d.find(path)
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	for i, item := range slices.Backward(list.Content) {
		if _, called := entryOf(item, "name"); called != nil && called.Value == name {
			return extend(path, indexText(i))
		}
	}
	return nil
}

// HasGroup reports whether the file has a group of that name.
func (d *Document) HasGroup(name string) bool { return d.groupPath(name) != nil }

// SetGroup makes members the targets of a group, which is made when missing.
// No members remove it. What is said of a member beside its weight and
// priority, comments above all, stays with it.
func (d *Document) SetGroup(name string, members []Member) error {
	path := d.groupPath(name)
	if len(members) == 0 {
		for ; path != nil; path = d.groupPath(name) {
			if err := d.Delete(path...); err != nil {
				return err
			}
		}
		return nil
	}
	if path == nil {
		group := wrap([]string{"name"}, textNode(name))
		group.Content = append(group.Content, textNode("targets"), memberList(nil, members))
		return d.add(group, "router_settings", "groups")
	}
	path = extend(path, "targets")
	old := d.find(path)
	list := memberList(old, members)
	if old == nil || sameMeaning(old, list) {
		return d.set(list, path)
	}
	return d.replace(list, path)
}

// memberList is the list of targets that says members, made of what an old
// list says of them.
func memberList(old *yaml.Node, members []Member) *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	if old != nil && old.Kind == yaml.SequenceNode {
		list.Style = old.Style
	}
	plain := true
	for _, m := range members {
		var item *yaml.Node
		if old != nil {
			for _, have := range old.Content {
				if name := memberName(have); name != nil && name.Value == m.Model {
					item = clone(have)
				}
			}
		}
		item = memberNode(item, m)
		plain = plain && item.Kind == yaml.ScalarNode && !hasComments(item)
		list.Content = append(list.Content, item)
	}
	if old == nil && plain {
		list.Style = yaml.FlowStyle
	}
	return list
}

// memberName is the node that names a target: itself, or its model.
func memberName(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.ScalarNode {
		return n
	}
	_, name := entryOf(n, "model")
	return name
}

// memberNode makes a target say what m says. Defaults are written only where
// something else stood.
func memberNode(n *yaml.Node, m Member) *yaml.Node {
	if n == nil {
		n = textNode(m.Model)
	}
	if n.Kind == yaml.ScalarNode {
		if m.Weight == 1 && m.Priority == 0 {
			return n
		}
		name := textNode(m.Model)
		mapping := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle, Content: []*yaml.Node{textNode("model"), name}}
		mapping.HeadComment, mapping.LineComment, mapping.FootComment = n.HeadComment, n.LineComment, n.FootComment
		n = mapping
	}
	for _, f := range []struct {
		name           string
		value, missing int
	}{{"weight", m.Weight, 1}, {"priority", m.Priority, 0}} {
		_, have := entryOf(n, f.name)
		number := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(f.value)}
		switch {
		case have != nil:
			number.LineComment = have.LineComment
			*have = *number
		case f.value != f.missing:
			n.Content = append(n.Content, textNode(f.name), number)
		}
	}
	return n
}

// SetAliases makes these, and no others, the other names of a model, group or
// virtual name.
func (d *Document) SetAliases(name string, aliases []string) error {
	own, err := d.keepOwnAliases(name, aliases)
	if err != nil {
		return err
	}
	path := []string{"router_settings", "aliases"}
	if all := d.find(path); all != nil && all.Kind == yaml.MappingNode {
		for i := len(all.Content) - 2; i >= 0; i -= 2 {
			alias := all.Content[i].Value
			if all.Content[i+1].Value == name && (!slices.Contains(aliases, alias) || slices.Contains(own, alias)) {
				if err := d.Delete(extend(path, alias)...); err != nil {
					return err
				}
			}
		}
	}
	for _, alias := range aliases {
		if !slices.Contains(own, alias) {
			if err := d.Set(name, extend(path, alias)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// keepOwnAliases takes what is not wanted off the aliases that a model's entry
// has, and returns those that are left.
func (d *Document) keepOwnAliases(name string, wanted []string) ([]string, error) {
	at := d.modelIndex(name)
	if at < 0 {
		return nil, nil
	}
	path := []string{"model_list", indexText(at), "aliases"}
	n := d.find(path)
	if n == nil {
		return nil, nil
	}
	old := nodeTexts(n)
	kept := slices.DeleteFunc(slices.Clone(old), func(alias string) bool { return !slices.Contains(wanted, alias) })
	switch {
	case len(kept) == len(old):
		return kept, nil
	case len(kept) == 0:
		return nil, d.Delete(path...)
	}
	edited := clone(n)
	setTexts(edited, kept)
	return kept, d.replace(edited, path)
}

// ForgetName takes a name off everything that leads to it, with the lists of
// its own fallbacks and its other names.
func (d *Document) ForgetName(name string) error {
	err := d.editReferences(func(have string) string {
		if have == name {
			return ""
		}
		return have
	})
	if err != nil {
		return err
	}
	return d.SetAliases(name, nil)
}
