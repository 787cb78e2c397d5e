// Package config turns layers of YAML and environment files into one
// validated, immutable value, and edits the user's layer back to disk with its
// comments kept.
//
// The layers, lowest first:
//
//  1. configs/config_default.yaml with configs/.env_default, embedded in the binary;
//  2. the user's config_added.yaml with .env_added beside it (or the file that
//     --config or YALLMP_CONFIG names: the predecessor's single config.yaml
//     loads as it is);
//  3. the process environment, for ${VAR} look-ups that the files do not answer.
package config

import (
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Config is one complete, validated configuration. Nobody changes it after
// Load returns it: a new configuration is a new value.
type Config struct {
	// Version identifies the content: the same sources give the same version.
	Version string
	Server  Server
	// Providers and Models keep the order of the files, default layer first.
	Providers []Provider
	Models    []Model
	Router    Router
	Recording Recording
	Database  Database
	AppKeys   AppKeys
	Queue     Queue
	// Limit bounds all callers together.
	Limit Rate
	// Way is how what says nothing about it is reached.
	Way Way
	App App
	// Warnings are things a person should know that stop nothing: an unset
	// variable, a duplicate model, an unknown setting.
	Warnings []Problem
}

// Server is where and how the model API listens.
type Server struct {
	Host string // default 127.0.0.1
	Port int    // default 7979
	// AllowedHosts are Host header values accepted besides loopback names and
	// Host itself.
	AllowedHosts []string
	// AllowedOrigins are browser origins that may call the model API.
	AllowedOrigins []string
	// OtherUsers lets processes of other users of this machine in without a key.
	OtherUsers   bool
	MaxBodyBytes int64         // default 64 MiB
	DrainTimeout time.Duration // default 30 s
	// Heartbeat is the silence after which a stream's client is shown that it
	// is still alive; 0 for never. Default 15 s.
	Heartbeat time.Duration
}

// Endpoint is one base URL of a provider and the dialect it speaks.
type Endpoint struct {
	Dialect llm.Dialect
	// Base has no trailing slash and ends where the client's path after /v1
	// is appended: https://api.openai.com/v1.
	Base string
	// Azure: the key goes into Azure's own header, and unless Base is of the v1
	// kind (…/openai/v1), the model is a deployment in the path.
	Azure bool
}

// Key is a credential and where it comes from.
type Key struct {
	// Name is what records and pages call it: the name in the keychain, the
	// variable, or "key 1" by its place for one that the file holds itself.
	Name string
	// Ref is what the file refers to ("keyring:openai", "${OPENAI_API_KEY}"),
	// and empty when the file holds the key itself.
	Ref   string
	Value Secret
	// Problem is why a reference did not resolve; empty when it did.
	Problem string
}

// Set reports whether there is a usable key.
func (k Key) Set() bool { return !k.Value.Empty() }

// Configured reports whether the configuration names a key at all, usable or
// not. Local servers need none.
func (k Key) Configured() bool { return k.Ref != "" || k.Problem != "" || k.Set() }

// Provider is a place that serves models. Models refer to it by name, so that
// its key is entered once.
type Provider struct {
	Name string
	// Catalog is the id of the catalogue entry it was made from, if any.
	Catalog   string
	Endpoints []Endpoint // in order of preference; at least one
	// Keys are used in turn, those that resolved (see UsableKeys); Key is the
	// first of these, or the first that did not when there is none.
	Key     Key
	Keys    []Key
	Headers map[string]string
	Way     Way
	Slots   int // requests at once; 0 for any number
	Layer   Layer
}

// Way is how a provider is reached.
type Way struct {
	// Proxy is "" for the system's or the environment's, "none", or a URL:
	// http, https, socks5, socks5h. It may hold a password.
	Proxy Secret
	// CAFile is a PEM file of authorities that are trusted beside the system's.
	CAFile string
	// ClientCert and ClientKey are PEM files of what the proxy shows to a server
	// that asks for a certificate.
	ClientCert, ClientKey string
}

// Timeouts bound the waits of one attempt. Zero is no bound.
type Timeouts struct {
	Connect    time.Duration // TCP connection; default 10 s
	TLS        time.Duration // TLS handshake; default 10 s
	FirstByte  time.Duration // until the answer's header; default 300 s
	StreamIdle time.Duration // silence within a stream; default 120 s
	// Total bounds a whole answer that is no stream (default 600 s), and
	// StreamTotal one that is (default none).
	Total       time.Duration
	StreamTotal time.Duration
}

// Model is one entry of model_list after inheritance and its provider have
// been applied: everything needed to send a request to it.
type Model struct {
	Name     string
	Extends  string // parent as written, for display
	Provider string // provider's name, empty for a self-contained entry
	// Target is the model name sent upstream; the client's own name when empty.
	Target string
	// Type is api_type as written, lower-cased: auto, openai, azure, responses,
	// anthropic, gemini, ollama, passthrough.
	Type      string
	Endpoints []Endpoint
	// Keys are used in turn, those that resolved (see UsableKeys); Key is the
	// first of these, or the first that did not when there is none.
	Key     Key
	Keys    []Key
	Headers map[string]string
	Way     Way
	// RequestTimeout, as written, bounds the wait for the first byte, and a
	// non-streaming answer as a whole; Timeouts has taken it in.
	RequestTimeout    time.Duration
	Timeouts          Timeouts
	HTTP2             bool
	SupportsReasoning bool
	AnthropicVersion  string
	AzureVersion      string // api-version of Azure OpenAI's deployments
	Parameters        []Parameter
	// Info is what clients are told about the model.
	Info ModelInfo
	// Members are the places that serve the model when it has several; Parts
	// are what they name: entries "NAME#1", "NAME#2" … that no client can ask
	// for. The model's own endpoints then serve nothing.
	Members []Member
	Parts   []Model
	Slots   int // requests at once; 0 for any number
	Limit   Rate
	// Probe is how often the model is asked for a word to know that it is
	// well; 0 for never.
	Probe time.Duration
	// AllowedKeys lists the app keys that may use it; nil allows all, empty none.
	AllowedKeys []string
	Protected   bool
	Layer       Layer
	Line        int // where the entry starts in its file
}

// ModelInfo is what is known of a model. Zero is unknown.
type ModelInfo struct {
	ContextLength int64 // tokens of prompt and answer together
	MaxOutput     int64 // tokens of the longest answer
	// Input and Output list what a prompt and an answer may consist of.
	Input, Output []string
	// Capabilities is nil where nobody has said.
	Capabilities []llm.Capability
}

// Parameter is a request field that a model sets by default or by force.
type Parameter struct {
	// Name is the field; dots separate levels ("thinking.type").
	Name          string
	Default       any
	AllowOverride bool
}

// Layer says which file an entry comes from.
type Layer string

// The layers of configuration.
const (
	LayerDefault Layer = "default"
	LayerAdded   Layer = "added"
)

// Router holds the rules that are about more than one model.
type Router struct {
	// NumRetries is the number of attempts per backend, at least 1.
	NumRetries int
	// Fallbacks maps a model name to what is tried after it, in order. A name
	// with fallbacks and no entry of its own is a virtual model.
	Fallbacks map[string][]string
	// ContextFallbacks are tried when a prompt is too long for a model, and
	// PolicyFallbacks when a provider refuses its content.
	ContextFallbacks map[string][]string
	PolicyFallbacks  map[string][]string
	// Aliases are other names of models, groups and virtual models, and none of
	// them leads to another alias.
	Aliases map[string]string
	// Groups are names that several models share the requests for.
	Groups   []Group
	Timeouts Timeouts
	Health   Health
	Affinity Affinity
	// RetryAfterCap is the longest wait that a provider may ask for within a
	// request; default 10 s. With another target to go to, half of it.
	RetryAfterCap time.Duration
}

// Group is a name that several models share the requests for.
type Group struct {
	Name    string
	Members []Member
	Layer   Layer
	Line    int
}

// Member is one of several places that a name is served from.
type Member struct {
	Model string
	// Weight is its share among members of the same priority; default 1. With
	// 0 it is asked only when the others cannot be.
	Weight int
	// Priority: members with a lower one are asked first; default 0.
	Priority int
}

// Health says when a backend is left alone, and for how long.
type Health struct {
	// Failures in a row open a backend's circuit; default 5. 0 never does.
	Failures int
	// OpenFor is how long it stays open at first, default 10 s. It doubles with
	// each failed probe, up to MaxOpen, default 2 min.
	OpenFor, MaxOpen time.Duration
	// MaxCooldown caps the time that a provider asks to be left alone for
	// after a 429; default 5 min.
	MaxCooldown time.Duration
}

// Affinity keeps the requests of a conversation on one target.
type Affinity struct {
	Enabled bool          // default true
	Keep    time.Duration // after the last request; default 1 h
}

// Queue holds requests that wait for a slot.
type Queue struct {
	Size    int           // default 1000
	Timeout time.Duration // default 5 min; 0 for none
}

// Rate bounds what may be asked for in a time. Zero is no bound.
type Rate struct {
	RequestsPerMinute int
	TokensPerMinute   int64 // input and output
	TokensPerDay      int64
	// Soft is the share of a bound, in percent, from which on it is a warning;
	// 0 for none.
	Soft int
	// DegradeTo is the model that answers from there on.
	DegradeTo string
}

// Bounded reports whether there is any bound.
func (r Rate) Bounded() bool {
	return r.RequestsPerMinute > 0 || r.TokensPerMinute > 0 || r.TokensPerDay > 0
}

// Recording says what is remembered of each request, and how long.
type Recording struct {
	Bodies       bool          // keep request and response bodies; default true
	BodyLimit    int           // bytes kept of each body; default 1 MiB
	BodyMaxAge   time.Duration // default 14 days
	BodyMaxBytes int64         // size cap of all bodies on disk; default 2 GiB

	// The state of Responses conversations, which goes by its own rules.
	StateMaxAge   time.Duration // default 30 days
	StateMaxBytes int64         // size cap on disk; default 512 MiB, 0 is none
}

// Database says where records live.
type Database struct {
	Backend string // "sqlite" (default) or "postgres"
	// Path is the SQLite file; empty means yallm.db in the data folder.
	Path string
	// DSN is the PostgreSQL connection string, password included.
	DSN         Secret
	BusyTimeout time.Duration // default 5 s
	PoolSize    int           // PostgreSQL; default 5
}

// AppKeys says who may call the model API.
type AppKeys struct {
	Enabled              bool
	HeaderName           string // default x-api-key
	AllowUnauthenticated bool
	Keys                 []AppKey
	// Unauthenticated is what holds for callers without a key, and
	// UnauthenticatedLimit bounds all of them together.
	Unauthenticated      Turn
	UnauthenticatedLimit Rate
}

// Turn says when a caller's requests are served.
type Turn struct {
	Slots int // requests at once for each model; 0 for any number
	// Priority: of those that wait, lower ones go first. Default 100, and 1000
	// without a key.
	Priority     int
	QueueTimeout time.Duration // 0: the queue's own
}

// AppKey is one caller.
type AppKey struct {
	ID      string
	Name    string
	Secret  Secret
	Enabled bool
	Turn    Turn
	Limit   Rate
}

// App holds what concerns the desktop program rather than the proxy.
type App struct {
	StartProxy   bool   // start the model listener with the core; default true
	StartAtLogin bool   // default false
	OpenWindow   bool   // open the window when started by hand; default true
	Theme        string // "system" (default), "light", "dark"
	LogLevel     string // "info" (default), "debug", "warn", "error"
}

// Model returns the model of that name.
func (c *Config) Model(name string) (Model, bool) {
	for i := range c.Models {
		if c.Models[i].Name == name {
			return c.Models[i], true
		}
	}
	return Model{}, false
}

// Provider returns the provider of that name.
func (c *Config) Provider(name string) (Provider, bool) {
	for i := range c.Providers {
		if c.Providers[i].Name == name {
			return c.Providers[i], true
		}
	}
	return Provider{}, false
}
