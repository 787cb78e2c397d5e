package config

func providerSettings() []Setting {
	const p = "providers.*."
	kinds := []string{"openai", "azure", "responses", "anthropic", "gemini", "ollama"}
	out := []Setting{
		{Path: p + "catalog", Type: TypeString, Doc: "Entry of the built-in catalogue that gives the endpoints: openai, anthropic, openrouter, ollama …"},
		{Path: p + "variables", Type: TypeMap, Doc: "Values for the {placeholders} in the catalogue's base URLs, such as `resource` of Azure OpenAI."},
		{Path: p + "api_base", Type: TypeURL, Doc: "Base URL, up to where the dialect's own path follows: /chat/completions, /responses, /messages, /models/NAME:generateContent, /api/chat. It replaces the catalogue's endpoints."},
		{Path: p + "api_type", Type: TypeEnum, Options: kinds, Doc: "What api_base speaks. Without it: the first dialect of the catalogue entry, else openai."},
		{Path: p + "endpoints[].dialect", Type: TypeEnum, Options: kinds, Default: "openai", Doc: "What this endpoint speaks."},
		{Path: p + "endpoints[].api_base", Type: TypeURL, Doc: "Its base URL. A provider with several endpoints serves clients of several dialects, each by the endpoint that speaks it."},
		{Path: p + "api_key", Type: TypeSecret, Secret: true, Doc: "The key: `keyring:NAME` (OS keychain), `${VAR}` (env file or environment), or the key itself. None for local servers."},
		{Path: p + "api_keys", Type: TypeSecrets, Secret: true, Doc: "Several keys, each written like api_key, which comes before them. When the provider refuses one or says that it is used up, the next is tried."},
		{Path: p + "headers", Type: TypeMap, Doc: "Headers added to every request, such as `HTTP-Referer: https://example.com`."},
		{Path: p + "concurrency_limit", Type: TypeInteger, Default: 0, Min: bound(0), Doc: "Requests to the provider at once; more wait their turn. 0 is any number."},
	}
	return append(out, waySettings(p, "", "Over those of proxy_settings.network.")...)
}

// waySettings are how a provider is reached, which can be said for one model,
// for a provider and for all.
func waySettings(p, group, over string) []Setting {
	over = " " + over
	if over == " " {
		over = ""
	}
	file := func(name, doc string) Setting {
		s := Setting{Path: p + name, Group: group, Type: TypeString, Doc: doc + over}
		if group != "" {
			s.Default = ""
		}
		return s
	}
	return []Setting{
		{Path: p + "proxy", Type: TypeSecret, Secret: true, check: checkProxy, Doc: "Proxy on the way to the provider: `http://host:port`, or with https, socks5 or socks5h, with `user:password@` where it asks for them, or `keyring:NAME` for the whole; `none` for no proxy, `system` (the default) for what the system or HTTPS_PROXY and NO_PROXY say." + over},
		file("ca_file", "PEM file of certificate authorities that are trusted beside the system's. A relative path begins at the folder of the configuration."),
		file("client_cert", "PEM file of the certificate to show to a server that asks for one."),
		file("client_key", "PEM file of that certificate's private key. May be the same file."),
	}
}

func modelSettings() []Setting {
	const m, p = "model_list[].", "model_list[].model_params."
	way := waySettings(p, "", "Over the provider's.")
	types := []string{"auto", "openai", "azure", "responses", "anthropic", "gemini", "ollama", "passthrough", "gigachat"}
	out := []Setting{
		{Path: m + "model_name", Type: TypeString, Doc: "Name that clients ask for. A later entry of the same name replaces the earlier. With one `*` it stands for every name that fits and has no entry of its own; the longest text before the `*` wins, and a `*` in the upstream name becomes what it stood for."},
		{Path: m + "aliases", Type: TypeList, Doc: "Other names for the same model. Not inherited."},
		{Path: m + "extends", Type: TypeString, Doc: "Model whose settings this one starts from. Mappings merge; lists, single values and an explicit null replace. At most 10 models in a row."},
		{Path: m + "provider", Type: TypeString, Doc: "Name under providers: endpoints, key and headers come from there. May stand in model_params as well."},
		{Path: m + "protected", Type: TypeBoolean, Default: true, Doc: "Editing asks for confirmation. Not inherited."},
		{Path: m + "access_control.allowed_keys", Type: TypeList, Doc: "App keys that may use it: `all` (default), `none`, or a list of key_id."},
		{Path: m + "parameters", Type: TypeAny, Doc: "As model_params.parameters, which it replaces as a whole."},
		{Path: p + "provider", Type: TypeString, Doc: "Name under providers."},
		{Path: p + "api_base", Type: TypeURL, Doc: "Base URL, up to where the dialect's own path follows: /chat/completions, /responses, /messages, /models/NAME:generateContent, /api/chat. Needed when there is no provider."},
		{Path: p + "api_type", Type: TypeEnum, Options: types, Default: "openai", Doc: "What api_base speaks. With a provider: use only its endpoints of that dialect; `auto`, the default there, uses the one nearest to the client's dialect. Every client dialect is translated to it. `passthrough` is reached below /p1 only."},
		{Path: p + "api_key", Type: TypeSecret, Secret: true, Doc: "The key, when it is not the provider's."},
		{Path: p + "api_keys", Type: TypeSecrets, Secret: true, Doc: "Several keys, tried in turn; api_key comes before them. Keys of the model's own replace the provider's."},
		{Path: p + "headers", Type: TypeMap, Doc: "Headers added to every request, over the provider's."},
		{Path: p + "model", Type: TypeString, Doc: "Model name sent upstream; the client's own name when empty. Without a provider a leading `openai/` or `<api_type>/` is removed."},
		{Path: p + "target_model", Type: TypeString, Doc: "Model name sent upstream exactly as written. Wins over model."},
		{Path: p + "forward_model", Type: TypeString, Doc: "Other name for target_model."},
		{Path: p + "request_timeout", Type: TypeDuration, Doc: "Bounds the wait for the first byte of an answer, and a whole answer that is not streamed, where first_byte_timeout and total_timeout do not. 0 is as if not given."},
		{Path: p + "connect_timeout", Type: TypeDuration, Doc: "As router_settings.timeouts.connect, for this model; so are the next five. 0 is no bound."},
		{Path: p + "tls_timeout", Type: TypeDuration, Doc: "TLS handshake."},
		{Path: p + "first_byte_timeout", Type: TypeDuration, Doc: "Until an answer begins."},
		{Path: p + "stream_idle_timeout", Type: TypeDuration, Doc: "Silence within a stream."},
		{Path: p + "total_timeout", Type: TypeDuration, Doc: "A whole answer that is not streamed."},
		{Path: p + "stream_total_timeout", Type: TypeDuration, Doc: "A whole stream."},
		{Path: p + "concurrency_limit", Type: TypeInteger, Default: 0, Min: bound(0), Doc: "Requests to the model at once; more wait their turn. 0 is any number. Of a model with targets, all of them together; a target may have its own."},
		{Path: p + "probe_interval", Type: TypeDuration, Default: "0s", Doc: "How often the model is asked for a word, to know that it is well. 0 is never. Each costs a few tokens."},
		{Path: p + "http2", Type: TypeBoolean, Default: false, Doc: "Insist on HTTP/2 where the server offers it."},
		{Path: p + "supports_reasoning", Type: TypeBoolean, Default: false, Doc: "Ask the model to think when the client does not say."},
		{Path: p + "anthropic_version", Type: TypeString, Doc: "anthropic-version header for clients that send none."},
		{Path: p + "api_version", Type: TypeString, Default: "2024-10-21", Doc: "api-version of Azure OpenAI deployments. A base URL that ends in /openai/v1 needs none."},
		{Path: p + "supports_responses_api", Type: TypeBoolean, Default: false, Doc: "api_base serves the Responses API as well, beside Chat Completions."},
		{Path: p + "parameters", Type: TypeAny, Doc: "Request fields with a default: `temperature: {default: 0.2, allow_override: true}`. With allow_override false the value is forced. Dots in a name are levels: `thinking.type`."},
		{Path: p + "context_length", Type: TypeInteger, Min: bound(0), Doc: "Tokens that fit into prompt and answer together, as clients are told in the list of models."},
		{Path: p + "max_output_tokens", Type: TypeInteger, Min: bound(0), Doc: "Tokens of the longest answer, likewise."},
		{Path: p + "input_modalities", Type: TypeList, Doc: "What a prompt may consist of: text, image, audio, video, document."},
		{Path: p + "output_modalities", Type: TypeList, Doc: "What an answer may consist of."},
		{Path: p + "capabilities", Type: TypeList, Doc: "What the model can do: tools, vision, reasoning, structured_output, embeddings, insert."},
	}
	out = append(out, way...)
	out = append(out, limitSettings(m+"limits.", "", "asked of this model")...)
	return append(out, laterModelSettings(m, p)...)
}

// laterModelSettings are read by later versions.
func laterModelSettings(m, p string) []Setting {
	return []Setting{
		{Path: m + "modules", Type: TypeAny, later: true},
		{Path: m + "parsers", Type: TypeAny, later: true},
		{Path: m + "editable", Type: TypeAny, later: true},
		{Path: m + "source", Type: TypeAny, later: true},
		{Path: m + "_inherited_from", Type: TypeAny, later: true},
		{Path: m + "description", Type: TypeAny, later: true},
		{Path: p + "modules", Type: TypeAny, later: true},
		{Path: p + "parsers", Type: TypeAny, later: true},
		{Path: p + "thinking", Type: TypeAny, later: true},
		{Path: p + "mode", Type: TypeAny, later: true},
		{Path: p + "scope", Type: TypeAny, later: true},
		{Path: p + "auth_url", Type: TypeAny, later: true},
		{Path: p + "client_id", Type: TypeAny, later: true},
		{Path: p + "client_secret", Type: TypeAny, Secret: true, later: true},
		{Path: p + "verify_ssl", Type: TypeAny, later: true},
		{Path: p + "emulate_tool_calls", Type: TypeAny, later: true},
	}
}

// targetSettings are what a target has beside the model_params that it may
// have as well: newSchema adds those.
func targetSettings() []Setting {
	const t = "model_list[].targets[]."
	return []Setting{
		{Path: t + "weight", Type: TypeInteger, Default: 1, Min: bound(0), Max: bound(1_000_000), Doc: "The target's share among those of its priority. With 0 it is asked only when the others cannot answer. Beside weight and priority, a target may have everything that model_params may, laid over the model's own."},
		{Path: t + "priority", Type: TypeInteger, Default: 0, Min: bound(0), Doc: "Targets with a lower number are asked first."},
	}
}

func appKeySettings() []Setting {
	const a, k = "app_keys.", "app_keys.keys[]."
	out := []Setting{
		{Path: a + "enabled", Group: "server", Type: TypeBoolean, Default: false, Doc: "Ask callers of the model API for one of the keys below."},
		{Path: a + "header_name", Group: "server", Type: TypeString, Default: "x-api-key", check: func(s string) error { return checkHeader(s, "") }, Doc: "Header that carries the caller's key; Authorization: Bearer works as well."},
		{Path: a + "allow_unauthenticated", Group: "server", Type: TypeBoolean, Default: false, Doc: "Let callers without a key in, too."},
		{Path: k + "key_id", Type: TypeString, Doc: "Name of the key in records and in allowed_keys."},
		{Path: k + "secret", Type: TypeSecret, Secret: true, Doc: "What the caller sends: `keyring:NAME`, `${VAR}` or the text itself."},
		{Path: k + "name", Type: TypeString, Doc: "Name for people."},
		{Path: k + "enabled", Type: TypeBoolean, Default: true, Doc: "Whether it may be used."},
		{Path: k + "description", Type: TypeString, Doc: "A note."},
	}
	out = append(out, turnSettings(k, "", "100", "What app_keys.defaults says, where nothing is given.")...)
	out = append(out, turnSettings(a+"defaults.", "of each key ", "100", "")...)
	return append(out, turnSettings(a+"unauthenticated.", "of callers without a key ", "1000", "")...)
}

// turnSettings are what a caller may ask for, and when it is served.
func turnSettings(p, whose, priority, otherwise string) []Setting {
	if otherwise != "" {
		otherwise = " " + otherwise
	}
	out := []Setting{
		{Path: p + "concurrency_limit", Type: TypeInteger, Default: 0, Min: bound(0), Doc: "Requests " + whose + "at once for each model; more wait their turn. 0 is any number." + otherwise},
		{Path: p + "priority", Type: TypeInteger, Doc: "Of the requests that wait, those with a lower number go first. " + priority + ", when not given." + otherwise},
		{Path: p + "queue_timeout", Type: TypeDuration, Doc: "How long a request may wait; without it, what proxy_settings.queue says." + otherwise},
	}
	return append(out, limitSettings(p+"limits.", "", "of the caller")...)
}

// laterSettings are keys of the predecessor's files that this version accepts
// and does not use, so that such a file loads as it is.
func laterSettings() []Setting {
	const p, l = "proxy_settings.", "proxy_settings.logging."
	return []Setting{
		{Path: p + "debug", Type: TypeBoolean, Default: false, Doc: "Same as app.log_level: debug, where that is not given."},
		{Path: p + "enable_responses_endpoint", Type: TypeAny, later: true},
		{Path: p + "enable_messages_endpoint", Type: TypeAny, later: true},
		{Path: p + "modules", Type: TypeAny, later: true},
		{Path: p + "parsers", Type: TypeAny, later: true},
		{Path: l + "log_parsed_response", Type: TypeAny, later: true},
		{Path: l + "log_parsed_stream", Type: TypeAny, later: true},
		{Path: l + "log_to_disk", Type: TypeAny, later: true},
		{Path: l + "full_request_storage.path", Type: TypeAny, later: true},
		{Path: l + "full_request_storage.cleanup_on_startup", Type: TypeAny, later: true},
		{Path: l + "full_request_storage.cleanup_interval_hours", Type: TypeAny, later: true},
		{Path: "database.max_overflow", Type: TypeAny, later: true},
		{Path: "database.testing", Type: TypeAny, later: true},
		{Path: "general_settings", Type: TypeAny, later: true},
		{Path: "forwarder_settings", Type: TypeAny, later: true},
		{Path: "http_forwarder_settings", Type: TypeAny, later: true},
	}
}
