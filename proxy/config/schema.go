package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Type is the form a setting's value takes.
type Type string

// The types of settings.
const (
	TypeString   Type = "string"
	TypeInteger  Type = "integer"
	TypeNumber   Type = "number"
	TypeBoolean  Type = "boolean"
	TypeEnum     Type = "enum"
	TypeList     Type = "list"     // of strings; a single string is a list of one
	TypeDuration Type = "duration" // "30s", or seconds as a number
	TypeBytes    Type = "bytes"    // "64MiB", or bytes as a number
	TypeURL      Type = "url"
	TypeSecret   Type = "secret"  // text, ${VAR} or keyring:NAME
	TypeSecrets  Type = "secrets" // a list of them; a single one is a list of one
	TypeMap      Type = "mapping"
	TypeAny      Type = "any" // anything at all; its insides are not checked
)

// Setting is one key of the configuration. The list of settings is what
// validation, the reference page, the JSON schema and the Settings page share.
type Setting struct {
	// Path is the YAML path. Where it goes through a list it has [], where it
	// goes through a mapping of names it has *.
	Path string
	// Group is the section of the Settings page that shows it, empty for
	// what has a page of its own (models, providers) or none.
	Group   string
	Type    Type
	Options []string // for TypeEnum
	// Default is the value when none is given: a bool, int, string or
	// []string; a duration or size is written as text. Nil means none.
	Default any
	// Min and Max bound an integer or number.
	Min, Max *int64
	// Restart is true when a change takes effect only once the proxy's
	// listener or the program starts again.
	Restart bool
	// Secret marks what must never be shown.
	Secret bool
	// Env is a variable of the process environment that wins over the files.
	Env string
	// Doc is one or two sentences for a person.
	Doc string

	check func(text string) error
	later bool // accepted, and not used by this version
	// shorthand: its text may stand in the place of the mapping it belongs to.
	shorthand bool
}

// Settings returns every setting that the Settings page shows, in its order.
func Settings() []Setting {
	return slices.DeleteFunc(allSettings(), func(s Setting) bool { return s.Group == "" })
}

// schema is the settings as a tree, so that a file can be walked along it.
type schema struct {
	root   *schemaNode
	byPath map[string]Setting
}

type schemaNode struct {
	path    string
	setting *Setting // nil for a mapping with known keys
	fields  map[string]*schemaNode
	order   []string    // names of fields as the settings list them
	each    *schemaNode // what the items of a list, or all values of a mapping, are
	list    bool
	short   *schemaNode // what a text in the place of the mapping is
}

func newSchema() *schema {
	s := &schema{root: &schemaNode{}, byPath: map[string]Setting{}}
	for _, setting := range allSettings() {
		s.byPath[setting.Path] = setting
		node, parent := s.root, s.root
		for name := range strings.SplitSeq(setting.Path, ".") {
			node, parent = node.child(name), node
		}
		node.setting = &setting
		if setting.shorthand {
			parent.short = node
		}
	}
	// A target has whatever a model has to say about where it is.
	model := s.root.fields["model_list"].each
	params, target := model.fields["model_params"], model.fields["targets"].each
	for _, name := range params.order {
		target.fields[name] = params.fields[name]
	}
	target.order = slices.Concat(params.order, target.order)
	return s
}

// child returns the node one step down a schema path, made when missing.
func (n *schemaNode) child(name string) *schemaNode {
	if name == "*" {
		if n.each == nil {
			n.each = &schemaNode{path: joinPath(n.path, "*")}
		}
		return n.each
	}
	name, isList := strings.CutSuffix(name, "[]")
	if n.fields == nil {
		n.fields = map[string]*schemaNode{}
	}
	if n.fields[name] == nil {
		n.fields[name] = &schemaNode{path: joinPath(n.path, name)}
		n.order = append(n.order, name)
	}
	node := n.fields[name]
	if !isList {
		return node
	}
	node.list = true
	if node.each == nil {
		node.each = &schemaNode{path: node.path + "[]"}
	}
	return node.each
}

// check reports what in v does not fit the schema: wrong types are problems,
// unknown keys are warnings.
func (s *schema) check(v *value, r *report) { s.root.check(v, r) }

func (n *schemaNode) check(v *value, r *report) {
	if !v.given() {
		return
	}
	if n.setting != nil {
		if err := n.setting.validate(v); err != nil {
			r.failAt(v, "%s", err)
		}
		return
	}
	if n.short != nil && v.kind == scalarKind {
		n.short.check(v, r)
		return
	}
	want := mappingKind
	if n.list {
		want = listKind
	}
	if v.kind != want {
		r.failAt(v, "must be %s, not %s", want, v.kind)
		return
	}
	for _, item := range v.items {
		n.each.check(item, r)
	}
	for _, f := range v.fields {
		switch {
		case n.fields[f.name] != nil:
			n.fields[f.name].check(f.value, r)
		case n.each != nil:
			n.each.check(f.value, r)
		case n.path == "" && strings.HasPrefix(f.name, "x-"):
			// A home for anchors, as other YAML formats have it.
		default:
			p := f.value.problem("%s", n.unknown(f.name))
			p.Line, p.Column = f.line, f.column
			r.warn(p)
		}
	}
}

// unknown says what to do about a key that nothing reads.
func (n *schemaNode) unknown(name string) string {
	names := slices.Sorted(maps.Keys(n.fields))
	if best := nearest(name, names); best != "" {
		return fmt.Sprintf("unknown setting %q is not used: did you mean %q?", name, best)
	}
	if params := n.fields["model_params"]; params != nil && params.fields[name] != nil {
		return fmt.Sprintf("%q is not used here: put it into model_params", name)
	}
	return fmt.Sprintf("unknown setting %q is not used: remove it, or use one of %s", name, strings.Join(names, ", "))
}

// validate checks a given value against the setting.
func (s *Setting) validate(v *value) error {
	switch s.Type {
	case TypeAny:
		return nil
	case TypeList, TypeSecrets:
		return s.validateList(v)
	case TypeMap:
		return s.validateMap(v)
	}
	text, ok := v.scalar()
	if !ok {
		return fmt.Errorf("must be a single value, not %s", v.kind)
	}
	return s.validateText(text, v.source)
}

// validateText checks the text of a scalar. Source is what the file says: the
// only form that an error may show.
func (s *Setting) validateText(text, source string) error {
	if text == "" {
		return nil // as good as not given
	}
	var err error
	switch s.Type {
	case TypeInteger:
		var n int64
		if n, err = parseInt(text); err == nil {
			err = s.bounds(float64(n))
		}
	case TypeNumber:
		var n float64
		if n, err = parseNumber(text); err == nil {
			err = s.bounds(n)
		}
	case TypeBoolean:
		_, err = parseBool(text)
	case TypeDuration:
		_, err = parseDuration(text)
	case TypeBytes:
		_, err = parseBytes(text)
	case TypeEnum:
		if !slices.Contains(s.Options, strings.ToLower(text)) {
			err = fmt.Errorf("must be one of %s", strings.Join(s.Options, ", "))
		}
	case TypeURL:
		err = checkURL(text)
	}
	if err == nil && s.check != nil {
		err = s.check(text)
	}
	if err == nil || s.Secret || s.Type == TypeURL {
		return err // not quoted: people put passwords into URLs, too
	}
	return fmt.Errorf("%q %w", source, err)
}

func (s *Setting) bounds(n float64) error {
	switch {
	case s.Min != nil && s.Max != nil && (n < float64(*s.Min) || n > float64(*s.Max)):
		return fmt.Errorf("must be from %d to %d", *s.Min, *s.Max)
	case s.Min != nil && n < float64(*s.Min):
		return fmt.Errorf("must be at least %d", *s.Min)
	}
	return nil
}

func (s *Setting) validateList(v *value) error {
	items := v.items
	if v.kind == scalarKind {
		items = []*value{v}
	} else if v.kind != listKind {
		return fmt.Errorf("must be a list, not %s", v.kind)
	}
	for _, item := range items {
		text, ok := item.scalar()
		if !ok && item.given() {
			return fmt.Errorf("must be a list of single values: one of them is %s", item.kind)
		}
		if ok && s.check != nil {
			if err := s.check(text); err != nil {
				return fmt.Errorf("%q %w", item.source, err)
			}
		}
	}
	return nil
}

func (s *Setting) validateMap(v *value) error {
	if v.kind != mappingKind {
		return fmt.Errorf("must be a mapping (NAME: value), not %s", v.kind)
	}
	for _, f := range v.fields {
		text, ok := f.value.scalar()
		if !ok && f.value.given() {
			return fmt.Errorf("%s must be a single value, not %s", f.name, f.value.kind)
		}
		if strings.HasSuffix(s.Path, "headers") {
			if err := checkHeader(f.name, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// nearest returns the name that a person most likely meant, or "".
func nearest(name string, names []string) string {
	best, limit := "", (len(name)+1)/3
	for _, candidate := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d <= limit {
			best, limit = candidate, d-1
		}
	}
	return best
}

// distance is the number of letters to insert, delete, change or swap with a
// neighbour that makes a into b.
func distance(a, b string) int {
	var before []int
	previous := make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := previous[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(previous[j]+1, row[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, previous = previous, row
	}
	return previous[len(b)]
}
