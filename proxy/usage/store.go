package usage

import (
	"context"
	"errors"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// ErrNotFound is returned for a record or a body that is not, or no longer,
// stored.
var ErrNotFound = errors.New("not found")

// Filter narrows a question. Empty fields do not narrow.
type Filter struct {
	Since, Until time.Time // [Since, Until)
	Model        string    // requested model, exact
	Backend      string
	Provider     string
	Client       string
	Caller       string
	Outcome      Outcome
	Dialect      llm.Dialect
	StopReason   string
	RequestID    string
	Stream       *bool
	ToolCalls    *bool  // with, or without, at least one tool call
	Search       string // substring of model, backend, client, request id or error message, case-insensitive
	MinTotal     time.Duration
}

// Page asks for a part of a list, newest first: at most Limit records older
// than Before (0: from the newest), or, with After, newer than After.
type Page struct {
	Before, After ID
	Limit         int
}

// Sums of many requests.
type Sums struct {
	Requests  int64     `json:"requests"`
	Errors    int64     `json:"errors"`
	Cancelled int64     `json:"cancelled"`
	ToolCalls int64     `json:"tool_calls" doc:"Requests whose answer asked for at least one tool call"`
	Usage     llm.Usage `json:"usage"`
	// UsageKnown counts the requests whose provider reported usage.
	UsageKnown int64 `json:"usage_known"`
	// AvgFirstOut is over successful streams, AvgTotal over all successful
	// requests, in microseconds.
	AvgFirstOut int64 `json:"avg_first_token_us"`
	AvgTotal    int64 `json:"avg_total_us"`
	// TokensPerSecond is output tokens by generation time (first content to
	// last byte for streams, the whole request otherwise), over successful
	// requests that are known to have generated any.
	TokensPerSecond float64 `json:"tokens_per_second"`
}

// Totals are sums with the percentiles of the times that are averaged in them.
type Totals struct {
	Sums

	P50FirstOut int64 `json:"p50_first_token_us"`
	P95FirstOut int64 `json:"p95_first_token_us"`
	P50Total    int64 `json:"p50_total_us"`
	P95Total    int64 `json:"p95_total_us"`
}

// Group names the field that a breakdown or a series is split by.
type Group string

// The fields to group by.
const (
	ByNone       Group = ""
	ByModel      Group = "model"
	ByBackend    Group = "backend"
	ByProvider   Group = "provider"
	ByClient     Group = "client"
	ByCaller     Group = "caller"
	ByDialect    Group = "dialect"
	ByOutcome    Group = "outcome"
	ByStopReason Group = "stop_reason"
)

// Row is one line of a breakdown.
type Row struct {
	Key    string `json:"key"`
	Totals Totals `json:"totals"`
}

// Series is one line of a chart: a point for each step of the range, zeros
// included, all series of one answer over the same steps.
type Series struct {
	Key    string `json:"key"`
	Points []Sums `json:"points"`
}

// SeriesSet is a chart.
type SeriesSet struct {
	Start  time.Time     `json:"start" doc:"Start of the first step"`
	Step   time.Duration `json:"-"`
	Series []Series      `json:"series"`
}

// Size is what the store takes on disk.
type Size struct {
	Records int64 `json:"records"`
	Bytes   int64 `json:"bytes" doc:"Records and indexes"`
	Bodies  int64 `json:"bodies" doc:"Stored bodies"`
	Body    int64 `json:"body_bytes" doc:"Bodies, compressed"`
}

// Store keeps records. Both databases answer the same questions alike; one
// suite of tests holds them to it.
type Store interface {
	// Append stores entries in one transaction. Entries already stored are
	// left as they are, so that a batch may be sent again after a crash. An
	// entry whose ID another process has taken is given the next free one, in
	// entries too. The error wraps ErrRejected when sending again is of no use.
	Append(ctx context.Context, entries []Entry) error
	// List returns matching records, newest first.
	List(ctx context.Context, f Filter, p Page) ([]Record, error)
	// Get returns one record with its attempts.
	Get(ctx context.Context, id ID) (Record, error)
	// Bodies returns what went over the wire, or ErrNotFound once expired.
	Bodies(ctx context.Context, id ID) (Bodies, error)
	// Totals sums the matching requests.
	Totals(ctx context.Context, f Filter) (Totals, error)
	// Breakdown sums them for each value of by, most requests first.
	Breakdown(ctx context.Context, f Filter, by Group) ([]Row, error)
	// Series sums them for each step and value of by; the most used values
	// come first and the rest, past limit, are summed under the key "other".
	// Steps of whole hours begin at the hour that holds f.Since.
	Series(ctx context.Context, f Filter, by Group, step time.Duration, limit int) (SeriesSet, error)
	// Values lists the values a field has taken, most recent use first.
	Values(ctx context.Context, by Group, limit int) ([]string, error)
	// Prune drops bodies past their age or the size cap, whole days at a time.
	// A limit of zero or less is none.
	Prune(ctx context.Context, now time.Time, maxAge time.Duration, maxBytes int64) error
	// Size measures the store.
	Size(ctx context.Context) (Size, error)
	// Ping reports whether the database answers.
	Ping(ctx context.Context) error
	Close() error
}
