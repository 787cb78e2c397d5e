package config

import "slices"

func routingSettings() []Setting {
	const r = "router_settings."
	return slices.Concat([]Setting{
		{
			Path: r + "num_retries", Group: "routing", Type: TypeInteger, Default: 1, Min: bound(0), Max: bound(100),
			Doc: "Attempts at each backend before the next fallback is tried: 1 (and 0) means no repetition.",
		},
		{
			Path: r + "retry_after_cap", Group: "routing", Type: TypeDuration, Default: "10s",
			Doc: "Longest wait that a provider may ask for before a repetition. When it asks for more, the next target is tried; with another target to go to, half of this is too long already.",
		},
		{
			Path: r + "fallbacks[].*", Type: TypeList,
			Doc: "What is tried, in order, when the model or group of that name fails: `- fast: [b1, b2]`. A name with fallbacks and no entry of its own is a virtual model. Fallbacks of fallbacks are followed, to any depth, each name once.",
		},
		{
			Path: r + "context_fallbacks[].*", Type: TypeList,
			Doc: "What is tried when a prompt is too long for the model of that name.",
		},
		{
			Path: r + "content_policy_fallbacks[].*", Type: TypeList,
			Doc: "What is tried when the provider of the model of that name refuses the content.",
		},
		{
			Path: r + "aliases.*", Type: TypeString,
			Doc: "Other names of models, groups and virtual models: `gpt-4o: fast`.",
		},
		{
			Path: r + "groups[].name", Type: TypeString,
			Doc: "Name that clients ask for, and that several models share the requests for.",
		},
		{
			Path: r + "groups[].targets[].model", Type: TypeString, shorthand: true,
			Doc: "A model or another group. The name alone, in the place of the mapping, is short for it: `targets: [a, b]`.",
		},
		{
			Path: r + "groups[].targets[].weight", Type: TypeInteger, Default: 1, Min: bound(0), Max: bound(1_000_000),
			Doc: "Its share among those of its priority. With equal weights the least busy is asked, then the quickest. With 0 it is asked only when the others cannot answer.",
		},
		{
			Path: r + "groups[].targets[].priority", Type: TypeInteger, Default: 0, Min: bound(0),
			Doc: "Those with a lower number are asked first.",
		},
	}, timeoutSettings(r+"timeouts."), healthSettings(r), queueSettings(), limitSettings("limits.", "routing", "of all callers together"),
		waySettings("proxy_settings.network.", "server", ""))
}

func timeoutSettings(p string) []Setting {
	return []Setting{
		{Path: p + "connect", Group: "routing", Type: TypeDuration, Default: "10s", Doc: "How long a connection to a provider may take. 0 is no bound, here and below."},
		{Path: p + "tls", Group: "routing", Type: TypeDuration, Default: "10s", Doc: "How long the TLS handshake may take."},
		{Path: p + "first_byte", Group: "routing", Type: TypeDuration, Default: "300s", Doc: "How long a provider may take until its answer begins."},
		{Path: p + "stream_idle", Group: "routing", Type: TypeDuration, Default: "120s", Doc: "How long a stream may be silent."},
		{Path: p + "total", Group: "routing", Type: TypeDuration, Default: "600s", Doc: "How long a whole answer may take that is not streamed."},
		{Path: p + "stream_total", Group: "routing", Type: TypeDuration, Default: "0s", Doc: "How long a whole stream may take."},
	}
}

func healthSettings(r string) []Setting {
	return []Setting{
		{
			Path: r + "health.failures", Group: "routing", Type: TypeInteger, Default: 5, Min: bound(0), Max: bound(1000),
			Doc: "Failures in a row after which a backend is left alone for a while. 0 never does.",
		},
		{Path: r + "health.open_for", Group: "routing", Type: TypeDuration, Default: "10s", Doc: "How long it is left alone at first; each failed trial after that doubles it."},
		{Path: r + "health.max_open", Group: "routing", Type: TypeDuration, Default: "2m", Doc: "How long it is left alone at most."},
		{
			Path: r + "health.max_cooldown", Group: "routing", Type: TypeDuration, Default: "5m",
			Doc: "How long a backend that limits its rate (429) is left alone at most, whatever it asks for.",
		},
		{
			Path: r + "affinity.enabled", Group: "routing", Type: TypeBoolean, Default: true,
			Doc: "Keep the requests of a conversation on one target, so that the provider's prompt cache serves it.",
		},
		{Path: r + "affinity.keep", Group: "routing", Type: TypeDuration, Default: "1h", Doc: "How long after its last request a conversation is remembered."},
	}
}

func queueSettings() []Setting {
	const q = "proxy_settings.queue."
	return []Setting{
		{
			Path: q + "size", Group: "routing", Type: TypeInteger, Default: 1000, Min: bound(0), Max: bound(1_000_000),
			Doc: "Requests that may wait for a concurrency limit; more are refused.",
		},
		{Path: q + "timeout", Group: "routing", Type: TypeDuration, Default: "5m", Doc: "How long a request may wait. 0 is for ever."},
	}
}

// limitSettings bound what may be asked for in a time. On the Settings page
// they have defaults; elsewhere nothing is nothing.
func limitSettings(p, group, whose string) []Setting {
	out := []Setting{
		{Path: p + "requests_per_minute", Type: TypeInteger, Min: bound(0), Doc: "Requests " + whose + " in a minute; more are refused with 429. 0 is any number."},
		{Path: p + "tokens_per_minute", Type: TypeInteger, Min: bound(0), Doc: "Tokens " + whose + " in a minute, of prompts and answers."},
		{Path: p + "tokens_per_day", Type: TypeInteger, Min: bound(0), Doc: "Tokens " + whose + " in a day."},
		{Path: p + "soft_percent", Type: TypeInteger, Min: bound(0), Max: bound(100), Doc: "Share of these limits from which on there is a warning. 0 is none."},
		{Path: p + "degrade_to", Type: TypeString, Doc: "Model that answers from soft_percent on, such as a cheaper one."},
	}
	for i := range out {
		if out[i].Group = group; group != "" {
			out[i].Default = 0
			if out[i].Type == TypeString {
				out[i].Default = ""
			}
		}
	}
	return out
}
