package controller

import (
	"cmp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// documents are both layers as they are written.
type documents struct {
	file        string
	base, added *config.Document
}

// documents reads the layers. Where the user's file is broken it stands empty.
func (c *Controller) documents() documents {
	d := documents{file: c.o.Source.Path}
	d.base = parseOrEmpty("config_default.yaml", c.o.Source.Default)
	_, text, _ := readFiles(c.o.Source.Path) // a file that cannot be read has a notice
	d.added = parseOrEmpty(c.o.Source.Path, text)
	return d
}

func parseOrEmpty(file string, text []byte) *config.Document {
	if doc, err := config.ParseDocument(file, text); err == nil {
		return doc
	}
	doc, _ := config.ParseDocument(file, nil) // nothing cannot be broken
	return doc
}

// view shows a model that can be called.
func (d documents) view(cfg *config.Config, name string) ModelView {
	v := ModelView{Name: name, Endpoints: []EndpointView{}, Fallbacks: nonNil(slices.Clone(cfg.Router.Fallbacks[name]))}
	node, inFile := d.added.Model(name)
	if !inFile {
		node, _ = d.base.Model(name)
	}
	v.YAML = maskedYAML(node)
	v.Aliases = aliasesOf(cfg, name)
	m, ok := cfg.Model(name)
	if group := groupOf(cfg, name); !ok && group != nil {
		v.Group, v.Key, v.Layer = true, KeyNone, group.Layer
		v.Members = members(group.Members, nil)
		return v
	}
	if !ok {
		v.Virtual, v.Key = true, KeyNone
		v.Editable = d.hasFallbacks(name)
		v.Layer = config.LayerDefault
		if v.Editable {
			v.Layer = config.LayerAdded
		}
		return v
	}
	v.Provider, v.Target, v.Type, v.Extends = m.Provider, cmp.Or(m.Target, name), m.Type, m.Extends
	v.Endpoints = endpointViews(m.Endpoints)
	v.RequestTimeout = m.RequestTimeout.Seconds()
	v.Key, v.KeyProblem = keyState(m.Key), m.Key.Problem
	v.Layer, v.Editable = m.Layer, inFile
	v.Members = members(m.Members, m.Parts)
	if len(m.Parts) > 0 {
		v.Key, v.KeyProblem = KeyNone, ""
	}
	for _, part := range m.Parts {
		v.Endpoints = append(v.Endpoints, endpointViews(part.Endpoints)...)
		if state := keyState(part.Key); v.Key == KeyNone || state == KeyMissing && v.Key != KeyMissing {
			v.Key, v.KeyProblem = state, part.Key.Problem // the worst of all is what a person should see
		}
	}
	return v
}

func groupOf(cfg *config.Config, name string) *config.Group {
	for i := range cfg.Router.Groups {
		if cfg.Router.Groups[i].Name == name {
			return &cfg.Router.Groups[i]
		}
	}
	return nil
}

// aliasesOf lists the other names of a model, a group or a virtual name.
func aliasesOf(cfg *config.Config, name string) []string {
	var out []string
	for alias, to := range cfg.Router.Aliases {
		if to == name {
			out = append(out, alias)
		}
	}
	slices.Sort(out)
	return out
}

// members shows who serves a name. Parts are what targets of a model name.
func members(list []config.Member, parts []config.Model) []Member {
	var out []Member
	for _, m := range list {
		v := Member{Name: m.Model, Weight: m.Weight, Priority: m.Priority}
		if i := slices.IndexFunc(parts, func(part config.Model) bool { return part.Name == m.Model }); i >= 0 {
			v.Provider, v.Target = parts[i].Provider, parts[i].Target
		}
		out = append(out, v)
	}
	return out
}

// idle shows a model of the user's file that cannot be called.
func (d documents) idle(cfg *config.Config, name string) ModelView {
	v := ModelView{
		Name: name, Endpoints: []EndpointView{}, Fallbacks: nonNil(slices.Clone(cfg.Router.Fallbacks[name])),
		Key: KeyNone, Layer: config.LayerAdded, Editable: true,
		Problem: "it is not in use: other models may extend it",
	}
	node, _ := d.added.Model(name)
	v.YAML = maskedYAML(node)
	var reasons []string
	last := lastLine(node)
	for _, w := range cfg.Warnings {
		if w.File == d.file && w.Line >= node.Line && w.Line <= last {
			reasons = append(reasons, w.Message)
		}
	}
	if len(reasons) > 0 {
		v.Problem = strings.Join(reasons, "; ")
	}
	var fields struct {
		Extends  string `yaml:"extends"`
		Provider string `yaml:"provider"`
	}
	if node.Decode(&fields) == nil {
		v.Extends, v.Provider = fields.Extends, fields.Provider
	}
	return v
}

// hasFallbacks reports whether the user's file has fallbacks for a name.
func (d documents) hasFallbacks(name string) bool {
	list, _ := d.added.Get("router_settings", "fallbacks")
	if list == nil {
		return false
	}
	return slices.ContainsFunc(list.Content, func(item *yaml.Node) bool { return child(item, name) != nil })
}

func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, lastLine(c))
	}
	return last
}

func maskedYAML(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	text, err := config.Masked(n)
	if err != nil {
		return ""
	}
	return text
}

// parseEntry reads a whole entry that a person wrote. Its own model_name, if
// it has one, is its name.
func parseEntry(text, name string) (*yaml.Node, string, error) {
	doc, err := config.ParseDocument("entry", []byte(text))
	if err != nil {
		return nil, "", err
	}
	root, ok := doc.Get()
	if !ok || root == nil || root.Kind != yaml.MappingNode || len(root.Content) == 0 {
		return nil, "", refuse(Invalid, "a model is a mapping, such as provider: openai")
	}
	name = strings.TrimSpace(name)
	if n := child(root, "model_name"); n != nil && n.Kind == yaml.ScalarNode && n.Value != "" {
		name = n.Value
	} else {
		setChild(root, name, "model_name")
	}
	return root, name, nil
}

// edit puts what is given of in into entry. An empty text or a zero takes the
// line away, so that what it hid applies again.
func edit(entry *yaml.Node, in ModelInput, name string) error {
	if in.RequestTimeout != nil && *in.RequestTimeout < 0 {
		return refuse(Invalid, "a timeout cannot be negative")
	}
	setChild(entry, name, "model_name")
	setText(entry, in.Extends, "extends")
	if in.Provider != nil {
		// It may stand in either place; one of them is enough.
		removeChild(entry, "model_params", "provider")
		setText(entry, in.Provider, "provider")
	}
	setText(entry, in.APIBase, "model_params", "api_base")
	setText(entry, in.Type, "model_params", "api_type")
	if in.Target != nil {
		setText(entry, in.Target, "model_params", targetKey(entry, *in.Target))
	}
	if in.RequestTimeout != nil {
		if *in.RequestTimeout == 0 {
			removeChild(entry, "model_params", "request_timeout")
		} else {
			setChild(entry, *in.RequestTimeout, "model_params", "request_timeout")
		}
	}
	return nil
}

// targetKey is the setting that names the upstream model: the one that is
// there, else model, whose prefix is only left alone when there is a provider.
func targetKey(entry *yaml.Node, target string) string {
	for _, key := range []string{"target_model", "forward_model"} {
		if child(entry, "model_params", key) != nil {
			return key
		}
	}
	if child(entry, "provider") == nil && strings.Contains(target, "/") {
		removeChild(entry, "model_params", "model")
		return "target_model"
	}
	return "model"
}

func setText(n *yaml.Node, value *string, path ...string) {
	switch {
	case value == nil:
	case strings.TrimSpace(*value) == "":
		removeChild(n, path...)
	default:
		setChild(n, strings.TrimSpace(*value), path...)
	}
}

// child follows a path of keys through mappings; nil when it ends early.
func child(n *yaml.Node, path ...string) *yaml.Node {
	for _, name := range path {
		i := keyIndex(n, name)
		if i < 0 {
			return nil
		}
		n = n.Content[i+1]
	}
	return n
}

func keyIndex(n *yaml.Node, name string) int {
	if n == nil || n.Kind != yaml.MappingNode {
		return -1
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return i
		}
	}
	return -1
}

// setChild puts a scalar at a path of keys, making mappings on the way.
func setChild(n *yaml.Node, value any, path ...string) {
	for i, name := range path {
		at := keyIndex(n, name)
		if at < 0 {
			key, empty := &yaml.Node{}, &yaml.Node{Kind: yaml.MappingNode}
			key.SetString(name)
			n.Content = append(n.Content, key, empty)
			at = len(n.Content) - 2
		}
		if i+1 < len(path) && n.Content[at+1].Kind != yaml.MappingNode {
			n.Content[at+1] = &yaml.Node{Kind: yaml.MappingNode}
		}
		n = n.Content[at+1]
	}
	comment := n.LineComment
	_ = n.Encode(value) // texts and numbers always encode
	n.LineComment = comment
}

// removeChild takes the entry at a path away, and the mapping around it when
// that is empty then.
func removeChild(n *yaml.Node, path ...string) {
	at := keyIndex(n, path[0])
	if at < 0 {
		return
	}
	if len(path) > 1 {
		removeChild(n.Content[at+1], path[1:]...)
		if len(n.Content[at+1].Content) > 0 {
			return
		}
	}
	n.Content = slices.Delete(n.Content, at, at+2)
}
