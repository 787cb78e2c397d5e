package config

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Edit is one change of the user's file.
type Edit func(*Document) error

// ModelNames lists the models of the file in their order.
func (d *Document) ModelNames() []string {
	var names []string
	d.eachModel(func(_ int, item *yaml.Node) {
		if _, name := entryOf(item, "model_name"); name != nil {
			names = append(names, name.Value)
		}
	})
	return names
}

// Model returns a copy of a model's entry.
func (d *Document) Model(name string) (*yaml.Node, bool) {
	i := d.modelIndex(name)
	if i < 0 {
		return nil, false
	}
	return d.Get("model_list", indexText(i))
}

// PutModel makes entry the model of that name: a new one at the end of the
// list, or in the place of the present one, of which only what differs is
// touched. An entry with another model_name renames the model, and what
// extends it or falls back to it follows. Keys that entry has masked keep
// their present value. Entry is a mapping, a struct, or a *yaml.Node; a node
// with comments brings its own text.
func (d *Document) PutModel(name string, entry any) error {
	n, err := d.modelNode(name, entry)
	if err != nil {
		return err
	}
	_, called := entryOf(n, "model_name")
	at := d.modelIndex(name)
	if called.Value != name && d.modelIndex(called.Value) >= 0 {
		return fmt.Errorf("model %q already exists: choose another name", called.Value)
	}
	if at < 0 {
		if err := unmask(n, nil); err != nil {
			return err
		}
		return d.add(n, "model_list")
	}
	path := []string{"model_list", indexText(at)}
	old := d.find(path)
	if err := unmask(n, old); err != nil {
		return err
	}
	if hasComments(n) && !sameComments(old, n) {
		err = d.replace(n, path)
	} else {
		err = d.set(n, path)
	}
	if err != nil || called.Value == name {
		return err
	}
	return d.renameReferences(name, called.Value)
}

// modelNode is entry as a mapping that has a model_name.
func (d *Document) modelNode(name string, entry any) (*yaml.Node, error) {
	n, err := toNode(entry)
	if err != nil {
		return nil, err
	}
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("a model must be a mapping (NAME: value)")
	}
	if _, isNode := entry.(*yaml.Node); !isNode {
		inSchemaOrder(n, newSchema().root.fields["model_list"].each)
	}
	if _, called := entryOf(n, "model_name"); called == nil {
		n.Content = append(wrap([]string{"model_name"}, textNode(name)).Content, n.Content...)
	} else if called.Kind != yaml.ScalarNode || called.Value == "" {
		return nil, fmt.Errorf("model_name must be a text")
	}
	return n, nil
}

// RenameModel gives a model another name; what extends it or falls back to it
// follows.
func (d *Document) RenameModel(name, to string) error {
	n, ok := d.Model(name)
	if !ok {
		return fmt.Errorf("model %q is not in %s", name, d.file)
	}
	_, called := entryOf(n, "model_name")
	called.SetString(to)
	return d.PutModel(name, n)
}

// RemoveModel removes a model and the lists of its own fallbacks. Where other
// models fall back to it, and where groups, aliases and limits name it, it is
// taken away.
func (d *Document) RemoveModel(name string) error {
	at := d.modelIndex(name)
	if at < 0 {
		return fmt.Errorf("model %q is not in %s", name, d.file)
	}
	for ; at >= 0; at = d.modelIndex(name) {
		if err := d.Delete("model_list", indexText(at)); err != nil {
			return err
		}
	}
	return d.editReferences(func(have string) string {
		if have == name {
			return ""
		}
		return have
	})
}

// Provider returns a copy of a provider's entry.
func (d *Document) Provider(name string) (*yaml.Node, bool) { return d.Get("providers", name) }

// NamedKey is a key as the file has it, by the name that it has in records.
type NamedKey struct {
	Name string
	Node *yaml.Node // the text: a reference, or the key itself
}

// ProviderKeys returns the keys of a provider: its api_key, then its api_keys.
func (d *Document) ProviderKeys(name string) []NamedKey {
	entry := d.find([]string{"providers", name})
	_, first := entryOf(entry, "api_key")
	_, list := entryOf(entry, "api_keys")
	if list != nil && list.Kind == yaml.AliasNode {
		list = list.Alias
	}
	nodes := []*yaml.Node{first, list}
	if list != nil && list.Kind == yaml.SequenceNode {
		nodes = append(nodes[:1], list.Content...)
	}
	var before []Key
	var out []NamedKey
	for _, n := range nodes {
		if n != nil && n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n == nil || n.Kind != yaml.ScalarNode || isNull(n) || strings.TrimSpace(n.Value) == "" {
			continue
		}
		_, variables, _ := substitute(n.Value, func(string) (string, bool) { return "", false })
		ref := variablesRef(variables)
		if _, ok := KeyringName(n.Value); ok {
			ref = strings.TrimSpace(n.Value)
		}
		before = append(before, Key{Name: nameOfKey(ref, before)})
		out = append(out, NamedKey{Name: before[len(before)-1].Name, Node: clone(n)})
	}
	return out
}

// PutProvider makes entry the provider of that name, touching only what
// differs. A key that entry has masked keeps its present value.
func (d *Document) PutProvider(name string, entry any) error {
	n, err := toNode(entry)
	if err != nil {
		return err
	}
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		return fmt.Errorf("a provider must be a mapping (NAME: value) with at least catalog or api_base")
	}
	if _, isNode := entry.(*yaml.Node); !isNode {
		inSchemaOrder(n, newSchema().root.fields["providers"].each)
	}
	if err := unmask(n, d.find([]string{"providers", name})); err != nil {
		return err
	}
	return d.set(n, []string{"providers", name})
}

// RemoveProvider removes a provider. Models that use it are left as they are:
// the configuration is invalid until they are changed.
func (d *Document) RemoveProvider(name string) error {
	if _, ok := d.Provider(name); !ok {
		return fmt.Errorf("provider %q is not in %s", name, d.file)
	}
	return d.Delete("providers", name)
}

func (d *Document) eachModel(f func(i int, item *yaml.Node)) {
	list := d.find([]string{"model_list"})
	if list == nil || list.Kind != yaml.SequenceNode {
		return
	}
	for i, item := range list.Content {
		f(i, item)
	}
}

// modelIndex returns the place of the entry that counts: the last of a name.
func (d *Document) modelIndex(name string) int {
	at := -1
	d.eachModel(func(i int, item *yaml.Node) {
		if _, called := entryOf(item, "model_name"); called != nil && called.Value == name {
			at = i
		}
	})
	return at
}

// inSchemaOrder sorts the entries of a mapping made from a Go value, which
// has no order of its own, as the schema lists them.
func inSchemaOrder(n *yaml.Node, s *schemaNode) {
	if s == nil || n.Kind != yaml.MappingNode {
		return
	}
	type pair struct{ key, value *yaml.Node }
	var pairs []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		pairs = append(pairs, pair{n.Content[i], n.Content[i+1]})
		inSchemaOrder(n.Content[i+1], s.fields[n.Content[i].Value])
	}
	place := func(p pair) int {
		if at := slices.Index(s.order, p.key.Value); at >= 0 {
			return at
		}
		return len(s.order)
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return place(a) - place(b) })
	n.Content = n.Content[:0]
	for _, p := range pairs {
		n.Content = append(n.Content, p.key, p.value)
	}
}

func hasComments(n *yaml.Node) bool { return comments(n) != "" }

func sameComments(a, b *yaml.Node) bool { return comments(a) == comments(b) }

// comments returns all comments of a tree in one text.
func comments(n *yaml.Node) string {
	var all string
	visit(n, func(n *yaml.Node) { all += n.HeadComment + n.LineComment + n.FootComment })
	return all
}
