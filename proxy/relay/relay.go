// Package relay is the spine of the proxy. It takes a request through its
// whole life, in order: read what is asked, find who may answer, try them one
// after the other, and pass the first good answer on as it comes. Reading this
// file is reading the product.
package relay

import (
	"context"
	"net/http"
	"slices"

	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/router"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

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
	targets, err := x.route()
	if err != nil {
		return err // before it waits for its turn
	}
	x.keepAlive()
	if err := x.admit(ctx); err != nil {
		return err
	}
	defer func() { x.slot.Release() }()
	if x.degraded != "" || x.trace.Record.Timing.Queue > 0 { // things have changed meanwhile
		if targets, err = x.route(); err != nil {
			return err
		}
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

// ask tries targets in turn, until an answer has begun to reach the client or
// the request as a whole is over. Whom it is better to leave alone now is passed
// over, and asked after all when nobody else has answered: a request that can
// be saved is saved.
func (x *exchange) ask(ctx context.Context, todo []router.Target) error {
	var later []router.Target
	for last := false; ; last = true {
		for len(todo) > 0 {
			t := todo[0]
			todo = todo[1:]
			x.turn = turn{target: t, more: len(todo)+len(later) > 0, last: last, why: usage.Why(t.Why)}
			asked, err := x.try(ctx)
			if err != nil || x.head.committed() {
				return err
			}
			if asked {
				x.tried = append(x.tried, t)
			}
			if !asked || x.turn.rested && otherKey(x.failed) {
				later = append(later, t)
			}
			if x.instead != nil {
				todo = slices.Concat(x.instead, slices.DeleteFunc(todo, func(t router.Target) bool { return among(x.instead, t) }))
				x.instead = nil
			}
		}
		if last || len(later) == 0 {
			return x.exhausted()
		}
		todo, later = later, nil
	}
}

// try asks one target, with each of its keys if need be. It reports whether the
// target was asked at all, and returns an error only when the request as a whole
// is over; a failure that another attempt may mend is kept in x.failed.
func (x *exchange) try(ctx context.Context) (asked bool, err error) {
	t := x.turn.target
	backend := x.call.Snapshot.backends[t.Where()]
	request, err := x.plan(t, backend)
	if err != nil {
		return true, x.unsayable(t, err)
	}
	x.turn.backend, x.turn.request = backend, request
	slot, ok, err := x.room(ctx, t)
	if err != nil || !ok {
		return false, err
	}
	defer slot.Release()
	keys := x.keys(t, backend)
	if len(keys) == 0 {
		x.missingKey(t, backend.Key().Problem)
		return true, nil
	}
	for i, key := range keys {
		id := health.ID{Backend: t.Backend(), Key: key.Name}
		if slices.Contains(x.used, id) {
			continue
		}
		request.Key = key
		others := keys[i+1:]
		again, tried, err := x.tryKey(ctx, id, x.ready(t, others))
		asked = asked || tried
		if err != nil || x.head.committed() || tried && !again {
			if len(others) > 0 && otherKey(x.failed) {
				x.used, x.turn.rested = append(x.used, id), true
			}
			return true, err
		}
		if tried {
			x.used, x.turn.why = append(x.used, id), usage.WhyNextKey
		} else {
			x.turn.rested = true
		}
	}
	if !asked {
		x.passOver(t, keys)
	}
	return asked, nil
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
	case x.head.settle(true), x.unstreamed():
		return x.retell(res)
	default:
		return x.forwardBody(res)
	}
}
