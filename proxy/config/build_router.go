package config

import (
	"slices"
	"time"
)

func (b *builder) router(s section) Router {
	const r = "router_settings."
	out := Router{
		NumRetries:       max(1, s.integer(r+"num_retries")),
		Fallbacks:        b.fallbacks(s.v.at(r + "fallbacks")),
		ContextFallbacks: b.fallbacks(s.v.at(r + "context_fallbacks")),
		PolicyFallbacks:  b.fallbacks(s.v.at(r + "content_policy_fallbacks")),
		Aliases:          b.names.aliases,
		Groups:           b.names.groups,
		Timeouts:         routerTimeouts(s),
		Health: Health{
			Failures: s.integer(r + "health.failures"),
			OpenFor:  s.duration(r + "health.open_for"), MaxOpen: s.duration(r + "health.max_open"),
			MaxCooldown: s.duration(r + "health.max_cooldown"),
		},
		Affinity:      Affinity{Enabled: s.flag(r + "affinity.enabled"), Keep: s.duration(r + "affinity.keep")},
		RetryAfterCap: s.duration(r + "retry_after_cap"),
	}
	out.Health.MaxOpen = max(out.Health.MaxOpen, out.Health.OpenFor)
	return out
}

func routerTimeouts(s section) Timeouts {
	const t = "router_settings.timeouts."
	return Timeouts{
		Connect: s.duration(t + "connect"), TLS: s.duration(t + "tls"),
		FirstByte: s.duration(t + "first_byte"), StreamIdle: s.duration(t + "stream_idle"),
		Total: s.duration(t + "total"), StreamTotal: s.duration(t + "stream_total"),
	}
}

// modelTimeouts lays what a model says over what holds for all. Its
// request_timeout is the older word for two of them.
func modelTimeouts(s section, out Timeouts) (t Timeouts, request time.Duration) {
	if request = s.duration("request_timeout"); request > 0 {
		out.FirstByte, out.Total = request, request
	}
	for name, to := range map[string]*time.Duration{
		"connect_timeout": &out.Connect, "tls_timeout": &out.TLS,
		"first_byte_timeout": &out.FirstByte, "stream_idle_timeout": &out.StreamIdle,
		"total_timeout": &out.Total, "stream_total_timeout": &out.StreamTotal,
	} {
		if s.text(name) != "" {
			*to = s.duration(name)
		}
	}
	if request == 0 {
		request = out.FirstByte
	}
	return out, request
}

// fallbacks reads a list of mappings from a name to what is tried after it.
// Of two lists for one name the later counts.
func (b *builder) fallbacks(list *value) map[string][]string {
	out := map[string][]string{}
	if list == nil {
		return out
	}
	for _, item := range list.items {
		for _, f := range item.fields {
			targets := texts(f.value)
			for _, target := range targets {
				if target != f.name && !b.names.known(target) {
					b.report.warnAt(f.value, "fallback %q of %q is no model and is passed over%s", target, f.name, b.names.suggest(target))
				}
			}
			if slices.Contains(targets, f.name) {
				b.report.warnAt(f.value, "%q falls back to itself, which is passed over: remove it from its own list, or set router_settings.num_retries", f.name)
				targets = slices.DeleteFunc(targets, func(target string) bool { return target == f.name })
			}
			if len(targets) > 0 {
				out[f.name] = targets
			} else {
				delete(out, f.name)
			}
		}
	}
	return out
}
