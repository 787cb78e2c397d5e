package config

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// step is one entry on the way from the root of a tree to a node: the value
// at container.Content[index].
type step struct {
	container *yaml.Node
	index     int
}

// key returns the key node of a mapping's entry, nil for an item of a list.
func (s step) key() *yaml.Node {
	if s.container.Kind != yaml.MappingNode {
		return nil
	}
	return s.container.Content[s.index-1]
}

func (s step) value() *yaml.Node { return s.container.Content[s.index] }

// next returns the node that begins the following entry, nil for the last.
func (s step) next() *yaml.Node {
	if s.index+1 < len(s.container.Content) {
		return s.container.Content[s.index+1]
	}
	return nil
}

func (s step) remove() {
	from := s.index
	if s.container.Kind == yaml.MappingNode {
		from--
	}
	s.container.Content = append(s.container.Content[:from:from], s.container.Content[s.index+1:]...)
}

// follow walks a path as far as it exists and returns the rest of it.
func follow(root *yaml.Node, path []string) (steps []step, missing []string, err error) {
	at := root
	for i, name := range path {
		var index int
		switch {
		case at == nil:
			return steps, path[i:], nil
		case at.Kind == yaml.AliasNode:
			return steps, path[i:], fmt.Errorf("it is an alias (*%s): edit the file by hand", at.Value)
		case at.Kind == yaml.MappingNode:
			index, _ = entryOf(at, name)
		case at.Kind == yaml.SequenceNode:
			n, err := strconv.Atoi(name)
			if err != nil || n < 0 || n >= len(at.Content) {
				return steps, path[i:], fmt.Errorf("the list has no item %s", name)
			}
			index = n
		default:
			return steps, path[i:], nil
		}
		if index < 0 {
			return steps, path[i:], nil
		}
		steps = append(steps, step{at, index})
		at = at.Content[index]
	}
	return steps, nil, nil
}

// findIn returns the node at path, or nil.
func findIn(root *yaml.Node, path []string) *yaml.Node {
	steps, missing, err := follow(root, path)
	switch {
	case err != nil || len(missing) > 0:
		return nil
	case len(steps) == 0:
		return root
	}
	return steps[len(steps)-1].value()
}

// entryOf returns the value of a mapping's key and its index, or -1. As in
// loading, the last of two equal keys counts.
func entryOf(n *yaml.Node, name string) (int, *yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return -1, nil
	}
	for i := len(n.Content) - 2; i >= 0; i -= 2 {
		if n.Content[i].Value == name {
			return i + 1, n.Content[i+1]
		}
	}
	return -1, nil
}

// entries counts what a container holds.
func entries(n *yaml.Node) int {
	if n.Kind == yaml.MappingNode {
		return len(n.Content) / 2
	}
	return len(n.Content)
}

// wrap puts n below new mappings, one for each name.
func wrap(path []string, n *yaml.Node) *yaml.Node {
	for i := len(path) - 1; i >= 0; i-- {
		n = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{textNode(path[i]), n}}
	}
	return n
}

// toNode encodes a value, or copies one that is a node already.
func toNode(value any) (*yaml.Node, error) {
	switch v := value.(type) {
	case *yaml.Node:
		if v != nil && v.Kind == yaml.DocumentNode && len(v.Content) == 1 {
			v = v.Content[0]
		}
		return clone(v), nil
	case string:
		return textNode(v), nil
	case []string:
		return sequenceNode(slices.Values(v))
	case []any:
		return sequenceNode(slices.Values(v))
	case map[string]string:
		return mappingNode(v)
	case map[string]any:
		return mappingNode(v)
	}
	n := &yaml.Node{}
	if err := n.Encode(value); err != nil {
		return nil, fmt.Errorf("a value of type %T cannot be written as YAML: %w", value, err)
	}
	return n, nil
}

func sequenceNode[T any](items iter.Seq[T]) (*yaml.Node, error) {
	out := &yaml.Node{Kind: yaml.SequenceNode}
	for item := range items {
		n, err := toNode(item)
		if err != nil {
			return nil, err
		}
		out.Content = append(out.Content, n)
	}
	return out, nil
}

func mappingNode[T any](fields map[string]T) (*yaml.Node, error) {
	out := &yaml.Node{Kind: yaml.MappingNode}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		n, err := toNode(fields[name])
		if err != nil {
			return nil, err
		}
		out.Content = append(out.Content, textNode(name), n)
	}
	return out, nil
}

// textNode is a string. yaml.v3 writes some texts of several lines in a form
// that it cannot read back, so they are quoted.
func textNode(text string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(text)
	odd := func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }
	if n.Style == yaml.LiteralStyle && (strings.TrimSpace(text[:1]) == "" || strings.ContainsFunc(text, odd)) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// clone copies a tree. Aliases inside it refer to the copy's own anchors.
func clone(n *yaml.Node) *yaml.Node {
	copies := map[*yaml.Node]*yaml.Node{}
	out := cloneInto(n, copies)
	visit(out, func(n *yaml.Node) {
		if to := copies[n.Alias]; to != nil {
			n.Alias = to
		}
	})
	return out
}

func cloneInto(n *yaml.Node, copies map[*yaml.Node]*yaml.Node) *yaml.Node {
	if n == nil {
		return nil
	}
	out := *n
	copies[n] = &out
	out.Content = nil
	for _, c := range n.Content {
		out.Content = append(out.Content, cloneInto(c, copies))
	}
	return &out
}

// visit calls f for a node and everything below it, not through aliases.
func visit(n *yaml.Node, f func(*yaml.Node)) {
	if n == nil {
		return
	}
	f(n)
	for _, c := range n.Content {
		visit(c, f)
	}
}

// sameMeaning reports whether two trees say the same, whatever their style,
// comments and places.
func sameMeaning(a, b *yaml.Node) bool {
	if a == nil || b == nil {
		return (a == nil || isNull(a) || len(a.Content) == 0 && a.Kind == yaml.MappingNode) &&
			(b == nil || isNull(b) || len(b.Content) == 0 && b.Kind == yaml.MappingNode)
	}
	if a.Kind != b.Kind || a.Anchor != b.Anchor || len(a.Content) != len(b.Content) {
		return false
	}
	if a.Kind == yaml.ScalarNode && (a.ShortTag() != b.ShortTag() || a.Value != b.Value && !isNull(a)) {
		return false
	}
	if a.Kind == yaml.AliasNode && a.Value != b.Value {
		return false
	}
	for i := range a.Content {
		if !sameMeaning(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// keepStyle gives a text that replaces a quoted text the same quotes.
func keepStyle(old, n *yaml.Node) {
	const quotes = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle
	if old.Kind == yaml.ScalarNode && n.Kind == yaml.ScalarNode && n.Style == 0 &&
		n.ShortTag() == "!!str" && old.ShortTag() == "!!str" {
		n.Style = old.Style & quotes
	}
	if n.LineComment == "" {
		n.LineComment = old.LineComment
	}
}
