package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

const (
	// maxNodes bounds what aliases may expand to, so that a few lines of
	// anchors cannot fill the memory ("billion laughs").
	maxNodes = 200_000
	maxDepth = 100
)

// layerText is one file of configuration with its env file.
type layerText struct {
	file, envFile string
	layer         Layer
	text, env     []byte
}

// readLayer parses one layer and checks it against the schema. It returns nil
// for an empty layer and for one that is not YAML at all.
func readLayer(l layerText, src Source, schema *schema, r *report) *value {
	env := readEnv(l.envFile, l.env, r)
	root, err := parseYAML(l.file, l.text)
	if err != nil {
		if invalid, ok := errors.AsType[*InvalidError](err); ok {
			r.problems = append(r.problems, invalid.Problems...)
		}
		return nil
	}
	if root == nil {
		return nil
	}
	b := &treeBuilder{
		layerText: l, report: r, budget: maxNodes,
		open: map[*yaml.Node]bool{},
		lookup: func(name string) (string, bool) {
			if v, ok := env[name]; ok {
				return v, true
			}
			if src.Getenv == nil {
				return "", false
			}
			return src.Getenv(name)
		},
	}
	v := b.build(root, "", 0)
	if b.budget < 0 {
		r.fail(Problem{File: l.file, Line: root.Line, Message: fmt.Sprintf(
			"expands to more than %d values: use fewer aliases", maxNodes)})
		return nil
	}
	if v.kind == nullKind {
		return nil
	}
	schema.check(v, r)
	return v
}

// treeBuilder turns yaml.v3's nodes into values.
type treeBuilder struct {
	layerText
	report *report
	budget int
	open   map[*yaml.Node]bool // anchors being expanded, to find cycles
	lookup func(string) (string, bool)
}

func (b *treeBuilder) build(n *yaml.Node, path string, depth int) *value {
	v := &value{
		file: b.file, envFile: b.envFile, layer: b.layer,
		line: n.Line, column: n.Column, path: path,
	}
	if b.budget--; b.budget < 0 {
		return v
	}
	if depth > maxDepth {
		b.report.failAt(v, "is nested more than %d levels deep", maxDepth)
		return v
	}
	switch n.Kind {
	case yaml.AliasNode:
		if b.open[n.Alias] {
			b.report.failAt(v, "alias *%s refers to a value that contains it", n.Value)
			return v
		}
		b.open[n.Alias] = true
		defer delete(b.open, n.Alias)
		return b.build(n.Alias, path, depth+1)
	case yaml.ScalarNode:
		b.scalar(v, n)
	case yaml.SequenceNode:
		v.kind = listKind
		for i, item := range n.Content {
			v.items = append(v.items, b.build(item, path+"["+strconv.Itoa(i)+"]", depth+1))
		}
	case yaml.MappingNode:
		v.kind = mappingKind
		b.mapping(v, n, depth)
	}
	return v
}

func (b *treeBuilder) scalar(v *value, n *yaml.Node) {
	v.tag = n.ShortTag()
	if v.tag == "!!null" {
		return
	}
	v.kind, v.source, v.text = scalarKind, n.Value, n.Value
	if v.tag == "!!str" && strings.Contains(n.Value, "$") {
		v.text, v.variables, v.unset = substitute(n.Value, b.lookup)
	}
	for _, name := range v.unset {
		b.report.warnAt(v, "variable %s is not set: %s. Write $$ for a literal dollar sign", name, b.whereToSet(name))
	}
}

// whereToSet says how a person gives a variable its value.
func (b *treeBuilder) whereToSet(name string) string { return whereToSet(b.envFile, name) }

func whereToSet(envFile, name string) string {
	if envFile == "" {
		return "set it in the environment"
	}
	return fmt.Sprintf("add %s=… to %s or set it in the environment", name, envFile)
}

func (b *treeBuilder) mapping(v *value, n *yaml.Node, depth int) {
	var inherited []*value
	places := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, node := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge" {
			inherited = append(inherited, b.mergeKey(node, v.path, depth)...)
			continue
		}
		name := key.Value
		if key.Kind == yaml.AliasNode {
			name = key.Alias.Value
		}
		f := field{name: name, line: key.Line, column: key.Column, value: b.build(node, joinPath(v.path, name), depth+1)}
		if have, twice := places[name]; twice {
			b.report.warnAt(f.value, "%q is given twice, first on line %d; this one counts: remove one of them", name, v.fields[have].line)
			v.fields[have] = f
			continue
		}
		places[name] = len(v.fields)
		v.fields = append(v.fields, f)
	}
	// As YAML's merge key has it, what the mapping says itself wins over what
	// it merges, and an earlier merged mapping over a later one.
	for _, m := range inherited {
		for _, f := range m.fields {
			if _, own := places[f.name]; !own {
				places[f.name] = len(v.fields)
				v.fields = append(v.fields, f)
			}
		}
	}
}

// mergeKey returns the mappings that a << key names.
func (b *treeBuilder) mergeKey(n *yaml.Node, path string, depth int) []*value {
	m := b.build(n, path, depth+1)
	switch {
	case m.kind == mappingKind:
		return []*value{m}
	case m.kind == listKind && !slices.ContainsFunc(m.items, func(v *value) bool { return v.kind != mappingKind }):
		return m.items
	}
	if m.kind != nullKind {
		b.report.failAt(m, "<< merges mappings, not %s", m.kind)
	}
	return nil
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
