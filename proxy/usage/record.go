// Package usage remembers what passed through the proxy: one Record for each
// request, the questions that can be asked of many of them, and the Recorder
// that writes them down without ever making a request wait.
package usage

import (
	"net/http"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Outcome is how a request ended for the client.
type Outcome string

// The outcomes.
const (
	Success   Outcome = "success"
	Failed    Outcome = "error"
	Cancelled Outcome = "cancelled"
)

// ID identifies a record and orders it in time: the microsecond of arrival
// since 1970, made unique within the process. It stays below 2^53, so that a
// browser can hold it in a number.
type ID int64

// Record is the metadata of one request. It is narrow on purpose: it is kept
// for ever, the bodies beside it are not.
type Record struct {
	ID        ID          `json:"id"`
	RequestID string      `json:"request_id" doc:"X-Request-ID as returned to the client"`
	Time      time.Time   `json:"time" doc:"Arrival"`
	Dialect   llm.Dialect `json:"dialect" doc:"Protocol of the client"`
	Path      string      `json:"path" doc:"Path of the call, without its query"`
	Client    string      `json:"client" doc:"Program that called, from its User-Agent"`
	Caller    string      `json:"caller" doc:"App key id; empty for a local caller without one"`
	Model     string      `json:"model" doc:"Model as requested"`
	Backend   string      `json:"backend" doc:"Model entry that answered; empty when none did"`
	Provider  string      `json:"provider" doc:"Provider of that entry"`
	// TargetDialect and TargetModel are what was spoken and named upstream.
	TargetDialect llm.Dialect `json:"target_dialect"`
	TargetModel   string      `json:"target_model"`
	Key           string      `json:"key" doc:"Name of the key that was sent upstream"`
	Stream        bool        `json:"stream"`

	Outcome      Outcome  `json:"outcome" enum:"success,error,cancelled"`
	Status       int      `json:"status" doc:"HTTP status sent to the client"`
	ErrorKind    llm.Kind `json:"error_kind,omitempty"`
	ErrorMessage string   `json:"error_message,omitempty"`
	StopReason   string   `json:"stop_reason" doc:"Stop reason in the provider's own word"`
	ToolCalls    int      `json:"tool_calls" doc:"Tool calls the model asked for"`

	// Usage is all zero when the provider said nothing.
	Usage  llm.Usage `json:"usage"`
	Timing Timing    `json:"timing"`

	RequestBytes  int64     `json:"request_bytes"`
	ResponseBytes int64     `json:"response_bytes"`
	Attempts      []Attempt `json:"attempts" doc:"Every try at a backend, in order"`
	ConfigVersion string    `json:"config_version"`
	// HasBodies says that a Bodies was stored; it may have expired since.
	HasBodies bool `json:"has_bodies"`
}

// Timing is measured from arrival, in microseconds. Zero means it did not
// come to that.
type Timing struct {
	Queue     int64 `json:"queue_us" doc:"Waited for a slot"`
	Connect   int64 `json:"connect_us" doc:"Connection to the answering backend was ready"`
	FirstByte int64 `json:"first_byte_us" doc:"First byte of its answer"`
	FirstOut  int64 `json:"first_token_us" doc:"First content reached the client"`
	Total     int64 `json:"total_us" doc:"Last byte reached the client"`
}

// Attempt is one try at one backend.
type Attempt struct {
	Backend  string      `json:"backend"`
	Provider string      `json:"provider"`
	Dialect  llm.Dialect `json:"dialect"`
	Start    int64       `json:"start_us" doc:"Microseconds after arrival"`
	Duration int64       `json:"duration_us" doc:"Until its outcome was known"`
	Reused   bool        `json:"reused" doc:"The connection was open already"`
	Status   int         `json:"status" doc:"Upstream status; 0 when it never answered"`
	Kind     llm.Kind    `json:"kind,omitempty" doc:"What went wrong; empty for the attempt that served"`
	Message  string      `json:"message,omitempty"`
	Key      string      `json:"key,omitempty" doc:"Name of the key that was sent"`
	Why      Why         `json:"why,omitempty" enum:"affinity,retry,next_key,member,fallback,context_fallback,policy_fallback,degraded,last_resort,reworded" doc:"Why this target was next; empty for the first choice"`
	Wait     int64       `json:"wait_us,omitempty" doc:"Waited before it, for a pause or a slot"`
	Skipped  string      `json:"skipped,omitempty" doc:"Why it was passed over; empty when it was asked"`
	// Dropped is one text, so that attempts can be compared.
	Dropped string `json:"dropped,omitempty" doc:"Request fields that the backend's dialect cannot say and that were left out"`
}

// Why says what made a target the next to be asked.
type Why string

// The reasons for an attempt. The first choice needs none.
const (
	// WhyAffinity: the conversation was there before.
	WhyAffinity Why = "affinity"
	// WhyRetry: the same backend again, after a pause.
	WhyRetry Why = "retry"
	// WhyNextKey: the provider refused or limited the key before.
	WhyNextKey Why = "next_key"
	// WhyMember: another member of the group.
	WhyMember Why = "member"
	// WhyFallback: the configured fallback of what failed.
	WhyFallback Why = "fallback"
	// WhyContext and WhyPolicy: likewise, for what was refused.
	WhyContext Why = "context_fallback"
	WhyPolicy  Why = "policy_fallback"
	// WhyDegraded: a soft limit has been reached.
	WhyDegraded Why = "degraded"
	// WhyLastResort: it was to be left alone, but nobody else answered.
	WhyLastResort Why = "last_resort"
	// WhyReworded: the request again, without what the provider refused in it.
	WhyReworded Why = "reworded"
)

// Bodies is what went over the wire, kept apart from its Record, compressed,
// and for a limited time. Credentials in headers are masked before they get
// here.
type Bodies struct {
	RequestHeader  http.Header
	RequestBody    []byte
	ResponseHeader http.Header
	ResponseBody   []byte
	// RequestCut and ResponseCut say that a body was longer than the limit.
	RequestCut, ResponseCut bool
}

// Entry is what is stored for one request.
type Entry struct {
	Record Record
	Bodies *Bodies // nil when bodies are not kept
}

// InFlight is a request that has not ended.
type InFlight struct {
	ID           ID        `json:"id"`
	Time         time.Time `json:"time"`
	Client       string    `json:"client"`
	Model        string    `json:"model"`
	Backend      string    `json:"backend" doc:"Backend of the current attempt"`
	Stream       bool      `json:"stream"`
	Bytes        int64     `json:"bytes" doc:"Response bytes sent so far"`
	OutputTokens int64     `json:"output_tokens" doc:"Output tokens so far, estimated from stream events"`
}
