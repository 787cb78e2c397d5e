// Package relay is the spine of the proxy. It takes a request through its
// whole life, in order: read what is asked, find who may answer, try them one
// after the other, and pass the first good answer on as it comes. Reading this
// file is reading the product.
package relay

import (
	"context"
	"hash/maphash"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/replay"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/tokens"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// Options are what a Relay works with.
type Options struct {
	Tracker *usage.Tracker
	Log     *slog.Logger
	// Limits cap the waits for providers that the configuration allows; nil for
	// no cap.
	Limits *upstream.Limits
	// SystemProxy finds the proxy that the system's settings name for a URL; nil
	// for none. The environment and a provider's own setting come before it.
	SystemProxy func(*url.URL) (*url.URL, error)
}

// Relay serves requests by the Snapshot of the moment.
type Relay struct {
	tracker *usage.Tracker
	log     *slog.Logger
	// pool outlives every Snapshot, so that a reload costs nobody a connection.
	pool     *upstream.Pool
	created  time.Time
	snapshot atomic.Pointer[Snapshot]
	buffers  buffers
	counts   counts
	thoughts *replay.Memory
	// seed is that of the names the proxy gives conversations.
	seed maphash.Seed
}

// New returns a Relay that has no configuration yet: call Swap before Serve.
func New(o Options) *Relay {
	limits := upstream.Limits{}
	if o.Limits != nil {
		limits = *o.Limits
	}
	return &Relay{
		tracker: o.Tracker, log: o.Log, pool: upstream.NewPool(limits, upstream.WithSystem(o.SystemProxy)), created: time.Now(),
		counts:   counts{learned: &tokens.Calibration{}, samples: map[string]sample{}},
		thoughts: replay.New(recallBytes, recallAge),
		seed:     maphash.MakeSeed(),
	}
}

// Snapshot returns the configuration new requests are served by.
func (r *Relay) Snapshot() *Snapshot { return r.snapshot.Load() }

// Swap makes s the configuration of every request that arrives from now on.
// Requests under way end by the one they began with.
func (r *Relay) Swap(s *Snapshot) {
	r.snapshot.Store(s)
	r.pool.Retain(maps.Values(s.backends))
}

// Serve answers a call, whatever happens on the way, and writes it down. An
// answer that cannot be completed ends with http.ErrAbortHandler, so that the
// client does not take it for a whole one.
func (r *Relay) Serve(w http.ResponseWriter, req *http.Request, call Call) {
	asked, err := read(req.Header, call)
	x := r.begin(w, req, call, asked)
	defer x.finish()
	if err == nil {
		err = x.serve(req.Context())
	}
	if err != nil {
		x.fail(llm.AsError(err))
	}
}

// Refuse answers a call that may not go further, and writes it down.
func (r *Relay) Refuse(w http.ResponseWriter, req *http.Request, call Call, reason *llm.Error) {
	asked, _ := read(req.Header, call) // a refused call need not be well formed
	x := r.begin(w, req, call, asked)
	defer x.finish()
	x.fail(reason)
}

// serve finds who may answer and asks them in turn, until one answer has begun
// to reach the client.
func (x *exchange) serve(ctx context.Context) error {
	if x.call.Operation == llm.CountTokens {
		return x.count(ctx)
	}
	targets, err := x.route()
	if err != nil {
		return err
	}
	if err := x.remember(ctx); err != nil {
		return err
	}
	if x.loaded(targets[0]) {
		return nil
	}
	x.keepAlive()
	for i, target := range targets {
		if err := x.try(ctx, target, i+1 < len(targets)); err != nil || x.head.committed() {
			return err
		}
	}
	return x.exhausted()
}

// route checks the request and looks its model up.
func (x *exchange) route() ([]router.Target, error) {
	if err := x.wellFormed(); err != nil {
		return nil, err
	}
	targets, err := x.call.Snapshot.router.Route(router.Ask{
		Model: x.trace.Record.Model, Dialect: x.call.Dialect, Other: translatable(x.call.Operation), Caller: x.call.Caller,
	}, nil)
	if err != nil {
		return nil, err
	}
	return targets, nil
}

// try makes the configured number of attempts at one target. It returns an
// error only when the request as a whole is over; a failure that another
// attempt may mend is kept in x.failed.
func (x *exchange) try(ctx context.Context, t router.Target, more bool) error {
	backend := x.call.Snapshot.backends[t.Where()]
	request, err := x.plan(t, backend)
	if err != nil {
		return x.unsayable(t, err)
	}
	if k := backend.Key(); k.Configured() && !k.Set() {
		x.missingKey(t, k.Problem)
		return nil
	}
	for n := range x.call.Snapshot.cfg.Router.NumRetries {
		if n > 0 {
			if x.failed.Kind == llm.KindLoop { // it will lead back here every time
				return nil
			}
			if again, err := x.pause(ctx, n, more); err != nil || !again {
				return err
			}
		}
		err := x.attempt(ctx, t, backend, request)
		if x.askDifferently(backend, err) {
			if request, err = x.plan(t, backend); err == nil {
				err = x.attempt(ctx, t, backend, request)
			}
		}
		if err != nil {
			if err = x.judge(err); err != nil {
				return err
			}
		}
		if x.head.committed() {
			return nil
		}
	}
	return nil
}

// attempt asks one backend once, and notes how that went.
func (x *exchange) attempt(ctx context.Context, t router.Target, b *upstream.Backend, r *upstream.Request) error {
	note := x.trace.Attempt(usage.Attempt{
		Backend: t.Backend(), Provider: t.Model.Provider, Dialect: t.Endpoint.Dialect, Dropped: strings.Join(x.dropped, ", "),
	})
	x.head.settle(false)
	res, err := b.Do(ctx, r)
	note.Reused, note.Status = res.Reused, res.Status
	if err == nil {
		defer res.Body.Close()
		x.answering(t, res)
		err = x.answer(res)
	}
	note.Duration = max(1, x.trace.Since(time.Now())-note.Start)
	if err == nil {
		x.trace.Record.Outcome = usage.Success
		return nil
	}
	e := llm.AsError(err)
	note.Kind, note.Message = e.Kind, e.Message
	x.log.Debug("attempt failed", "request", x.call.RequestID, "backend", t.Backend(), "kind", e.Kind, "cause", e.Err)
	return e
}

// answer passes a provider's answer on, or says why it cannot be used.
func (x *exchange) answer(res *upstream.Response) error {
	switch {
	case res.Status >= http.StatusBadRequest:
		return x.refused(res)
	case res.Status >= http.StatusMultipleChoices:
		return redirected(res.Status)
	case res.Status < http.StatusOK:
		return nonsense(res.Status)
	case x.translating && x.call.Operation.Embeds():
		return x.translateEmbedding(res)
	case x.translating:
		return x.translate(res)
	case x.opaque(res):
		return x.forwardOpaque(res)
	case streams(res, x.call.Dialect, x.stream):
		return x.forwardStream(res)
	case x.head.settle(true):
		return x.retell(res)
	default:
		return x.forwardBody(res)
	}
}
