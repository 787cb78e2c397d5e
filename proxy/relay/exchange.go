package relay

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/tidwall/gjson"

	"github.com/yallmproxy/yallmproxy/proxy/body"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// exchange is one request while it is served. It belongs to one goroutine.
type exchange struct {
	relay *Relay
	log   *slog.Logger
	req   *http.Request
	call  Call
	codec protocol.Codec
	body  *body.Body // nil when the request is no JSON object
	trace *usage.Trace
	head  head

	stream bool // the client asked for a stream
	// hideUsage: the usage event was asked for by the proxy, not the client.
	hideUsage bool
	seen      llm.Observation
	// failed is the last failure that another attempt might have mended, and
	// refusal the last answer among those failures.
	failed  *llm.Error
	refusal *refusal
}

// begin starts the record of a call. b may be nil.
func (r *Relay) begin(w http.ResponseWriter, req *http.Request, call Call, b *body.Body) *exchange {
	x := &exchange{relay: r, log: r.log, req: req, call: call, codec: protocol.For(call.Dialect), body: b}
	record := usage.Record{
		RequestID: call.RequestID, Dialect: call.Dialect, Path: req.URL.Path,
		Client: call.Client, Caller: call.Caller, ConfigVersion: call.Snapshot.cfg.Version,
		Outcome: usage.Success,
	}
	if b != nil {
		record.Model = modelName(b)
		x.stream = truthy(b.Get("stream")) && call.Operation != llm.Embeddings
		record.Stream = x.stream
	}
	cfg := call.Snapshot.cfg
	x.trace = r.tracker.Begin(call.Arrived, record, req.Header, call.Body, usage.Keep{
		Bodies: cfg.Recording.Bodies, Limit: cfg.Recording.BodyLimit,
		Secrets: call.Snapshot.secrets, CallerHeader: callerHeader(call.Snapshot),
	})
	x.head = newHead(w, x.trace)
	return x
}

// finish ends the record with what was seen of the answer.
func (x *exchange) finish() {
	x.head.close()
	r := &x.trace.Record
	r.Usage, r.StopReason, r.ToolCalls = x.seen.Usage, x.seen.StopReason, x.seen.ToolCalls
	r.Timing.FirstOut = x.head.firstOut
	r.Status = x.head.status
	if r.Outcome == usage.Cancelled {
		r.Status = upstream.StatusClientClosed
	}
	x.trace.Finish(x.head.w.Header())
}

// fail ends the exchange with an error, which reaches the client unless part
// of an answer already has.
func (x *exchange) fail(e *llm.Error) {
	x.trace.Record.Fail(e)
	if e.Err != nil && e.Kind != llm.KindCancelled {
		x.log.Warn("request failed", "request", x.call.RequestID, "model", x.trace.Record.Model, "kind", e.Kind, "cause", e.Err)
	}
	if x.head.committed() || e.Kind == llm.KindCancelled {
		return
	}
	x.head.drop()
	h := x.head.w.Header()
	h.Set("Content-Type", "application/json")
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(e.RetryAfter.Round(time.Second).Seconds())))
	}
	x.head.whole(e.Status, x.codec.EncodeError(e, x.call.RequestID), 0)
}

// final decides what becomes of a failure that no other attempt can mend: a
// provider's own refusal is the client's answer as it stands.
func (x *exchange) final(e *llm.Error) error {
	if x.refusal != nil && x.refusal.err == e {
		x.pass(x.refusal)
		return nil
	}
	return e
}

// exhausted answers when every target has failed: with the last answer a
// provider gave, or else with the last failure.
func (x *exchange) exhausted() error {
	if x.refusal != nil {
		x.pass(x.refusal)
		return nil
	}
	return x.failed
}

// answering notes which backend speaks now, and when it began to.
func (x *exchange) answering(t router.Target, res *upstream.Response) {
	r := &x.trace.Record
	r.Backend, r.Provider = t.Model.Name, t.Model.Provider
	r.TargetDialect, r.TargetModel = t.Endpoint.Dialect, targetName(t)
	if !res.Connected.IsZero() {
		r.Timing.Connect = x.trace.Since(res.Connected)
	}
	if !res.FirstByte.IsZero() {
		r.Timing.FirstByte = x.trace.Since(res.FirstByte)
	}
	x.seen = llm.Observation{}
	x.head.from(source{name: t.Model.Name, status: res.Status, header: res.Header})
}

// drain reads what little is left of an answer, so that its connection can be
// used again, and closes it.
func (x *exchange) drain(res *upstream.Response) {
	const little = 4 << 10
	_, _ = io.CopyN(io.Discard, res.Body, little) // the answer's fate is decided already
	_ = res.Body.Close()
}

// missingKey notes that a target cannot even be asked.
func (x *exchange) missingKey(t router.Target, problem string) {
	e := &llm.Error{
		Kind: llm.KindAuth, Status: http.StatusUnauthorized, Code: "provider_key_missing", Source: llm.FromProxy,
		Message: "The proxy has no key for model " + t.Model.Name + ": " + problem,
	}
	note := x.trace.Attempt(usage.Attempt{Backend: t.Model.Name, Provider: t.Model.Provider, Dialect: t.Endpoint.Dialect})
	note.Kind, note.Message = e.Kind, e.Message
	x.failed = e
}

const (
	firstPause = 250 * time.Millisecond
	lastPause  = 2 * time.Second
	// patience is the longest wait a provider may ask for while the same
	// request could be answered elsewhere.
	patience = 5 * time.Second
)

// pause waits before attempt n at the same target, and reports whether that
// attempt should be made.
func (x *exchange) pause(ctx context.Context, n int, elsewhere bool) bool {
	wait := min(firstPause<<(n-1), lastPause)
	wait += time.Duration(rand.Int64N(int64(wait) / 2)) //nolint:gosec // jitter is no secret
	if asked := x.failed.RetryAfter; asked > wait {
		if asked > patience && elsewhere {
			return false
		}
		wait = min(asked, 2*patience)
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(wait):
		return true
	}
}

func modelName(b *body.Body) string {
	if m := b.Get("model"); m.Type == gjson.String {
		return m.Str
	}
	return ""
}

// truthy reads a flag the way the clients' own languages would.
func truthy(v gjson.Result) bool {
	switch v.Type {
	case gjson.True:
		return true
	case gjson.Number:
		return v.Num != 0
	case gjson.String:
		return v.Str != ""
	}
	return false
}

func callerHeader(s *Snapshot) string {
	return http.CanonicalHeaderKey(s.cfg.AppKeys.HeaderName)
}
