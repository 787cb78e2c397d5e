package controller

import (
	"time"

	"github.com/yallmproxy/yallmproxy/configs"
	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// ProxyState is what the switch shows.
type ProxyState string

// The states of the model listener.
const (
	Stopped  ProxyState = "stopped"
	Starting ProxyState = "starting"
	Running  ProxyState = "running"
	Draining ProxyState = "draining"
)

// State is the one glance: is it on, is it healthy.
type State struct {
	Proxy         ProxyState `json:"proxy" enum:"stopped,starting,running,draining"`
	BaseURL       string     `json:"base_url" doc:"Where clients point; OpenAI's append /v1" example:"http://127.0.0.1:7979"`
	Host          string     `json:"host"`
	Port          int        `json:"port"`
	Version       string     `json:"version" doc:"Version of the program"`
	ConfigVersion string     `json:"config_version"`
	StartedAt     time.Time  `json:"started_at"`
	InFlight      int        `json:"in_flight"`
	Models        int        `json:"models" doc:"Models that can be called"`
	Troubled      int        `json:"troubled" doc:"Targets that are left alone for a while: they failed, asked for a pause or refused the key"`
	Waiting       int        `json:"waiting" doc:"Requests that wait for their turn"`
	FirstRun      bool       `json:"first_run" doc:"No model is configured yet"`
	Notices       []Notice   `json:"notices" doc:"What needs a person, most urgent first"`
}

// Notice is one thing that needs a person. Each Kind appears at most once.
type Notice struct {
	Kind    string `json:"kind" enum:"config,keychain,port,database,routing,limit,tray" doc:"What it is about"`
	Level   string `json:"level" enum:"error,warning"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty" doc:"What to do about it"`
	// Port is a free port that may be used instead, for kind port.
	Port     int              `json:"port,omitempty"`
	Problems []config.Problem `json:"problems,omitempty" doc:"For kind config: each error with file, line and YAML path"`
}

// The types of Event.
const (
	EventState    = "state"
	EventRequest  = "request"
	EventInFlight = "inflight"
	EventConfig   = "config"
	EventRouting  = "routing"
	EventQueue    = "queue"
)

// Event is pushed to every window and browser as it happens.
type Event struct {
	// Type: "state" (State changed), "request" (Record finished),
	// "inflight" (in-flight list, at most twice a second), "config" (models,
	// providers or settings changed), "routing" (how targets are doing) and
	// "queue" (who waits), both at most twice a second.
	Type     string           `json:"type" enum:"state,request,inflight,config,routing,queue"`
	State    *State           `json:"state,omitempty"`
	Record   *usage.Record    `json:"record,omitempty"`
	InFlight []usage.InFlight `json:"in_flight,omitzero"`
	Targets  []health.State   `json:"targets,omitzero" doc:"For type routing: every target that was asked"`
	Waiting  []limit.Waiter   `json:"waiting,omitzero" doc:"For type queue: who waits, in the order of their turns"`
}

// KeyState says where a key is without saying what it is.
type KeyState string

// The places a key can be.
const (
	KeyInKeychain KeyState = "keychain" // keyring:NAME, found
	KeyInEnv      KeyState = "env"      // ${VAR}, found
	KeyInFile     KeyState = "file"     // written in the YAML itself: offer to move it
	KeyMissing    KeyState = "missing"  // a reference that does not resolve
	KeyNone       KeyState = "none"     // none configured
)

// ProviderView is a provider as the UI shows it.
type ProviderView struct {
	Name       string            `json:"name"`
	Catalog    string            `json:"catalog" doc:"Id of its catalogue entry, if any"`
	Label      string            `json:"label" doc:"Name for people"`
	Endpoints  []EndpointView    `json:"endpoints"`
	Key        KeyState          `json:"key" enum:"keychain,env,file,missing,none"`
	KeyRef     string            `json:"key_ref" doc:"keyring:NAME or ${VAR}"`
	KeyProblem string            `json:"key_problem,omitempty"`
	Keys       []ProviderKey     `json:"keys" doc:"All keys in the order they are tried; key, key_ref and key_problem are about the first that can be sent"`
	Headers    map[string]string `json:"headers,omitempty" doc:"Values are masked when they may hold a secret"`
	Models     []string          `json:"models" doc:"Models that use it"`
	Layer      config.Layer      `json:"layer" enum:"default,added"`
}

// ProviderKey is one of a provider's keys, without its value.
type ProviderKey struct {
	Name    string   `json:"name" doc:"What records call it: its name in the keychain, its variable, or its place"`
	State   KeyState `json:"state" enum:"keychain,env,file,missing"`
	Ref     string   `json:"ref" doc:"keyring:NAME or ${VAR}; empty when the file holds the key itself"`
	Problem string   `json:"problem,omitempty" doc:"Why it cannot be sent"`
}

// ProviderKeyInput is one of a provider's keys as it is to be: one that is
// there, a reference, or a new one.
type ProviderKeyInput struct {
	Name string `json:"name,omitempty" doc:"Keep the key that the view calls so"`
	Ref  string `json:"ref,omitempty" doc:"Use this reference (keyring:NAME, ${VAR})"`
	Key  string `json:"key,omitempty" maxLength:"8192" doc:"Store this key, where key_store says" example:"sk-…"`
}

// EndpointView is one base URL and what it speaks.
type EndpointView struct {
	Dialect string `json:"dialect" enum:"openai,azure,responses,anthropic,gemini,ollama,passthrough"`
	Base    string `json:"base"`
}

// ProviderInput creates or replaces a provider. Key is write-only: it goes to
// the keychain (or, without one, where the person agreed it may go).
type ProviderInput struct {
	Catalog   string         `json:"catalog,omitempty" doc:"Id of a catalogue entry" example:"openai"`
	Endpoints []EndpointView `json:"endpoints,omitempty" doc:"Empty: those of the catalogue entry"`
	Key       string         `json:"key,omitempty" maxLength:"8192" doc:"In the place of the first key; further keys stay. Empty: keep the present key" example:"sk-…"`
	KeyRef    string         `json:"key_ref,omitempty" doc:"Use this reference (keyring:NAME, ${VAR}) instead of a key; '-' removes every key"`
	KeyStore  string         `json:"key_store,omitempty" enum:"keychain,env" doc:"Where new keys are kept; env is .env_added, mode 0600. Default keychain"`
	// Keys is a pointer, so that an empty list is not the same as none.
	Keys      *[]ProviderKeyInput `json:"keys,omitempty" maxItems:"100" doc:"All keys in their order, instead of key and key_ref; those that are not in it are taken off the provider. Absent: they stay"`
	Headers   map[string]string   `json:"headers,omitempty" doc:"Sent with every request; a masked value (•••) stays what it was"`
	Variables map[string]string   `json:"variables,omitempty" doc:"Values for {placeholders} in the catalogue's base URLs"`
}

// ModelView is a model as the UI shows it.
type ModelView struct {
	Name           string         `json:"name"`
	Provider       string         `json:"provider"`
	Target         string         `json:"target" doc:"Model name sent upstream"`
	Type           string         `json:"type" doc:"api_type"`
	Endpoints      []EndpointView `json:"endpoints"`
	Extends        string         `json:"extends"`
	Fallbacks      []string       `json:"fallbacks"`
	RequestTimeout float64        `json:"request_timeout_s"`
	Key            KeyState       `json:"key" enum:"keychain,env,file,missing,none"`
	KeyProblem     string         `json:"key_problem,omitempty"`
	Layer          config.Layer   `json:"layer" enum:"default,added"`
	Editable       bool           `json:"editable" doc:"It is in the user's own file"`
	Virtual        bool           `json:"virtual" doc:"A name with fallbacks only"`
	Group          bool           `json:"group" doc:"A name that several models share the requests for"`
	Members        []Member       `json:"members,omitempty" doc:"Of a group, or of a model with several targets"`
	Aliases        []string       `json:"aliases,omitempty" doc:"Other names for it"`
	Problem        string         `json:"problem,omitempty" doc:"Why it cannot be called: a mistake, or a template that others extend"`
	// YAML is the entry as it stands in the file, secrets masked.
	YAML string `json:"yaml"`
}

// Member is one of several places that a name is served from.
type Member struct {
	Name     string `json:"name" doc:"Model, group, or target of the model (NAME#1)"`
	Provider string `json:"provider" doc:"Of a target; empty when it has an address of its own"`
	Target   string `json:"target" doc:"Of a target: model name sent upstream"`
	Weight   int    `json:"weight"`
	Priority int    `json:"priority"`
}

// ModelInput creates or changes a model. What is nil stays as it is.
type ModelInput struct {
	Name           string    `json:"name" minLength:"1" maxLength:"200" doc:"Name that clients ask for" example:"gpt-5"`
	Provider       *string   `json:"provider,omitempty" doc:"Name of a provider; empty takes it away, like in all that follow" example:"openai"`
	Target         *string   `json:"target,omitempty" doc:"Model name sent upstream; empty: the same name"`
	APIBase        *string   `json:"api_base,omitempty" doc:"Base URL of its own instead of the provider's"`
	Type           *string   `json:"type,omitempty" doc:"api_type: auto, openai, azure, responses, anthropic, gemini, ollama or passthrough"`
	Extends        *string   `json:"extends,omitempty" doc:"Model whose settings it starts from"`
	Fallbacks      *[]string `json:"fallbacks,omitempty" doc:"Tried in order when it fails"`
	RequestTimeout *float64  `json:"request_timeout_s,omitempty" minimum:"0" doc:"Seconds to the first byte; 0: the default"`
	YAML           *string   `json:"yaml,omitempty" doc:"The whole entry; it wins over all fields but fallbacks, and its model_name over name"`
}

// Step is one stage of a connection test.
type Step struct {
	Name    string `json:"name" enum:"dns,tcp,tls,key,models,chat"`
	OK      bool   `json:"ok"`
	Skipped bool   `json:"skipped,omitempty" doc:"It did not apply, or an earlier step failed"`
	Detail  string `json:"detail,omitempty" doc:"What was found, or what failed and what to do"`
	Micros  int64  `json:"duration_us"`
}

// TestResult is what a connection test found.
type TestResult struct {
	OK     bool     `json:"ok"`
	Steps  []Step   `json:"steps"`
	Models []string `json:"models,omitempty" doc:"The provider's own list"`
}

// SettingView is one setting with its origin.
type SettingView struct {
	Key     string   `json:"key" doc:"YAML path, e.g. proxy_settings.server.port"`
	Group   string   `json:"group" enum:"server,routing,recording,database,app"`
	Type    string   `json:"type" enum:"string,integer,number,boolean,enum,list,duration,bytes"`
	Options []string `json:"options,omitempty" doc:"For type enum"`
	Value   any      `json:"value"`
	Default any      `json:"default"`
	Source  string   `json:"source" enum:"default,added,environment" doc:"Where the value comes from"`
	Doc     string   `json:"doc" doc:"What it does, in a sentence or two"`
	Restart bool     `json:"restart" doc:"Takes effect when the proxy listener or the program restarts"`
}

// ConfigView is the user's file as it is on disk.
type ConfigView struct {
	Path     string           `json:"path"`
	YAML     string           `json:"yaml" doc:"Keys written into the file are masked"`
	ETag     string           `json:"etag"`
	Problems []config.Problem `json:"problems" doc:"Empty when the file is good"`
	Warnings []config.Problem `json:"warnings"`
}

// Check is one line of the doctor.
type Check struct {
	Name   string `json:"name" enum:"core,tray,keychain,webkit,port,targets,database,disk,config"`
	Status string `json:"status" enum:"ok,warning,failed"`
	Detail string `json:"detail" doc:"What works or what is missing"`
	Fix    string `json:"fix,omitempty" doc:"How to get it"`
}

// Place is a thing on disk that a person may want to open.
type Place struct {
	Name string `json:"name" enum:"config,data,logs"`
	Path string `json:"path"`
}

// CatalogEntry is a provider that comes with the program.
type CatalogEntry configs.Provider

// ProviderTrial is a provider to be tested before it is saved.
type ProviderTrial struct {
	ProviderInput
	Name string `json:"name,omitempty" doc:"A saved provider whose key is used when none is given"`
}

// ProviderModel is one line of a provider's own model list.
type ProviderModel struct {
	ID    string `json:"id" doc:"The provider's name of the model"`
	Added bool   `json:"added" doc:"A model of ours refers to it already"`
}

// NewModel is a model of a provider's own list that is to be added.
type NewModel struct {
	ID   string `json:"id" minLength:"1" maxLength:"200" doc:"The provider's name of the model" example:"gpt-5"`
	Name string `json:"name,omitempty" maxLength:"200" doc:"Name for clients; empty: the same"`
}

// KeysView lists the keys in the keychain by name. Values never leave it.
type KeysView struct {
	Available bool      `json:"available" doc:"There is a keychain"`
	Problem   string    `json:"problem" doc:"Why there is none, and what to do; empty when there is one"`
	Keys      []KeyView `json:"keys"`
}

// KeyView is one key by its name.
type KeyView struct {
	Name    string   `json:"name"`
	UsedBy  []string `json:"used_by" doc:"Providers and models that refer to it"`
	Present bool     `json:"present" doc:"False: something refers to it but the keychain has no such key"`
}
