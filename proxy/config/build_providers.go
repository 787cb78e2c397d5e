package config

import (
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

func (b *builder) providers(v *value) []Provider {
	if v == nil {
		return nil
	}
	var out []Provider
	for _, f := range v.fields {
		if f.value.kind == mappingKind {
			out = append(out, b.provider(f.name, f.value))
		}
	}
	return out
}

func (b *builder) provider(name string, v *value) Provider {
	s := section{b: b, v: v, prefix: "providers.*."}
	p := Provider{
		Name: name, Catalog: s.text("catalog"), Layer: v.layer,
		Keys: b.keys(v), Headers: headers(v.get("headers")),
		Way: b.way(b.network, v), Slots: s.integer("concurrency_limit"),
	}
	p.Key = firstKey(p.Keys)
	listed := b.catalogue(p.Catalog, v)
	switch {
	case v.get("api_base").given():
		kind := s.lower("api_type")
		if kind == "" && len(listed) > 0 {
			kind = string(listed[0].Dialect)
		}
		p.Endpoints = endpoint(kind, s.text("api_base"))
	case v.get("endpoints").given():
		for _, item := range v.get("endpoints").items {
			e := section{b: b, v: item, prefix: "providers.*.endpoints[]."}
			p.Endpoints = append(p.Endpoints, endpoint(e.lower("dialect"), e.text("api_base"))...)
		}
	default:
		p.Endpoints = b.withVariables(listed, v)
	}
	if len(p.Endpoints) == 0 && !b.report.failed() {
		b.report.warnAt(v, "provider %q has no endpoint, so its models cannot be called: give it api_base or catalog", name)
	}
	return p
}

// catalogue returns the endpoints of a catalogue entry.
func (b *builder) catalogue(id string, v *value) []Endpoint {
	if id == "" {
		return nil
	}
	var listed []Endpoint
	known := false
	if b.src.Catalogue != nil {
		listed, known = b.src.Catalogue(id)
	}
	if known {
		return listed
	}
	if v.get("api_base").given() || v.get("endpoints").given() {
		b.report.warnAt(v.get("catalog"), "catalogue entry %q does not exist: remove the line", id)
	} else {
		b.report.failAt(v.get("catalog"), "catalogue entry %q does not exist: use another one, or give api_base", id)
	}
	return nil
}

// withVariables replaces the {variables} of catalogue bases by the provider's own.
func (b *builder) withVariables(listed []Endpoint, v *value) []Endpoint {
	var pairs []string
	for name, text := range headers(v.get("variables")) {
		pairs = append(pairs, "{"+name+"}", text)
	}
	replace := strings.NewReplacer(pairs...)
	var out []Endpoint
	for _, e := range listed {
		e.Base = strings.TrimRight(replace.Replace(e.Base), "/")
		if open := strings.IndexByte(e.Base, '{'); open >= 0 {
			name, _, _ := strings.Cut(e.Base[open+1:], "}")
			b.report.failAt(v, "the catalogue's address %s needs a value for %s: add variables: {%s: …}, or give api_base", e.Base, name, name)
			return nil
		}
		if err := checkURL(e.Base); err != nil {
			b.report.failAt(v, "the address made from the catalogue and variables %s", err)
			return nil
		}
		out = append(out, e)
	}
	return out
}

// endpoint is a list of one, or of none when there is no base.
func endpoint(kind, base string) []Endpoint {
	if base == "" {
		return nil
	}
	return []Endpoint{NewEndpoint(kind, base)}
}

// NewEndpoint returns the endpoint that an api_type and a base URL name.
func NewEndpoint(kind, base string) Endpoint {
	e := Endpoint{Dialect: llm.Dialect(kind), Base: strings.TrimRight(base, "/")}
	switch kind {
	case "", "auto":
		e.Dialect = llm.OpenAI
	case "azure":
		e.Dialect, e.Azure = llm.OpenAI, true
	}
	return e
}

// headers returns the given texts of a mapping.
func headers(v *value) map[string]string {
	if !v.given() || len(v.fields) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, f := range v.fields {
		if text, ok := f.value.scalar(); ok {
			out[f.name] = text
		}
	}
	return out
}
