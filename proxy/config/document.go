package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Document is the user's file, to be edited without disturbing what the user
// wrote: comments, order, quotes, blank lines and alignment stay as they are
// wherever an edit does not reach.
//
// Every edit is made twice. First on the tree of yaml.v3 nodes, which says
// what the file must mean afterwards. Then on the text, by replacing the lines
// of the one entry that changes. The new text is parsed again; if it does not
// mean what the tree means (the file uses YAML in a way that the line editing
// does not understand) the tree is written out instead, which keeps comments
// but not blank lines.
type Document struct {
	file string
	text []byte
	root *yaml.Node // nil when there is nothing but comments
}

// ParseDocument reads the text of a configuration file. The error is an
// *InvalidError that names the line.
func ParseDocument(file string, data []byte) (*Document, error) {
	root, err := parseYAML(file, data)
	if err != nil {
		return nil, err
	}
	d := &Document{file: file, text: data, root: root}
	if root != nil && isNull(root) {
		d.root = nil
	} else if root != nil && root.Kind != yaml.MappingNode {
		return nil, &InvalidError{Problems: []Problem{{
			File: file, Line: root.Line, Message: "must be a mapping (NAME: value) at its top level",
		}}}
	}
	return d, nil
}

// Bytes returns the text with all edits made. Without an edit it is the text
// that was parsed, byte for byte.
func (d *Document) Bytes() ([]byte, error) { return slices.Clone(d.text), nil }

// Get returns a copy of the node at a path of mapping keys and list indexes.
func (d *Document) Get(path ...string) (*yaml.Node, bool) {
	n := d.find(path)
	return clone(n), n != nil
}

// Set puts a value at a path of mapping keys and list indexes, making the
// mappings on the way. A mapping put over a mapping changes only the entries
// that differ. Value is anything yaml.v3 can encode, or a *yaml.Node.
func (d *Document) Set(value any, path ...string) error {
	n, err := toNode(value)
	if err != nil {
		return err
	}
	if len(path) == 0 {
		return errors.New("a path is needed to set a value")
	}
	return d.set(n, path)
}

// Delete removes the entry at a path. What is not there needs no removing. A
// list or mapping that loses its last entry stays, empty.
func (d *Document) Delete(path ...string) error {
	n := d.find(path)
	if n == nil || len(path) == 0 {
		return nil
	}
	if err := d.unshared(path); err != nil {
		return err
	}
	container := path[:len(path)-1]
	if len(container) > 0 && entries(d.find(container)) == 1 {
		empty := &yaml.Node{Kind: d.find(container).Kind, Style: yaml.FlowStyle}
		return d.replace(empty, container)
	}
	edited := clone(d.root)
	steps, _, err := follow(edited, path)
	if err != nil {
		return err
	}
	steps[len(steps)-1].remove()
	text, ok := d.layout().deleted(d.steps(path))
	if !ok {
		text = d.rewritten(edited, container)
	}
	if err := d.adopt(edited, text); err != nil || steps[len(steps)-1].container.Kind != yaml.MappingNode {
		return err
	}
	return d.Delete(path...) // a key may be given twice
}

// add appends an item to the list at path, which is made when missing.
func (d *Document) add(item *yaml.Node, path ...string) error {
	list := d.find(path)
	if list == nil || list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		return d.set(&yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{item}}, path)
	}
	if err := d.unshared(path); err != nil {
		return err
	}
	edited := clone(d.root)
	target := findIn(edited, path)
	target.Content = append(target.Content, item)
	text, ok := d.layout().appended(d.steps(path), list, item)
	if !ok {
		text = d.rewritten(edited, path)
	}
	return d.adopt(edited, text)
}

func (d *Document) set(n *yaml.Node, path []string) error {
	old := d.find(path)
	switch {
	case old == nil:
		return d.insert(n, path)
	case sameMeaning(old, n):
		return nil
	case old.Kind == yaml.MappingNode && n.Kind == yaml.MappingNode &&
		old.Style&yaml.FlowStyle == 0 && len(old.Content) > 0 && len(n.Content) > 0:
		return d.reconcile(old, n, path)
	}
	return d.replace(n, path)
}

// reconcile makes the mapping old say what n says, entry by entry.
func (d *Document) reconcile(old, n *yaml.Node, path []string) error {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if err := d.set(n.Content[i+1], extend(path, n.Content[i].Value)); err != nil {
			return err
		}
	}
	for i := 0; i+1 < len(old.Content); i += 2 {
		name := old.Content[i].Value
		if _, kept := entryOf(n, name); kept == nil {
			if err := d.Delete(extend(path, name)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// replace puts n in the place of the node at path.
func (d *Document) replace(n *yaml.Node, path []string) error {
	old := d.find(path)
	if err := d.unshared(path); err != nil {
		return err
	}
	n = clone(n)
	keepStyle(old, n)
	edited := clone(d.root)
	steps, _, err := follow(edited, path)
	if err != nil {
		return err
	}
	last := steps[len(steps)-1]
	last.container.Content[last.index] = n
	text, ok := d.layout().replaced(d.steps(path), n)
	if !ok {
		text = d.rewritten(edited, path)
	}
	return d.adopt(edited, text)
}

// insert adds the entry at path to the deepest mapping that exists, with new
// mappings around it for the rest of the path.
func (d *Document) insert(n *yaml.Node, path []string) error {
	if d.root == nil {
		return d.start(wrap(path, n))
	}
	_, missing, err := follow(d.root, path)
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(path, "."), err)
	}
	parentPath := path[:len(path)-len(missing)]
	parent := d.find(parentPath)
	if parent.Kind != yaml.MappingNode || len(parent.Content) == 0 {
		if !isNull(parent) && len(parent.Content) > 0 || parent.Kind == yaml.ScalarNode && !isNull(parent) {
			return fmt.Errorf("%s is not a mapping, so %s cannot be set below it", strings.Join(parentPath, "."), missing[0])
		}
		if len(parentPath) == 0 {
			return d.start(wrap(missing, n))
		}
		return d.replace(wrap(missing, n), parentPath)
	}
	if err := d.unshared(parentPath); err != nil {
		return err
	}
	edited := clone(d.root)
	pair := wrap(missing, n).Content
	target := findIn(edited, parentPath)
	target.Content = append(target.Content, pair...)
	text, ok := d.layout().inserted(d.steps(parentPath), parent, pair)
	if !ok {
		text = d.rewritten(edited, parentPath)
	}
	return d.adopt(edited, text)
}

// start writes the first entry of a file that has none, below its comments.
func (d *Document) start(root *yaml.Node) error {
	lines := d.layout()
	if d.root != nil { // an empty {} stands there
		at := d.root.Line - 1
		lines.lines = slices.Delete(lines.lines, at, at+1)
	}
	return d.adopt(root, lines.begun(root))
}

// rewritten renders the nearest entry around path that has lines of its own:
// what is inside braces has none.
func (d *Document) rewritten(edited *yaml.Node, path []string) []byte {
	for ; len(path) > 0; path = path[:len(path)-1] {
		if text, ok := d.layout().replaced(d.steps(path), findIn(edited, path)); ok {
			return text
		}
	}
	return nil
}

// adopt takes text if it means what the tree means, and else the tree.
func (d *Document) adopt(edited *yaml.Node, text []byte) error {
	if text != nil {
		if root, err := parseYAML(d.file, text); err == nil && sameMeaning(root, edited) {
			d.text, d.root = text, root
			return nil
		}
	}
	text, err := encode(edited)
	if err != nil {
		return err
	}
	root, err := parseYAML(d.file, text)
	if err != nil || !sameMeaning(root, edited) {
		return fmt.Errorf("%s cannot be changed by the program: edit it by hand", d.file)
	}
	d.text, d.root = text, root
	return nil
}

// unshared refuses a change at path that another part of the file would feel,
// because it refers to what changes by an alias.
func (d *Document) unshared(path []string) error {
	touched := map[*yaml.Node]bool{}
	for _, s := range d.steps(path) {
		touched[s.container] = true
	}
	visit(d.find(path), func(n *yaml.Node) { touched[n] = true })
	var shared *yaml.Node
	visit(d.root, func(n *yaml.Node) {
		if n.Kind == yaml.AliasNode && touched[n.Alias] && !touched[n] {
			shared = n
		}
	})
	if shared == nil {
		return nil
	}
	return fmt.Errorf("%s:%d uses this value by its anchor (*%s): edit the file by hand", d.file, shared.Line, shared.Value)
}

func (d *Document) layout() *layout { return newLayout(d.text) }

func (d *Document) find(path []string) *yaml.Node { return findIn(d.root, path) }

func (d *Document) steps(path []string) []step {
	steps, _, _ := follow(d.root, path)
	return steps
}

// encode renders a tree as a file.
func encode(n *yaml.Node) ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(n); err != nil {
		return nil, err
	}
	return out.Bytes(), encoder.Close()
}

// extend returns path with one more step, leaving path alone.
func extend(path []string, name string) []string { return append(slices.Clip(path), name) }

func indexText(i int) string { return strconv.Itoa(i) }
