package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// dimension is the part of a record that requests are filtered and grouped
// by. It is comparable, so it is its own key in a map.
type dimension struct {
	Model      string
	Backend    string
	Provider   string
	Client     string
	Caller     string
	Dialect    string
	Outcome    usage.Outcome
	StopReason string
	ErrorKind  string
	Stream     bool
	Tools      bool
}

// route is repeated text of a record that nothing is grouped by.
type route struct {
	Path          string
	TargetDialect string
	TargetModel   string
	ConfigVersion string
	KeyName       string
}

// row is a record as it is stored, its repeated text replaced by numbers.
type row struct {
	bun.BaseModel `bun:"table:records,alias:r"`

	ID           int64 `bun:"id,pk"`
	RequestID    string
	Dimension    int64
	Route        int64
	Status       int
	ErrorMessage string
	ToolCalls    int
	Input        int64
	CacheRead    int64
	CacheWrite   int64
	CacheWrite1h int64 `bun:"cache_write_1h"`
	Output       int64
	Reasoning    int64
	Queue        int64 `bun:"queue_us"`
	Connect      int64 `bun:"connect_us"`
	FirstByte    int64 `bun:"first_byte_us"`
	FirstOut     int64 `bun:"first_token_us"`
	Total        int64 `bun:"total_us"`

	RequestBytes    int64
	ResponseBytes   int64
	AttemptStart    int64 `bun:"attempt_start_us"`
	AttemptDuration int64 `bun:"attempt_us"`
	AttemptReused   bool
	Attempts        string
	Parcel          int64 // that holds the bodies; 0: none
	ParcelPart      int   // their place in it
}

// rowColumns are the columns of a row in the order of its values.
const rowColumns = "id, request_id, dimension, route, status, error_message, tool_calls, " +
	"input, cache_read, cache_write, cache_write_1h, output, reasoning, " +
	"queue_us, connect_us, first_byte_us, first_token_us, total_us, request_bytes, response_bytes, " +
	"attempt_start_us, attempt_us, attempt_reused, attempts, parcel, parcel_part"

// rowWidth is how many these are.
const rowWidth = 26

func (r *row) appendValues(v []any) []any {
	return append(v, r.ID, r.RequestID, r.Dimension, r.Route, r.Status, r.ErrorMessage, r.ToolCalls,
		r.Input, r.CacheRead, r.CacheWrite, r.CacheWrite1h, r.Output, r.Reasoning,
		r.Queue, r.Connect, r.FirstByte, r.FirstOut, r.Total, r.RequestBytes, r.ResponseBytes,
		r.AttemptStart, r.AttemptDuration, r.AttemptReused, r.Attempts, r.Parcel, r.ParcelPart)
}

func (r *row) usage() llm.Usage {
	return llm.Usage{
		Input: r.Input, CacheRead: r.CacheRead, CacheWrite: r.CacheWrite, CacheWrite1h: r.CacheWrite1h,
		Output: r.Output, Reasoning: r.Reasoning,
	}
}

// maxMessage bounds error texts: a record is kept for ever, and some
// providers answer an error with a web page.
const maxMessage = 4 << 10

// clean makes text that both databases take and give back alike: PostgreSQL
// refuses NUL and broken UTF-8.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	return s
}

func cleanMessage(s string) string {
	if len(s) > maxMessage {
		s = strings.ToValidUTF8(s[:maxMessage], "") + "…"
	}
	return clean(s)
}

// split takes a record apart for storage.
func split(e *usage.Entry) (row, dimension, route, error) {
	rec := &e.Record
	d := dimension{
		Model: clean(rec.Model), Backend: clean(rec.Backend), Provider: clean(rec.Provider),
		Client: clean(rec.Client), Caller: clean(rec.Caller), Dialect: clean(string(rec.Dialect)),
		Outcome: usage.Outcome(clean(string(rec.Outcome))), StopReason: clean(rec.StopReason),
		ErrorKind: clean(string(rec.ErrorKind)), Stream: rec.Stream, Tools: rec.ToolCalls > 0,
	}
	to := route{
		Path: clean(rec.Path), TargetDialect: clean(string(rec.TargetDialect)),
		TargetModel: clean(rec.TargetModel), ConfigVersion: clean(rec.ConfigVersion), KeyName: clean(rec.Key),
	}
	r := row{
		ID: int64(rec.ID), RequestID: clean(rec.RequestID), Status: rec.Status,
		ErrorMessage: cleanMessage(rec.ErrorMessage), ToolCalls: rec.ToolCalls,
		Input: rec.Usage.Input, CacheRead: rec.Usage.CacheRead, CacheWrite: rec.Usage.CacheWrite,
		CacheWrite1h: rec.Usage.CacheWrite1h, Output: rec.Usage.Output, Reasoning: rec.Usage.Reasoning,
		Queue: rec.Timing.Queue, Connect: rec.Timing.Connect, FirstByte: rec.Timing.FirstByte,
		FirstOut: rec.Timing.FirstOut, Total: rec.Timing.Total,
		RequestBytes: rec.RequestBytes, ResponseBytes: rec.ResponseBytes,
	}
	err := r.setAttempts(rec)
	return r, d, to, err
}

// noAttempts marks a record that reached no backend. A text that is no JSON
// stands for the usual single clean attempt: it is the attempt's Why, which
// for the first choice is empty.
const noAttempts = "[]"

// setAttempts keeps the usual case, one attempt that served, in three numbers
// and a word; everything else about it the record says already.
func (r *row) setAttempts(rec *usage.Record) error {
	if len(rec.Attempts) == 0 {
		r.Attempts = noAttempts
		return nil
	}
	first := rec.Attempts[0]
	r.AttemptStart, r.AttemptDuration, r.AttemptReused, r.Attempts = first.Start, first.Duration, first.Reused, string(first.Why)
	if len(rec.Attempts) == 1 && first == r.only(rec) {
		return nil
	}
	r.AttemptStart, r.AttemptDuration, r.AttemptReused = 0, 0, false
	attempts := make([]usage.Attempt, len(rec.Attempts))
	for i, a := range rec.Attempts {
		a.Message = cleanMessage(a.Message)
		attempts[i] = a
	}
	text, err := json.Marshal(attempts)
	if err != nil {
		return fmt.Errorf("encode attempts of %s: %w", rec.RequestID, err)
	}
	// A NUL can only be here as the six characters \u0000.
	r.Attempts = string(text)
	return nil
}

// only is the single attempt that a record and its row imply.
func (r *row) only(rec *usage.Record) usage.Attempt {
	return usage.Attempt{
		Backend: rec.Backend, Provider: rec.Provider, Dialect: rec.TargetDialect, Key: rec.Key, Why: usage.Why(r.Attempts),
		Start: r.AttemptStart, Duration: r.AttemptDuration, Reused: r.AttemptReused, Status: rec.Status,
	}
}

// stored is a row with its text again.
type stored struct {
	row       `bun:",extend"`
	dimension `bun:",embed"`
	route     `bun:",embed"`
}

// join puts a record together again.
func (s *stored) join() (usage.Record, error) {
	d, to := &s.dimension, &s.route
	rec := usage.Record{
		ID: usage.ID(s.ID), RequestID: s.RequestID, Time: timeOf(s.ID),
		Dialect: llm.Dialect(d.Dialect), Path: to.Path, Client: d.Client, Caller: d.Caller,
		Model: d.Model, Backend: d.Backend, Provider: d.Provider,
		TargetDialect: llm.Dialect(to.TargetDialect), TargetModel: to.TargetModel, Key: to.KeyName, Stream: d.Stream,
		Outcome: d.Outcome, Status: s.Status, ErrorKind: llm.Kind(d.ErrorKind), ErrorMessage: s.ErrorMessage,
		StopReason: d.StopReason, ToolCalls: s.ToolCalls, Usage: s.usage(),
		Timing: usage.Timing{
			Queue: s.Queue, Connect: s.Connect, FirstByte: s.FirstByte, FirstOut: s.FirstOut, Total: s.Total,
		},
		RequestBytes: s.RequestBytes, ResponseBytes: s.ResponseBytes,
		ConfigVersion: to.ConfigVersion, HasBodies: s.Parcel != 0,
	}
	switch {
	case s.Attempts == noAttempts:
		rec.Attempts = []usage.Attempt{}
	case !strings.HasPrefix(s.Attempts, "["):
		rec.Attempts = []usage.Attempt{s.only(&rec)}
	default:
		if err := json.Unmarshal([]byte(s.Attempts), &rec.Attempts); err != nil {
			return rec, fmt.Errorf("attempts of record %d: %w", s.ID, err)
		}
	}
	return rec, nil
}

// Spans of time in the unit of an id, microseconds.
const (
	hour = int64(time.Hour / time.Microsecond)
	day  = 24 * hour
)

func timeOf(id int64) time.Time { return time.UnixMicro(id).UTC() }
