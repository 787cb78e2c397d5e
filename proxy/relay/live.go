package relay

import (
	"hash/maphash"
	"log/slog"
	"maps"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
	"github.com/yallmproxy/yallmproxy/proxy/replay"
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
