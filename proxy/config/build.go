package config

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// builder makes a Config out of the merged tree. The tree has been checked
// against the schema: what does not fit is a problem already, and is passed
// over here.
type builder struct {
	src    Source
	schema *schema
	report *report
	vault  map[string]vaultAnswer // one look-up a name, however many models use it
	names  names
	// network is how a provider is reached that says nothing about it.
	network Way
}

type vaultAnswer struct {
	value string
	err   error
}

func newBuilder(src Source, s *schema, r *report) *builder {
	return &builder{src: src, schema: s, report: r, vault: map[string]vaultAnswer{}}
}

func (b *builder) build(root *value) *Config {
	cfg := &Config{}
	s := section{b: b, v: root}
	cfg.Server = b.server(s)
	cfg.Recording = recording(s)
	cfg.Database = b.database(s)
	cfg.App = application(s)
	b.learnNames(root)
	b.network = b.way(Way{}, root.at("proxy_settings.network"))
	cfg.Way = b.network
	cfg.AppKeys = b.appKeys(s)
	cfg.Queue = b.queue(s)
	cfg.Limit = b.limit(Rate{}, root.get("limits"), "")
	cfg.Providers = b.providers(root.get("providers"))
	cfg.Router = b.router(s)
	cfg.Models = b.models(b.names.entries, cfg)
	return cfg
}

// section reads the settings below one place of the tree, falling back to the
// schema's default for what is not given.
type section struct {
	b      *builder
	v      *value
	prefix string // of the schema path
}

// text returns the text of a setting, given or default.
func (s section) text(path string) string {
	if text, ok := s.v.at(path).scalar(); ok && text != "" {
		return text
	}
	switch d := s.b.schema.byPath[s.prefix+path].Default.(type) {
	case string:
		return d
	case int:
		return strconv.Itoa(d)
	case bool:
		return strconv.FormatBool(d)
	}
	return ""
}

func (s section) integer(path string) int {
	n, _ := parseInt(s.text(path))
	return int(n)
}

func (s section) flag(path string) bool {
	on, _ := parseBool(s.text(path))
	return on
}

func (s section) duration(path string) time.Duration {
	d, _ := parseDuration(s.text(path))
	return d
}

func (s section) bytes(path string) int64 {
	n, _ := parseBytes(s.text(path))
	return n
}

// lower is text for words whose case does not matter.
func (s section) lower(path string) string { return strings.ToLower(s.text(path)) }

func (s section) strings(path string) []string { return texts(s.v.at(path)) }

// texts returns the given, non-empty texts of a list or of a single value.
func texts(v *value) []string {
	items := []*value{v}
	if v.given() && v.kind == listKind {
		items = v.items
	}
	var out []string
	for _, item := range items {
		if text, ok := item.scalar(); ok && text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

func (b *builder) server(s section) Server {
	const p = "proxy_settings.server."
	out := Server{
		Host:           strings.Trim(s.text(p+"host"), "[]"),
		Port:           s.integer(p + "port"),
		AllowedHosts:   s.strings(p + "allowed_hosts"),
		AllowedOrigins: s.strings(p + "allowed_origins"),
		MaxBodyBytes:   s.bytes(p + "max_body_bytes"),
		DrainTimeout:   s.duration(p + "drain_timeout"),
		Heartbeat:      s.duration(p + "stream_heartbeat"),
		OtherUsers:     s.flag(p + "allow_other_users"),
	}
	place := s.v.at(p + "host")
	if host, ok := b.environment(p + "host"); ok {
		out.Host, place = strings.Trim(host, "[]"), nil
	}
	if port, ok := b.environment(p + "port"); ok {
		out.Port, _ = strconv.Atoi(port)
	}
	guarded := s.flag("app_keys.enabled") && !s.flag("app_keys.allow_unauthenticated")
	if !isLoopback(out.Host) && !guarded {
		p := place.problem("the proxy listens on %s, so others on the network can use your keys: "+
			"set it to 127.0.0.1, or turn app_keys on", out.Host)
		if place == nil {
			p.File, p.Path = b.schema.byPath["proxy_settings.server.host"].Env, "proxy_settings.server.host"
		}
		b.report.warn(p)
	}
	return out
}

// environment returns the variable of the process that overrides a setting.
// What does not fit the setting is a warning, and the file counts.
func (b *builder) environment(path string) (string, bool) {
	setting, text := b.schema.byPath[path], ""
	if b.src.Getenv != nil {
		text, _ = b.src.Getenv(setting.Env)
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", false
	}
	if err := setting.validateText(text, text); err != nil {
		b.report.warn(Problem{File: setting.Env, Path: path, Message: err.Error() + "; the file's value is used"})
		return "", false
	}
	return text, true
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func recording(s section) Recording {
	const (
		p     = "proxy_settings.logging.full_request_storage."
		state = "proxy_settings.responses_state."
	)
	return Recording{
		StateMaxAge:   time.Duration(s.integer(state+"retention_hours")) * time.Hour,
		StateMaxBytes: s.bytes(state + "max_bytes"),

		Bodies:       s.flag(p + "enabled"),
		BodyLimit:    int(s.bytes(p + "body_limit")),
		BodyMaxAge:   time.Duration(max(1, s.integer(p+"retention_hours"))) * time.Hour,
		BodyMaxBytes: s.bytes(p + "max_bytes"),
	}
}

func (b *builder) database(s section) Database {
	const c = "database.connection."
	out := Database{
		Backend:     s.lower("database.backend"),
		Path:        s.text(c + "sqlite.path"),
		BusyTimeout: time.Duration(s.integer(c+"sqlite.busy_timeout_ms")) * time.Millisecond,
		PoolSize:    s.integer("database.pool_size"),
	}
	if out.Backend == "sqlite" {
		return out
	}
	out.Backend = "postgres"
	password := b.key(s.v.at(c + "postgres.password"))
	out.DSN = postgresDSN(section{b: b, v: s.v.at("database.connection.postgres"), prefix: c + "postgres."}, password.Value)
	return out
}

// postgresDSN builds a connection URL. A host that is a path is the folder of
// a Unix socket and goes where libpq wants it.
func postgresDSN(s section, password Secret) Secret {
	u := url.URL{Scheme: "postgres", User: url.User(s.text("user")), Path: "/" + s.text("database")}
	if !password.Empty() {
		u.User = url.UserPassword(s.text("user"), password.Reveal())
	}
	query := url.Values{"sslmode": {s.lower("sslmode")}}
	if host := strings.Trim(s.text("host"), "[]"); strings.HasPrefix(host, "/") {
		query.Set("host", host)
		query.Set("port", s.text("port"))
	} else {
		u.Host = net.JoinHostPort(host, s.text("port"))
	}
	u.RawQuery = query.Encode()
	return NewSecret(u.String())
}

func application(s section) App {
	out := App{
		StartProxy:   s.flag("app.start_proxy"),
		StartAtLogin: s.flag("app.start_at_login"),
		OpenWindow:   s.flag("app.open_window"),
		Theme:        s.lower("app.theme"),
		LogLevel:     s.lower("app.log_level"),
	}
	if !s.v.at("app.log_level").given() && s.flag("proxy_settings.debug") {
		out.LogLevel = "debug"
	}
	return out
}

func didYouMean(name string, names []string) string {
	if best := nearest(name, names); best != "" {
		return ": did you mean \"" + best + "\"?"
	}
	return ""
}
