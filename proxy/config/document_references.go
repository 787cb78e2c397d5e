package config

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// Where the file names a model besides its own entry: models that extend it,
// lists of fallbacks, aliases, groups, and the stand-ins of limits.

func (d *Document) renameReferences(name, to string) error {
	var children []int
	d.eachModel(func(i int, item *yaml.Node) {
		if _, extends := entryOf(item, "extends"); extends != nil && extends.Value == name {
			children = append(children, i)
		}
	})
	for _, i := range children {
		if err := d.Set(to, "model_list", indexText(i), "extends"); err != nil {
			return err
		}
	}
	return d.editReferences(func(have string) string {
		if have == name {
			return to
		}
		return have
	})
}

// editReferences calls change for every reference to a model that is not
// extends. An empty name takes the reference away.
func (d *Document) editReferences(change func(name string) string) error {
	for _, list := range fallbackLists() {
		err := d.editFallbacks(list, func(primary string, targets []string) (string, []string) {
			for i := range targets {
				targets[i] = change(targets[i])
			}
			return change(primary), slices.DeleteFunc(targets, func(t string) bool { return t == "" })
		})
		if err != nil {
			return err
		}
	}
	paths := slices.Concat(d.aliasPaths(), d.memberPaths(), d.degradePaths())
	// Backwards, so that a removal does not move what is still to come.
	for _, path := range slices.Backward(paths) {
		n := d.find(path)
		if n == nil || n.Kind != yaml.ScalarNode || isNull(n) {
			continue
		}
		var err error
		switch to := change(n.Value); {
		case to == n.Value:
		case to != "":
			err = d.replace(textNode(to), path)
		case path[len(path)-1] == "model": // of a member, which is nothing without it
			err = d.Delete(path[:len(path)-1]...)
		default:
			err = d.Delete(path...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Document) aliasPaths() [][]string {
	var out [][]string
	at := []string{"router_settings", "aliases"}
	if n := d.find(at); n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			out = append(out, extend(at, n.Content[i].Value))
		}
	}
	return out
}

// memberPaths lists where the groups name their members.
func (d *Document) memberPaths() [][]string {
	var out [][]string
	for _, group := range d.items("router_settings", "groups") {
		for _, target := range d.items(extend(group, "targets")...) {
			if n := d.find(target); n.Kind == yaml.MappingNode {
				target = extend(target, "model")
			}
			out = append(out, target)
		}
	}
	return out
}

// degradePaths lists where limits may name a stand-in.
func (d *Document) degradePaths() [][]string {
	owners := [][]string{nil, {"app_keys", "defaults"}, {"app_keys", "unauthenticated"}}
	owners = slices.Concat(owners, d.items("model_list"), d.items("app_keys", "keys"))
	for i, owner := range owners {
		owners[i] = append(slices.Clip(owner), "limits", "degrade_to")
	}
	return owners
}

// items lists the paths of the items of a list.
func (d *Document) items(path ...string) [][]string {
	n := d.find(path)
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	out := make([][]string, len(n.Content))
	for i := range n.Content {
		out[i] = extend(path, indexText(i))
	}
	return out
}

// editFallbacks calls change for every primary with its targets, in one of the
// lists of fallbacks. An empty primary, or no targets, remove the list; what is
// equal stays untouched.
func (d *Document) editFallbacks(list string, change func(primary string, targets []string) (string, []string)) error {
	path := []string{"router_settings", list}
	all := d.find(path)
	if all == nil || all.Kind != yaml.SequenceNode {
		return nil
	}
	// Backwards, so that a removal does not move what is still to come.
	for i := len(all.Content) - 1; i >= 0; i-- {
		item := clone(all.Content[i])
		for k := len(item.Content) - 2; k >= 0 && item.Kind == yaml.MappingNode; k -= 2 {
			key, node := item.Content[k], item.Content[k+1]
			old := nodeTexts(node)
			primary, targets := change(key.Value, slices.Clone(old))
			switch {
			case primary == "" || len(targets) == 0 && len(old) > 0:
				item.Content = slices.Delete(item.Content, k, k+2)
			case !slices.Equal(old, targets):
				setTexts(node, targets)
				fallthrough
			default:
				key.Value = primary
			}
		}
		if err := d.putItem(item, extend(path, indexText(i))); err != nil {
			return err
		}
	}
	return nil
}

// setTexts makes a list of texts, or the single text it is short for, say
// something else in the same style.
func setTexts(n *yaml.Node, texts []string) {
	if n.Kind == yaml.ScalarNode && len(texts) == 1 {
		n.Value = texts[0]
		return
	}
	list := textList(texts)
	if n.Kind == yaml.SequenceNode {
		list.Style = n.Style
	}
	list.HeadComment, list.LineComment, list.FootComment = n.HeadComment, n.LineComment, n.FootComment
	*n = *list
}

// putItem replaces a list's item, or removes it when nothing is left of it.
func (d *Document) putItem(item *yaml.Node, path []string) error {
	switch {
	case item.Kind == yaml.MappingNode && len(item.Content) == 0:
		return d.Delete(path...)
	case sameMeaning(d.find(path), item):
		return nil
	}
	return d.replace(item, path)
}

func textList(texts []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, text := range texts {
		n.Content = append(n.Content, textNode(text))
	}
	return n
}

// nodeTexts returns the texts of a list of scalars, or of a single one.
func nodeTexts(n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode && !isNull(n) {
		return []string{n.Value}
	}
	var out []string
	for _, item := range n.Content {
		out = append(out, item.Value)
	}
	return out
}
