package config

import (
	"slices"
)

func (b *builder) appKeys(s section) AppKeys {
	const a = "app_keys."
	out := AppKeys{
		Enabled:              s.flag(a + "enabled"),
		HeaderName:           s.text(a + "header_name"),
		AllowUnauthenticated: s.flag(a + "allow_unauthenticated"),
	}
	unauthenticated, defaults := s.v.at(a+"unauthenticated"), s.v.at(a+"defaults")
	out.Unauthenticated = b.turn(Turn{Priority: 1000}, unauthenticated)
	out.UnauthenticatedLimit = b.limit(Rate{}, unauthenticated.get("limits"), "")
	turn := b.turn(Turn{Priority: 100}, defaults)
	limit := b.limit(Rate{}, defaults.get("limits"), "")
	for _, item := range items(s.v.at(a + "keys")) {
		k := section{b: b, v: item, prefix: "app_keys.keys[]."}
		id := k.text("key_id")
		if id == "" {
			b.report.warnAt(item, "this app key has no key_id and cannot be used: give it one")
			continue
		}
		if slices.ContainsFunc(out.Keys, func(have AppKey) bool { return have.ID == id }) {
			b.report.failAt(item, "key_id %q is given twice: rename or remove one of them", id)
			continue
		}
		secret := b.key(item.get("secret"))
		if !secret.Configured() {
			b.report.warnAt(item, "app key %q has no secret and cannot be used: give it one", id)
		}
		out.Keys = append(out.Keys, AppKey{
			ID: id, Name: k.text("name"), Secret: secret.Value, Enabled: k.flag("enabled"),
			Turn: b.turn(turn, item), Limit: b.limit(limit, item.get("limits"), ""),
		})
	}
	return out
}

// turn lays what one place says over what holds otherwise.
func (b *builder) turn(out Turn, v *value) Turn {
	number(v.get("concurrency_limit"), &out.Slots)
	number(v.get("priority"), &out.Priority)
	if text, ok := v.get("queue_timeout").scalar(); ok && text != "" {
		out.QueueTimeout, _ = parseDuration(text)
	}
	return out
}

// limit lays the limits of one place over what holds otherwise. Model is
// whose limits they are, empty for those of callers.
func (b *builder) limit(out Rate, v *value, model string) Rate {
	number(v.get("requests_per_minute"), &out.RequestsPerMinute)
	number(v.get("tokens_per_minute"), &out.TokensPerMinute)
	number(v.get("tokens_per_day"), &out.TokensPerDay)
	number(v.get("soft_percent"), &out.Soft)
	place := v.get("degrade_to")
	to, given := place.scalar()
	if !given || to == "" {
		return out
	}
	switch {
	case to == model:
		b.report.warnAt(place, "degrade_to is not used: %q would be its own stand-in: name another model", model)
	case !b.names.known(to):
		b.report.warnAt(place, "degrade_to is not used: %q is no model%s", to, b.names.suggest(to))
	case out.Soft == 0:
		b.report.warnAt(place, "degrade_to is not used without soft_percent: add soft_percent: 80, or another share of the limits")
	default:
		out.DegradeTo = to
	}
	return out
}

// number sets a number where one is given.
func number[T int | int64](v *value, to *T) {
	if text, ok := v.scalar(); ok && text != "" {
		n, _ := parseInt(text)
		*to = T(n)
	}
}

func (b *builder) queue(s section) Queue {
	return Queue{Size: s.integer("proxy_settings.queue.size"), Timeout: s.duration("proxy_settings.queue.timeout")}
}
