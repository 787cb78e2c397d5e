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
	"sync/atomic"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
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
	// Changed, when not nil, is called when the health of a backend or the
	// queue has changed, and Warn when a soft limit is reached. Neither may
	// block.
	Changed func()
	Warn    func(limit.Warning)
}

// Relay serves requests by the Snapshot of the moment.
type Relay struct {
	tracker *usage.Tracker
	log     *slog.Logger
	// pool outlives every Snapshot, so that a reload costs nobody a connection.
	pool     *upstream.Pool
	created  time.Time
	hop      string
	snapshot atomic.Pointer[Snapshot]
	buffers  buffers
	counts   counts
	thoughts *replay.Memory
	// seed is that of the names the proxy gives conversations.
	seed maphash.Seed
	// What is known of backends, who waits for them, and who has asked how much,
	// is no part of a configuration.
	health *health.Book
	queue  *limit.Queue
	rates  *limit.Rates
	warn   func(limit.Warning)
	// listeners are where requests must not be sent to.
	listeners listeners
	// swapped tells Probe of another configuration; it holds at most one.
	swapped chan struct{}
}

// New returns a Relay that has no configuration yet: call Swap before Serve.
func New(o Options) *Relay {
	limits := upstream.Limits{}
	if o.Limits != nil {
		limits = *o.Limits
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	if o.Warn == nil {
		o.Warn = func(limit.Warning) {}
	}
	hop := newHop()
	r := &Relay{
		tracker: o.Tracker, log: o.Log, created: time.Now(), hop: hop,
		pool:     upstream.NewPool(limits, upstream.WithSystem(o.SystemProxy), upstream.WithHop(hop)),
		counts:   counts{learned: &tokens.Calibration{}, samples: map[string]sample{}},
		thoughts: replay.New(recallBytes, recallAge), seed: maphash.MakeSeed(),
		health: health.New(nil), queue: limit.NewQueue(time.Now, o.Changed), rates: limit.NewRates(time.Now), warn: o.Warn,
		swapped: make(chan struct{}, 1),
	}
	r.health.OnChange(o.Changed)
	r.pool.SetOwn(r.listeners.has)
	return r
}

// Snapshot returns the configuration new requests are served by.
func (r *Relay) Snapshot() *Snapshot { return r.snapshot.Load() }

// Swap makes s the configuration of every request that arrives from now on.
// Requests under way end by the one they began with.
func (r *Relay) Swap(s *Snapshot) {
	h := s.cfg.Router.Health
	r.health.SetRules(health.Rules{Failures: h.Failures, OpenFor: h.OpenFor, MaxOpen: h.MaxOpen, MaxCooldown: h.MaxCooldown})
	r.queue.Configure(s.cfg.Queue)
	r.snapshot.Store(s)
	r.health.Retain(s.router.Known)
	r.pool.Retain(maps.Values(s.backends))
	select {
	case r.swapped <- struct{}{}:
	default:
	}
}

// Health is what is known of how backends are doing.
func (r *Relay) Health() *health.Book { return r.health }

// Queue holds the requests that wait for their turn.
func (r *Relay) Queue() *limit.Queue { return r.queue }

// Rates count what is asked in a minute and in a day.
func (r *Relay) Rates() *limit.Rates { return r.rates }

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
	if err := x.wellFormed(); err != nil {
		return err
	}
	if x.call.Operation == llm.CountTokens {
		return x.count(ctx)
	}
	if _, err := x.route(); err != nil {
		return err // before it waits for its turn
	}
	x.keepAlive()
	slot, err := x.admit(ctx)
	if err != nil {
		return err
	}
	defer slot.Release()
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
	return x.ask(ctx, targets)
}

// route looks up who may answer, best first.
func (x *exchange) route() ([]router.Target, error) {
	targets, err := x.call.Snapshot.router.Route(x.wanted(), x.relay.health)
	if err != nil {
		return nil, err
	}
	return targets, nil
}

// wanted is what a route is looked up for.
func (x *exchange) wanted() router.Ask {
	return router.Ask{
		Model: x.goal(), Dialect: x.call.Dialect, Other: translatable(x.call.Operation), Caller: x.call.Caller,
		Conversation: x.belongs(), Busy: x.busy,
	}
}

// goal is the model whose route is taken: the one asked for, unless a limit has
// sent the request to another.
func (x *exchange) goal() string {
	if x.degraded != "" {
		return x.degraded
	}
	return x.trace.Record.Model
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
	case x.translating && x.call.Operation == llm.CountTokens:
		return x.translateCount(res)
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
