package relay

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// search is what became of asking targets one after another.
type search struct {
	turn    turn
	tried   []router.Target
	used    []health.ID     // the keys that were tried
	instead []router.Target // who may serve what the last target's model could not
	fallen  [][2]string     // the fallbacks that were taken, by from and to
	// failed is the last failure that another attempt might have mended, and
	// refusal the last answer among those failures.
	failed  *llm.Error
	refusal *refusal
	// trying is the attempt under way, since began. spoke: the client has
	// something of it.
	trying *health.Try
	began  time.Time
	spoke  bool
}

// turn is the target that is asked now.
type turn struct {
	target  router.Target
	backend *upstream.Backend
	request *upstream.Request
	// more: there is another target to go to.
	more bool
	// last: nobody else has answered, so that what was better left alone is
	// asked after all.
	last bool
	why  usage.Why
	wait time.Duration // before the next attempt
	// rested: one of the target's keys was left alone.
	rested bool
}

// ready reports whether one of several keys may be used now. One that had better
// rest is no reason not to wait for the key that was tried.
func (x *exchange) ready(t router.Target, keys []config.Key) bool {
	return slices.ContainsFunc(keys, func(k config.Key) bool {
		id := health.ID{Backend: t.Backend(), Key: k.Name}
		ok, _, _ := x.relay.health.Available(id)
		return (ok || x.turn.last) && !slices.Contains(x.used, id)
	})
}

// tryKey makes the configured number of attempts with one key. It reports
// whether another key, if there are more, may do better, and whether this one
// was tried at all.
func (x *exchange) tryKey(ctx context.Context, id health.ID, more bool) (again, tried bool, err error) {
	for n := range x.call.Snapshot.cfg.Router.NumRetries {
		if n > 0 {
			if going, err := x.pause(ctx, n); err != nil || !going {
				return false, true, err
			}
			x.turn.why = usage.WhyRetry
		}
		attempt := x.begins(id, n > 0)
		if attempt == nil {
			return true, false, nil
		}
		err := x.attempt(ctx, attempt)
		if x.askDifferently(x.turn.backend, err) {
			err = x.reword(ctx, id)
		}
		if err != nil {
			if err = x.judge(err); err != nil {
				return false, true, err
			}
		}
		if x.head.committed() || x.instead != nil {
			return false, true, nil
		}
		switch {
		case more && otherKey(x.failed):
			return true, true, nil
		case refusedKey(x.failed), x.failed.Kind == llm.KindLoop:
			return false, true, nil // it would be the same every time
		}
	}
	return false, true, nil
}

// begins starts an attempt, or returns nil when the backend is better left
// alone now. Repetition is what the configuration asks for, whatever the first
// attempt has done to the backend's health.
func (x *exchange) begins(id health.ID, again bool) *health.Try {
	if again {
		return x.relay.health.Force(id)
	}
	attempt, ok := x.relay.health.Begin(id)
	if ok {
		return attempt
	}
	if !x.turn.last {
		return nil
	}
	x.turn.why = usage.WhyLastResort
	return x.relay.health.Force(id)
}

// reword asks again without what the provider refused.
func (x *exchange) reword(ctx context.Context, id health.ID) error {
	key := x.turn.request.Key
	request, err := x.plan(x.turn.target, x.turn.backend)
	if err != nil {
		return err
	}
	request.Key = key
	x.turn.request, x.turn.why = request, usage.WhyReworded
	return x.attempt(ctx, x.relay.health.Force(id))
}

// keys are those that a target can be asked with, the most promising first.
func (x *exchange) keys(t router.Target, b *upstream.Backend) []config.Key {
	keys := b.Keys()
	if len(keys) < 2 {
		return keys
	}
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	order := x.relay.health.Keys(t.Backend(), names)
	out := make([]config.Key, len(keys))
	for i, at := range order {
		out[i] = keys[at]
	}
	return out
}

// passOver notes that a target was left alone, and why.
func (x *exchange) passOver(t router.Target, keys []config.Key) {
	_, why, until := x.relay.health.Available(health.ID{Backend: t.Backend(), Key: keys[0].Name})
	if !until.IsZero() {
		why += " for another " + time.Until(until).Round(time.Second).String()
	}
	x.skip(t, why)
}

func (x *exchange) skip(t router.Target, why string) {
	x.trace.Attempt(usage.Attempt{
		Backend: t.Backend(), Provider: t.Model.Provider, Dialect: t.Endpoint.Dialect, Why: x.turn.why, Skipped: why,
	})
}

// attempt asks one backend once, and notes how that went.
func (x *exchange) attempt(ctx context.Context, try *health.Try) error {
	t := x.turn.target
	note := x.trace.Attempt(usage.Attempt{
		Backend: t.Backend(), Provider: t.Model.Provider, Dialect: t.Endpoint.Dialect, Dropped: strings.Join(x.dropped, ", "),
		Key: x.turn.request.Key.Name, Why: x.turn.why, Wait: x.turn.wait.Microseconds(),
	})
	x.turn.wait, x.trying, x.spoke, x.began = 0, try, false, time.Now()
	defer try.Done(llm.KindInternal, 0) // by then it is done, but for a panic: a probe that never ends would keep everybody out
	x.head.settle(false)
	x.falls(t)
	res, err := x.turn.backend.Do(ctx, x.turn.request)
	note.Reused, note.Status = res.Reused, res.Status
	if err == nil {
		defer res.Body.Close()
		x.answering(t, res)
		err = x.answer(res)
	}
	note.Duration = max(1, x.trace.Since(time.Now())-note.Start)
	if err == nil {
		x.answered(t)
		return nil
	}
	e := llm.AsError(err)
	note.Kind, note.Message = e.Kind, e.Message
	x.trying.Done(e.Kind, e.RetryAfter)
	x.log.Debug("attempt failed", "request", x.call.RequestID, "backend", t.Backend(), "kind", e.Kind, "cause", e.Err)
	return e
}

// answered notes that a target has served the request.
func (x *exchange) answered(t router.Target) {
	x.trace.Record.Outcome = usage.Success
	x.trying.Done("", 0)
	x.stay(t)
}

// falls notes that a request has gone from one name to its fallback.
func (x *exchange) falls(t router.Target) {
	pair := [2]string{t.From, t.Stage()}
	if t.From != "" && !slices.Contains(x.fallen, pair) {
		x.fallen = append(x.fallen, pair)
	}
}

// fell counts, once for the request, what came of going to each fallback.
func (x *exchange) fell() {
	for _, pair := range x.fallen {
		saved := x.trace.Record.Outcome == usage.Success && x.now.From == pair[0] && x.now.Stage() == pair[1]
		x.relay.health.Fell(pair[0], pair[1], saved)
	}
}

// otherwise finds who may serve what a target's model cannot take, or its
// provider will not.
func (x *exchange) otherwise(kind llm.Kind) []router.Target {
	others := x.call.Snapshot.router.Instead(x.wanted(), x.turn.target, kind, x.relay.health)
	others = slices.DeleteFunc(others, func(t router.Target) bool { return among(x.tried, t) })
	if len(others) == 0 {
		return nil
	}
	return others
}

// among reports whether a target is one of several. One entry may serve many
// models.
func among(list []router.Target, t router.Target) bool {
	return slices.ContainsFunc(list, func(o router.Target) bool { return o.Model == t.Model && o.Upstream == t.Upstream })
}

// missingKey notes that a target cannot even be asked.
func (x *exchange) missingKey(t router.Target, problem string) {
	e := &llm.Error{
		Kind: llm.KindAuth, Status: http.StatusUnauthorized, Code: "provider_key_missing", Source: llm.FromProxy,
		Message: "The proxy has no key for model " + t.Backend() + ": " + problem,
	}
	note := x.trace.Attempt(usage.Attempt{Backend: t.Backend(), Provider: t.Model.Provider, Dialect: t.Endpoint.Dialect, Why: x.turn.why})
	note.Kind, note.Message = e.Kind, e.Message
	x.failed = e
}
