package config

import "slices"

//go:generate go test . -run ^TestGeneratedFiles$ -update

// allSettings lists every key that a configuration file may hold.
func allSettings() []Setting {
	return slices.Concat(serverSettings(), routingSettings(), recordingSettings(), databaseSettings(),
		appSettings(), providerSettings(), modelSettings(), targetSettings(), appKeySettings(), laterSettings())
}

func bound(n int64) *int64 { return &n }

func serverSettings() []Setting {
	const p = "proxy_settings.server."
	return []Setting{
		{
			Path: p + "host", Group: "server", Type: TypeString, Default: "127.0.0.1", Restart: true, check: checkHost, Env: "YALLMP_HOST",
			Doc: "Address to listen on. 127.0.0.1 is this computer only; 0.0.0.0 lets the whole network in.",
		},
		{
			Path: p + "port", Group: "server", Type: TypeInteger, Default: 7979, Restart: true, Min: bound(0), Max: bound(65535), Env: "YALLMP_PORT",
			Doc: "Port to listen on; 0 takes any free one.",
		},
		{
			Path: p + "allowed_hosts", Group: "server", Type: TypeList, Default: []string{}, check: checkHost,
			Doc: "Host names that clients may use besides localhost, loopback addresses and the address listened on. Others are refused, so that a web page cannot reach the proxy by rebinding its own name.",
		},
		{
			Path: p + "allowed_origins", Group: "server", Type: TypeList, Default: []string{}, check: checkOrigin,
			Doc: "Browser origins that may call the model API, such as https://app.example.com. Programs that are no browser need no entry.",
		},
		{
			Path: p + "max_body_bytes", Group: "server", Type: TypeBytes, Default: "64MiB",
			Doc: "Largest request body that is accepted.",
		},
		{
			Path: p + "drain_timeout", Group: "server", Type: TypeDuration, Default: "30s",
			Doc: "How long stopping the proxy waits for requests under way before it cuts them.",
		},
		{
			Path: p + "stream_heartbeat", Group: "server", Type: TypeDuration, Default: "15s",
			Doc: "Silence in a stream after which the client is sent a sign of life (a comment, or Anthropic's ping). 0 sends none.",
		},
		{
			Path: p + "allow_other_users", Group: "server", Type: TypeBoolean, Default: false,
			Doc: "Serve programs of other users of this computer that send no key. Where the system cannot tell whose program calls, it is served.",
		},
	}
}

func recordingSettings() []Setting {
	const p = "proxy_settings.logging.full_request_storage."
	return []Setting{
		{
			Path: p + "enabled", Group: "recording", Type: TypeBoolean, Default: true,
			Doc: "Keep the bodies of requests and answers, so that a conversation can be read afterwards. Counts, times and tokens are kept either way.",
		},
		{
			Path: p + "retention_hours", Group: "recording", Type: TypeInteger, Default: 336, Min: bound(0), Max: bound(876_000),
			Doc: "How long bodies are kept, in hours; at least 1.",
		},
		{
			Path: p + "body_limit", Group: "recording", Type: TypeBytes, Default: "1MiB",
			Doc: "How much is kept of each body.",
		},
		{
			Path: p + "max_bytes", Group: "recording", Type: TypeBytes, Default: "2GiB",
			Doc: "How much disk all bodies together may take; the oldest days go first.",
		},
		{
			Path: "proxy_settings.responses_state.retention_hours", Group: "recording", Type: TypeInteger, Default: 720, Min: bound(1), Max: bound(876_000),
			Doc: "How long answers of the Responses API can be referred to (`previous_response_id`), in hours. Conversations with a name stay until they are deleted.",
		},
		{
			Path: "proxy_settings.responses_state.max_bytes", Group: "recording", Type: TypeBytes, Default: "512MiB",
			Doc: "How much disk these conversations together may take; the one used longest ago goes first. 0 is no limit.",
		},
	}
}

func databaseSettings() []Setting {
	const pg = "database.connection.postgres."
	return []Setting{
		{
			Path: "database.backend", Group: "database", Type: TypeEnum, Options: []string{"sqlite", "postgres", "postgresql"}, Default: "sqlite", Restart: true,
			Doc: "Where records are kept.",
		},
		{
			Path: "database.connection.sqlite.path", Group: "database", Type: TypeString, Default: "", Restart: true,
			Doc: "SQLite file. Empty is yallm.db in the data folder, and a relative path is relative to that folder.",
		},
		{
			Path: "database.connection.sqlite.busy_timeout_ms", Group: "database", Type: TypeInteger, Default: 5000, Restart: true, Min: bound(0), Max: bound(600_000),
			Doc: "How long to wait for a locked database file, in milliseconds.",
		},
		{Path: pg + "host", Group: "database", Type: TypeString, Default: "localhost", Restart: true, Doc: "PostgreSQL server, or the folder of its socket."},
		{Path: pg + "port", Group: "database", Type: TypeInteger, Default: 5432, Restart: true, Min: bound(1), Max: bound(65535), Doc: "PostgreSQL port."},
		{Path: pg + "database", Group: "database", Type: TypeString, Default: "yallm_proxy", Restart: true, Doc: "PostgreSQL database."},
		{Path: pg + "user", Group: "database", Type: TypeString, Default: "postgres", Restart: true, Doc: "PostgreSQL user."},
		{Path: pg + "password", Type: TypeSecret, Secret: true, Restart: true, Doc: "PostgreSQL password, best as `keyring:NAME`."},
		{
			Path: pg + "sslmode", Group: "database", Type: TypeEnum, Default: "prefer", Restart: true,
			Options: []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"},
			Doc:     "How PostgreSQL's connection is secured, in libpq's words.",
		},
		{
			Path: "database.pool_size", Group: "database", Type: TypeInteger, Default: 5, Restart: true, Min: bound(1), Max: bound(1000),
			Doc: "PostgreSQL connections held open.",
		},
	}
}

func appSettings() []Setting {
	return []Setting{
		{Path: "app.start_proxy", Group: "app", Type: TypeBoolean, Default: true, Doc: "Start the proxy together with the program."},
		{Path: "app.start_at_login", Group: "app", Type: TypeBoolean, Default: false, Doc: "Start the program when you log in."},
		{Path: "app.open_window", Group: "app", Type: TypeBoolean, Default: true, Doc: "Open the window when the program is started by hand."},
		{Path: "app.theme", Group: "app", Type: TypeEnum, Options: []string{"system", "light", "dark"}, Default: "system", Doc: "Colours of the window."},
		{
			Path: "app.log_level", Group: "app", Type: TypeEnum, Options: []string{"debug", "info", "warn", "error"}, Default: "info",
			Doc: "How much the program's own log says.",
		},
	}
}
