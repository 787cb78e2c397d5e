package config

import (
	"slices"
	"strings"
)

type kind uint8

const (
	nullKind kind = iota
	scalarKind
	listKind
	mappingKind
)

// String names a kind for people.
func (k kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a mapping"}[k]
}

// value is one YAML value after aliases are followed and variables replaced,
// with the place it comes from. Values are shared between trees and never
// changed once read.
type value struct {
	kind   kind
	tag    string // of a scalar: !!str, !!int, !!float, !!bool …
	text   string // of a scalar, variables replaced
	source string // of a scalar, as the file has it: safe to show where text may hold a secret
	// variables names the variables in the text, unset those of them that
	// have no value. A scalar with an unset one counts as not given: a
	// placeholder must never be used for what it stands for.
	variables, unset []string

	fields []field
	items  []*value

	file         string
	envFile      string
	layer        Layer
	line, column int
	path         string
}

type field struct {
	name         string
	line, column int
	value        *value
}

// get returns the named field of a mapping, or nil.
func (v *value) get(name string) *value {
	if v == nil {
		return nil
	}
	for i := range v.fields {
		if v.fields[i].name == name {
			return v.fields[i].value
		}
	}
	return nil
}

// at follows a dotted path of mapping keys.
func (v *value) at(path string) *value {
	for name := range strings.SplitSeq(path, ".") {
		v = v.get(name)
	}
	return v
}

// given reports whether there is something to use: not absent, not null, no
// unset variable in it.
func (v *value) given() bool {
	return v != nil && v.kind != nullKind && len(v.unset) == 0
}

// scalar returns the trimmed text of a given scalar.
func (v *value) scalar() (string, bool) {
	if !v.given() || v.kind != scalarKind {
		return "", false
	}
	return strings.TrimSpace(v.text), true
}

// merged lays upper over lower: mappings merge, everything else replaces.
// A null replaces when nullReplaces is set and is passed over otherwise.
func merged(lower, upper *value, nullReplaces bool) *value {
	switch {
	case upper == nil:
		return lower
	case lower == nil:
		return upper
	case upper.kind == nullKind && !nullReplaces:
		return lower
	case upper.kind != mappingKind || lower.kind != mappingKind:
		return upper
	}
	out := *upper
	out.fields = slices.Clone(lower.fields)
	places := make(map[string]int, len(lower.fields))
	for i, f := range lower.fields {
		places[f.name] = i
	}
	for _, f := range upper.fields {
		i, both := places[f.name]
		if !both {
			out.fields = append(out.fields, f)
			continue
		}
		f.value = merged(out.fields[i].value, f.value, nullReplaces)
		out.fields[i] = f
	}
	return &out
}

// with returns a copy of a mapping with one field set.
func (v *value) with(name string, to *value) *value {
	out := *v
	out.fields = slices.Clone(v.fields)
	i := slices.IndexFunc(out.fields, func(have field) bool { return have.name == name })
	switch {
	case i >= 0 && to == nil:
		out.fields = slices.Delete(out.fields, i, i+1)
	case i >= 0:
		out.fields[i].value = to
	case to != nil:
		out.fields = append(out.fields, field{name: name, line: to.line, column: to.column, value: to})
	}
	return &out
}

// mergeLayers lays the user's layer over the built-in one. Lists replace,
// except those that both layers add to.
func mergeLayers(lower, upper *value) *value {
	out := merged(lower, upper, false)
	if lower == nil || upper == nil || out.kind != mappingKind {
		return out
	}
	if both := joined(lower.get("model_list"), upper.get("model_list")); both != nil {
		out = out.with("model_list", both)
	}
	for _, name := range append(fallbackLists(), "groups") {
		low, up := lower.at("router_settings."+name), upper.at("router_settings."+name)
		if both := joined(low, up); both != nil {
			out = out.with("router_settings", out.get("router_settings").with(name, both))
		}
	}
	return out
}

// fallbackLists are the settings of the router that map names to what is tried
// after them.
func fallbackLists() []string {
	return []string{"fallbacks", "context_fallbacks", "content_policy_fallbacks"}
}

// joined is one list with the items of both, or nil when they are not lists.
func joined(lower, upper *value) *value {
	if lower == nil || upper == nil || lower.kind != listKind || upper.kind != listKind {
		return nil
	}
	out := *upper
	out.items = slices.Concat(lower.items, upper.items)
	return &out
}
