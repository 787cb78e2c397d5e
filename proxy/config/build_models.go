package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// maxChain is how many models a chain of extends may have, the model itself
// included.
const maxChain = 10

// entry is one model_list item with its name.
type entry struct {
	name    string
	v       *value
	extends string
}

// models resolves inheritance and providers. A model that cannot be resolved
// is left out with a warning, and the others load.
func (b *builder) models(entries []entry, cfg *Config) []Model {
	byName := map[string]entry{}
	parents := map[string]bool{}
	for _, e := range entries {
		byName[e.name] = e
		parents[e.extends] = true
	}
	var out []Model
	for _, e := range entries {
		effective, ok := b.inherit(e, byName)
		if !ok {
			continue
		}
		if m, ok := b.model(e, effective, cfg, parents[e.name]); ok {
			out = append(out, m)
		}
	}
	return out
}

// entries lists the models by name, in order of first appearance; the last
// entry of a name counts.
func (b *builder) entries(list *value) []entry {
	if list == nil {
		return nil
	}
	var out []entry
	for _, item := range list.items {
		if item.kind != mappingKind {
			continue
		}
		name, _ := item.get("model_name").scalar()
		if name == "" {
			if len(item.get("model_name").unsetNames()) == 0 {
				b.report.failAt(item, "this model has no model_name: give it one")
			}
			continue
		}
		if strings.Count(name, "*") > 1 {
			b.report.failAt(item.get("model_name"), "%q has more than one *: a model_name may have one", name)
		}
		extends, _ := item.get("extends").scalar()
		e := entry{name: name, v: item, extends: extends}
		i := slices.IndexFunc(out, func(have entry) bool { return have.name == name })
		if i < 0 {
			out = append(out, e)
			continue
		}
		first := out[i].v
		b.report.warnAt(item, "model %q is defined twice, first at %s:%d; this one counts: rename or remove one of them", name, first.file, first.line)
		out[i] = e
	}
	return out
}

func (v *value) unsetNames() []string {
	if v == nil {
		return nil
	}
	return v.unset
}

// inherit returns the entry laid over its ancestors. It is false for a chain
// that does not end: such a model is left out.
func (b *builder) inherit(e entry, byName map[string]entry) (*value, bool) {
	chain := []string{e.name}
	layers := []*value{e.v}
	for at := e; at.extends != ""; {
		place := e.v.get("extends")
		parent, ok := byName[at.extends]
		if !ok {
			if at.name == e.name {
				b.report.warnAt(place, "model %q extends %q, which does not exist, so only its own settings are used%s",
					e.name, e.extends, didYouMean(e.extends, slices.Collect(maps.Keys(byName))))
			}
			break
		}
		circular := slices.Contains(chain, parent.name)
		chain = append(chain, parent.name)
		if circular {
			b.report.warnAt(place, "circular inheritance: model %q is left out: %s: remove one extends", e.name, strings.Join(chain, " -> "))
			return nil, false
		}
		if len(chain) > maxChain {
			b.report.warnAt(place, "model %q is left out: it extends more than %d models in a row: %s", e.name, maxChain-1, strings.Join(chain, " -> "))
			return nil, false
		}
		layers = append(layers, parent.v)
		at = parent
	}
	var out *value
	for _, layer := range slices.Backward(layers) {
		out = overlaid(out, layer)
	}
	return out, true
}

// model makes one model of its effective entry. It is false for an entry that
// cannot be called: a template for others, or a mistake that is reported.
func (b *builder) model(e entry, v *value, cfg *Config, isParent bool) (Model, bool) {
	m, ok := b.asked(e, v, cfg)
	if !ok {
		return m, false
	}
	if targets := items(v.get("targets")); len(targets) > 0 {
		m.Parts, m.Members = b.parts(e, v, cfg)
		// There is nothing of its own to be asked.
		m.Endpoints, m.Probe = nil, 0
	}
	if len(m.Endpoints) == 0 && len(m.Parts) == 0 {
		if !isParent && !b.report.failed() {
			b.report.warnAt(e.v, "model %q cannot be called: give it a provider, or model_params.api_base", e.name)
		}
		return m, false
	}
	limits := v.get("limits")
	if to, _ := limits.get("degrade_to").scalar(); to == e.name && e.v.at("limits.degrade_to") == nil {
		// It stands in for the model that this one extends.
		limits = without(limits, []string{"degrade_to"})
	}
	m.Limit = b.limit(Rate{}, limits, e.name)
	return m, true
}

// asked makes what can be asked of an effective entry, without its targets. It
// is false for a mistake that is reported.
func (b *builder) asked(e entry, v *value, cfg *Config) (Model, bool) {
	own := section{b: b, v: e.v, prefix: "model_list[]."}
	s := section{b: b, v: v.get("model_params"), prefix: "model_list[].model_params."}
	m := Model{
		Name: e.name, Extends: e.extends, Type: s.lower("api_type"),
		Headers:           headers(s.v.get("headers")),
		HTTP2:             s.flag("http2"),
		SupportsReasoning: s.flag("supports_reasoning"),
		AnthropicVersion:  s.text("anthropic_version"),
		Parameters:        b.parameters(v),
		Info:              info(s),
		Slots:             s.integer("concurrency_limit"),
		Probe:             s.duration("probe_interval"),
		AllowedKeys:       allowedKeys(v.at("access_control.allowed_keys")),
		Protected:         own.flag("protected"),
		Layer:             e.v.layer, Line: e.v.line,
		Keys: b.keys(s.v),
	}
	m.Key = firstKey(m.Keys)
	m.Timeouts, m.RequestTimeout = modelTimeouts(s, cfg.Router.Timeouts)
	if m.Type == "gigachat" {
		b.report.warnAt(e.v, "model %q is left out: api_type gigachat is not supported by this version", e.name)
		return m, false
	}
	if !b.endpoints(&m, v, s, cfg) {
		return m, false
	}
	m.Target = target(s, m)
	return m, true
}

// endpoints fills where the model's requests go: its own api_base, else what
// its provider has. It is false when the provider does not exist.
func (b *builder) endpoints(m *Model, v *value, s section, cfg *Config) bool {
	place := v.get("provider")
	if !place.given() {
		place = s.v.get("provider")
	}
	m.Provider, _ = place.scalar()
	chosen := s.v.get("api_type").given() && m.Type != "auto"
	way := b.network
	if m.Provider != "" {
		p, ok := cfg.Provider(m.Provider)
		if !ok {
			names := make([]string, len(cfg.Providers))
			for i, p := range cfg.Providers {
				names[i] = p.Name
			}
			b.report.failAt(place, "model %q uses provider %q, which is not under providers%s: add it there, or give the model an api_base",
				m.Name, m.Provider, didYouMean(m.Provider, names))
			return false
		}
		b.inheritProvider(m, p, s)
		way = p.Way
		m.Endpoints = slices.Clone(p.Endpoints)
		if chosen {
			m.Endpoints = slices.DeleteFunc(m.Endpoints, func(e Endpoint) bool { return !e.is(m.Type) })
		}
	}
	m.Way = b.way(way, s.v)
	if base := s.v.get("api_base"); base.given() {
		kind := m.Type
		if !chosen && len(m.Endpoints) > 0 {
			kind = m.Endpoints[0].Kind()
		}
		if own := endpoint(kind, s.text("api_base")); own != nil {
			m.Endpoints = own
		}
	}
	if slices.ContainsFunc(m.Endpoints, func(e Endpoint) bool { return e.Azure }) {
		m.AzureVersion = s.text("api_version")
	}
	if s.flag("supports_responses_api") {
		m.Endpoints = withResponses(m.Endpoints)
	}
	if !chosen && len(m.Endpoints) > 0 {
		m.Type = m.Endpoints[0].Kind()
	}
	return true
}

// Kind is the api_type that names an endpoint.
func (e Endpoint) Kind() string {
	if e.Azure {
		return "azure"
	}
	return string(e.Dialect)
}

// is reports whether an api_type means the endpoint. Azure's endpoints speak
// OpenAI's dialects.
func (e Endpoint) is(kind string) bool {
	return e.Kind() == kind || string(e.Dialect) == kind || kind == "azure" && e.Azure
}

// withResponses adds the Responses API beside Chat Completions, at the same
// base, unless it is there.
func withResponses(list []Endpoint) []Endpoint {
	for _, e := range list {
		if e.Dialect == llm.Responses {
			return list
		}
	}
	for _, e := range list {
		if e.Dialect == llm.OpenAI {
			e.Dialect = llm.Responses
			return append(list, e)
		}
	}
	return list
}

// inheritProvider takes what the model does not set itself.
func (b *builder) inheritProvider(m *Model, p Provider, s section) {
	if len(m.Keys) == 0 && !s.v.get("api_key").given() {
		m.Key, m.Keys = p.Key, p.Keys
	}
	if len(p.Headers) > 0 {
		own := m.Headers
		m.Headers = maps.Clone(p.Headers)
		maps.Copy(m.Headers, own)
	}
}

// target is the model name that goes upstream. The predecessor's entries
// (api_base, no provider) write "openai/NAME" for NAME; with a provider the
// name is taken as it is, because OpenRouter's own names look like that.
func target(s section, m Model) string {
	for _, name := range []string{"target_model", "forward_model"} {
		if text := s.text(name); text != "" {
			return text
		}
	}
	text := s.text("model")
	if m.Provider != "" {
		return text
	}
	for _, prefix := range []string{m.Type + "/", "openai/"} {
		if len(text) > len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
			return text[len(prefix):]
		}
	}
	return text
}

// info reads what is known of a model.
func info(s section) ModelInfo {
	out := ModelInfo{
		ContextLength: int64(s.integer("context_length")), MaxOutput: int64(s.integer("max_output_tokens")),
		Input: s.strings("input_modalities"), Output: s.strings("output_modalities"),
	}
	for _, c := range s.strings("capabilities") {
		out.Capabilities = append(out.Capabilities, llm.Capability(c))
	}
	return out
}

// allowedKeys reads access_control.allowed_keys: nil allows every app key.
func allowedKeys(v *value) []string {
	if !v.given() {
		return nil
	}
	switch text, _ := v.scalar(); {
	case v.kind == scalarKind && (text == "" || strings.EqualFold(text, "all")):
		return nil
	case v.kind == scalarKind && strings.EqualFold(text, "none"):
		return []string{}
	}
	return append([]string{}, texts(v)...)
}

// parameters reads the fields that the model sets. At the top of the entry
// they replace those in model_params, even when there are none.
func (b *builder) parameters(v *value) []Parameter {
	from := v.get("parameters")
	if from == nil {
		from = v.at("model_params.parameters")
	}
	if !from.given() {
		return nil
	}
	if from.kind != mappingKind {
		b.report.failAt(from, "must be a mapping (NAME: {default: …, allow_override: true}), not %s", from.kind)
		return nil
	}
	var out []Parameter
	for _, f := range from.fields {
		p, err := parameter(f)
		if err != nil {
			b.report.warnAt(f.value, "parameter %q is not used: %s", f.name, err)
			continue
		}
		out = append(out, p)
	}
	return out
}

func parameter(f field) (Parameter, error) {
	p := Parameter{Name: f.name, AllowOverride: true}
	if f.value.kind != mappingKind || f.value.get("default") == nil {
		return p, fmt.Errorf("write %s: {default: VALUE}", f.name)
	}
	if text, ok := f.value.get("allow_override").scalar(); ok {
		allow, err := parseBool(text)
		if err != nil {
			return p, fmt.Errorf("allow_override %w", err)
		}
		p.AllowOverride = allow
	}
	var err error
	p.Default, err = f.value.get("default").plain()
	return p, err
}
