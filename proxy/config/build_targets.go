package config

import (
	"slices"
	"strconv"
)

// overlaid lays an entry over the one below it. What names a key replaces
// every key below, however those are written.
func overlaid(lower, upper *value) *value {
	if params := upper.get("model_params"); lower.get("model_params") != nil && says(params, keyWords()) {
		lower = lower.with("model_params", without(lower.get("model_params"), keyWords()))
	}
	return merged(lower, upper, true)
}

// keyWords and the others are settings of model_params that say one thing.
func keyWords() []string { return []string{"api_key", "api_keys"} }

func nameWords() []string { return []string{"model", "target_model", "forward_model"} }

func wayWords() []string { return []string{"proxy", "ca_file", "client_cert", "client_key"} }

func says(v *value, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return v.get(name) != nil })
}

// without returns a copy of a mapping that lacks some fields.
func without(v *value, names []string) *value {
	if v == nil {
		return nil
	}
	out := *v
	out.fields = slices.DeleteFunc(slices.Clone(v.fields), func(f field) bool { return slices.Contains(names, f.name) })
	return &out
}

// parts makes a model of each target of an entry: what it says, laid over the
// entry's own model_params. A target that cannot be asked is passed over.
func (b *builder) parts(e entry, v *value, cfg *Config) (parts []Model, members []Member) {
	for i, item := range v.get("targets").items {
		if item.kind != mappingKind {
			continue
		}
		name := e.name + "#" + strconv.Itoa(i+1)
		if b.names.isModel(name) {
			b.report.failAt(item, "target %q of model %q has the name of another model: rename that", name, e.name)
			continue
		}
		part, ok := b.asked(entry{name: name, v: e.v}, withTarget(v, item), cfg)
		if !ok {
			continue
		}
		if len(part.Endpoints) == 0 {
			if !b.report.failed() {
				b.report.warnAt(item, "this target of model %q is passed over: give it a provider or an api_base", e.name)
			}
			continue
		}
		part.Line = item.line
		s := section{b: b, v: item, prefix: "model_list[].targets[]."}
		parts = append(parts, part)
		members = append(members, Member{Model: name, Weight: s.integer("weight"), Priority: s.integer("priority")})
	}
	return parts, b.weighed(members, v.get("targets"), "model", e.name)
}

// withTarget is an effective entry as one of its targets has it. A target at
// another provider has nothing to do with the address and the key of the
// entry: a key must never go where it does not belong.
func withTarget(v, target *value) *value {
	// The bound on all targets together is not one on each.
	params := without(v.get("model_params"), []string{"concurrency_limit"})
	if says(target, keyWords()) {
		params = without(params, keyWords())
	}
	if says(target, nameWords()) {
		params = without(params, nameWords())
	}
	out := *without(v, []string{"targets"})
	if target.get("provider").given() {
		params = without(params, slices.Concat([]string{"api_base", "api_type", "provider", "headers", "supports_responses_api"}, keyWords(), wayWords()))
		out = *without(&out, []string{"provider"})
	}
	own := without(target, []string{"weight", "priority"})
	if own.get("parameters").given() {
		out = *without(&out, []string{"parameters"})
	}
	return out.with("model_params", merged(params, own, true))
}
