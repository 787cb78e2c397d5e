package main

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// description is as much of an OpenAPI document as the page needs.
type description struct {
	Info struct{ Description, Version string }
	Tags []struct{ Name, Description string }
	// Paths are by path, then by method.
	Paths      map[string]map[string]*operation
	Components struct{ Schemas map[string]*schema }
}

type operation struct {
	OperationID          string
	Summary, Description string
	Tags                 []string
	Parameters           []parameter
	RequestBody          *struct{ Content map[string]media }
	Responses            map[string]response

	method, path string
}

type parameter struct {
	Name, In, Description string
	Required              bool
	Schema                *schema
	Example               any
}

type response struct {
	Description string
	Content     map[string]media
}

type media struct{ Schema *schema }

type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Format, Description  string
	Enum                 []any
	Default              any
	Examples             []any
	Minimum, Maximum     *float64
	MinLength, MaxLength *int
	Items                *schema
	Properties           map[string]*schema
	Required             []string
	AdditionalProperties json.RawMessage
}

// operations lists the calls of a chapter, in the order of their paths.
func (d *description) operations(tag string) []*operation {
	order := []string{"get", "post", "put", "patch", "delete"}
	var out []*operation
	for path, methods := range d.Paths {
		for method, op := range methods {
			if slices.Contains(op.Tags, tag) {
				op.method, op.path = method, path
				out = append(out, op)
			}
		}
	}
	slices.SortFunc(out, func(a, b *operation) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(slices.Index(order, a.method), slices.Index(order, b.method)))
	})
	return out
}

// name is the type a reference leads to, or "".
func (s *schema) name() string {
	_, name, _ := strings.Cut(s.Ref, "#/components/schemas/")
	return name
}

func (d *description) resolve(s *schema) *schema {
	if name := s.name(); name != "" {
		return d.Components.Schemas[name]
	}
	return s
}

// values is what a map holds, nil when s is no map.
func (s *schema) values() *schema {
	if len(s.AdditionalProperties) == 0 || s.AdditionalProperties[0] != '{' {
		return nil
	}
	var v schema
	if json.Unmarshal(s.AdditionalProperties, &v) != nil {
		return nil
	}
	return &v
}

// types lists the names of every type that s leads to.
func (d *description) types(s *schema, into map[string]bool) {
	if s == nil {
		return
	}
	if name := s.name(); name != "" {
		if into[name] {
			return
		}
		into[name] = true
		s = d.Components.Schemas[name]
	}
	d.types(s.Items, into)
	d.types(s.values(), into)
	for _, p := range s.Properties {
		d.types(p, into)
	}
}

// example makes a value for s: what it says itself, or what every value of
// its type could be. Fields of an object that are neither required nor have
// an example are left out.
func (d *description) example(s *schema) any {
	if s.Ref == "" && len(s.Examples) > 0 {
		return s.Examples[0]
	}
	r := d.resolve(s)
	switch {
	case len(r.Examples) > 0:
		return r.Examples[0]
	case len(r.Enum) > 0:
		return r.Enum[0]
	case r.Items != nil:
		return []any{d.example(r.Items)}
	case r.Properties != nil:
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(r.Properties)) {
			if p := r.Properties[name]; slices.Contains(r.Required, name) || len(p.Examples) > 0 {
				out[name] = d.example(p)
			}
		}
		return out
	case r.values() != nil:
		return map[string]any{}
	}
	switch r.Type {
	case "integer", "number":
		return 1
	case "boolean":
		return true
	}
	return "…"
}
