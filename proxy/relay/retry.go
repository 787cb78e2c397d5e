package relay

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

const (
	firstPause = 250 * time.Millisecond
	lastPause  = 2 * time.Second
)

// judge decides what becomes of a failed attempt. A provider's own refusal of
// the request is the client's answer as it stands; what may go better
// elsewhere is kept in case it does not.
func (x *exchange) judge(err error) error {
	e := llm.AsError(err)
	if x.head.committed() {
		return e
	}
	switch {
	case e.Kind.Retryable(), refusedKey(e):
		x.giveUp(e)
		return nil
	case e.Kind == llm.KindContextLength, e.Kind == llm.KindContentPolicy:
		if x.instead = x.otherwise(e.Kind); x.instead != nil {
			x.giveUp(e)
			return nil
		}
	}
	if x.refusal != nil && x.refusal.err == e {
		x.pass(x.refusal)
		return nil
	}
	return e
}

// giveUp lets another attempt answer.
func (x *exchange) giveUp(e *llm.Error) {
	x.head.abandon()
	x.failed = e
}

// refusedKey reports whether a provider did not like the proxy's key. Another
// key or another provider may do.
func refusedKey(e *llm.Error) bool {
	return e.Source == llm.FromUpstream && (e.Kind == llm.KindAuth || e.Kind == llm.KindPermission)
}

// otherKey reports whether a failure is about the key that was sent.
func otherKey(e *llm.Error) bool { return e != nil && (refusedKey(e) || e.Kind == llm.KindRateLimit) }

// pause waits before attempt n with the same key, and reports whether that
// attempt should be made. A client that leaves meanwhile is an error.
func (x *exchange) pause(ctx context.Context, n int) (bool, error) {
	wait := min(firstPause<<(n-1), lastPause)
	wait += time.Duration(rand.Int64N(int64(wait) / 2)) //nolint:gosec // jitter is no secret
	if asked := x.failed.RetryAfter; asked > wait {
		longest := x.call.Snapshot.cfg.Router.RetryAfterCap
		if x.turn.more {
			longest /= 2 // somewhere else it may go at once
		}
		if asked > longest {
			return false, nil
		}
		wait = asked
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false, cancelled(ctx)
	case <-timer.C:
		x.turn.wait += wait
		return true, nil
	}
}
