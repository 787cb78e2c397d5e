package relay

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"strconv"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// exchange is one request while it is served. It belongs to one goroutine. What
// a stage of its life keeps stands beside the functions of that stage.
type exchange struct {
	relay *Relay
	log   *slog.Logger
	req   *http.Request
	call  Call
	codec protocol.Codec // of the client's dialect
	payload
	stream bool // the client asked for a stream
	trace  *usage.Trace
	head   head
	// broken: the client has part of an answer that nothing in it shows to be
	// incomplete.
	broken bool

	admission // what it counts against, and has taken
	thread    // what it belongs to
	search    // who was asked, and what came of it
	wording   // how the one who is asked now is asked
	hearing   // what that one has said
}

// begin starts the record of a call.
func (r *Relay) begin(w http.ResponseWriter, req *http.Request, call Call, p payload) *exchange {
	cfg := call.Snapshot.cfg
	x := &exchange{relay: r, log: r.log, req: req, call: call, codec: protocol.For(call.Dialect), payload: p}
	record := usage.Record{
		RequestID: call.RequestID, Dialect: call.Dialect, Path: req.URL.Path,
		Client: call.Client, Caller: call.Caller, ConfigVersion: cfg.Version,
	}
	record.Model, x.stream = asks(call, p)
	record.Model = call.Snapshot.router.Called(record.Model, call.Dialect)
	record.Stream = x.stream
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
	if r.Outcome == "" {
		// Nobody came to an end: a panic is passing through.
		r.Fail(llm.AsError(nil))
		x.broken = true
	}
	if x.now.Model != nil {
		r.Backend, r.Provider, r.Key = x.now.Backend(), x.now.Model.Provider, x.nowKey
		r.TargetDialect, r.TargetModel = x.now.Endpoint.Dialect, x.now.Upstream
	}
	x.spent()
	x.fell()
	r.Usage, r.StopReason, r.ToolCalls = x.seen.Usage, x.seen.StopReason, x.seen.ToolCalls
	r.Timing.FirstOut = x.head.firstOut
	r.Status = x.head.status
	if r.Outcome == usage.Cancelled {
		r.Status = upstream.StatusClientClosed
	}
	if r.Outcome == usage.Success && x.now.Model != nil {
		x.relay.counts.keep(x.now.Upstream, x.call, r.Usage.Prompt())
	}
	x.trace.Finish(x.head.w.Header())
	if x.broken && x.head.status != 0 {
		panic(http.ErrAbortHandler) //nolint:forbidigo // net/http's own way to break a connection off
	}
}

// fail ends the exchange with an error, which reaches the client unless part
// of an answer already has. A client that seems to be gone gets it too: it may
// only have closed its sending side.
func (x *exchange) fail(e *llm.Error) { x.failAs(e, nil) }

// failAs is fail for an error that a provider's answer with the header from
// stands behind.
func (x *exchange) failAs(e *llm.Error, from http.Header) {
	x.trace.Record.Fail(e)
	if e.Err != nil && e.Kind != llm.KindCancelled {
		x.log.Warn("request failed", "request", x.call.RequestID, "model", x.trace.Record.Model, "kind", e.Kind, "cause", e.Err)
	}
	if !x.head.abandon() {
		return
	}
	h := http.Header{"Content-Type": {"application/json"}}
	copyRetry(h, from)
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	if e.Kind == llm.KindLoop {
		h.Set("X-Should-Retry", "false") // to an SDK a 508 is a failure of the moment
	}
	shown := *e
	shown.Message = x.call.Snapshot.private.RedactString(e.Message)
	text := x.codec.EncodeError(&shown, x.call.RequestID)
	_ = x.head.refuse(e.Status, h, text, text, x.codec.EncodeErrorEvent(&shown)) // there is nobody else to tell
}

// exhausted answers when every target has failed: with the last answer a
// provider gave, or else with the last failure.
func (x *exchange) exhausted() error {
	if x.refusal != nil {
		x.pass(x.refusal)
		return nil
	}
	x.now, x.seen = router.Target{}, llm.Observation{}
	return x.failed
}

// answering notes which backend speaks now, and when it began to.
func (x *exchange) answering(t router.Target, res *upstream.Response) {
	timing := &x.trace.Record.Timing
	if !res.Connected.IsZero() {
		timing.Connect = x.trace.Since(res.Connected)
	}
	if !res.FirstByte.IsZero() {
		timing.FirstByte = x.trace.Since(res.FirstByte)
	}
	x.now, x.nowKey, x.seen = t, x.turn.request.Key.Name, llm.Observation{}
	x.head.from(source{name: t.Backend(), status: res.Status, header: res.Header})
}

// unsayable notes that a request cannot be said in a target's dialect without
// losing what matters. Another target may understand it.
func (x *exchange) unsayable(t router.Target, err error) error {
	e := llm.AsError(err)
	if !x.translating || e.Kind != llm.KindInvalid {
		return e
	}
	note := x.trace.Attempt(usage.Attempt{Backend: t.Backend(), Provider: t.Model.Provider, Dialect: t.Endpoint.Dialect})
	note.Kind, note.Message = e.Kind, e.Message
	if x.failed == nil {
		x.failed = e
	}
	return nil
}

// askDifferently reports whether a provider turned the request down for
// something that the proxy can leave out: the question for usage that it added
// itself, or reasoning of another provider.
func (x *exchange) askDifferently(b *upstream.Backend, err error) bool {
	switch {
	case err == nil || x.refusal == nil || x.head.committed(), x.refusal.err != llm.AsError(err):
		return false // or it is another target's
	case x.hideUsage && x.refusal.names("stream_options", "include_usage"):
		b.SetNoStreamOptions()
	case x.limitRefused():
		x.relimited = true
		b.SetOtherLimit(!x.otherLimit)
	case x.refusal.err.Kind == llm.KindSignature && !x.unthinking && x.call.Operation.Generates():
		x.unthinking = true
	case x.state != nil && forgot(x.refusal.err):
		if !x.state.Forgotten(stateTarget(x.now)) {
			return false
		}
	default:
		return false
	}
	x.refusal = nil
	return true
}

// gone reports a client that left before it had everything.
func gone(err error) error {
	if err == nil {
		return nil
	}
	return clientGone(err)
}

// cancelled is the client's departure while nothing was going on.
func cancelled(ctx context.Context) error { return clientGone(context.Cause(ctx)) }
