package health

import (
	"math"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Try is one attempt at a backend with a key. A nil Try is an attempt that says
// nothing about either.
type Try struct {
	book *Book
	at   *backend
	key  *key
	// circuit and pause are the key's numbers when the try began.
	circuit, pause int
	begun, done    bool
}

// FirstToken notes how long after the beginning of the try its first content
// came. It counts once.
func (t *Try) FirstToken(d time.Duration) {
	if t == nil {
		return
	}
	t.book.update(func(now time.Time) bool {
		if t.begun || t.done {
			return false
		}
		t.begun = true
		was := t.key.status(now)
		t.at.measure(d, now)
		if t.key.probe == t {
			t.key.begun(t.book.rules)
		}
		return t.key.turned(was, now)
	})
}

// Done ends the try: with the kind of its failure, or "" for a success. asked is
// how long the provider wants to be left alone for, 0 when it did not say.
// Further calls do nothing.
func (t *Try) Done(kind llm.Kind, asked time.Duration) {
	if t == nil {
		return
	}
	t.book.update(func(now time.Time) bool {
		if t.done {
			return false
		}
		t.done = true
		k := t.key
		was := k.status(now)
		t.at.inFlight--
		k.inFlight--
		if k.probe == t {
			k.probe = nil
		}
		t.judge(kind, asked, now)
		turned := k.turned(was, now)
		if k.gone {
			t.book.forget(t.at)
		}
		return turned
	})
}

// judge draws the conclusions. What is the request's fault has none.
func (t *Try) judge(kind llm.Kind, asked time.Duration, now time.Time) {
	k, r := t.key, t.book.rules
	if kind == "" {
		k.succeeded++
		t.at.count(1, now)
		if t.circuit == k.circuit {
			k.close()
		}
		if t.pause == k.pause {
			k.resume()
		}
		return
	}
	if k.byKind == nil {
		k.byKind = map[llm.Kind]int64{}
	}
	k.byKind[kind]++
	limited := kind == llm.KindRateLimit || kind == llm.KindOverloaded && asked > 0
	refused := kind == llm.KindAuth || kind == llm.KindPermission
	if !counts(kind) && !limited && !refused {
		return
	}
	k.failed++
	k.error, k.lastError = kind, now
	t.at.count(0, now)
	if counts(kind) && t.circuit == k.circuit && k.fail(r, now) {
		// The circuit is punishment enough: it is tried, and measured, as soon
		// as it may be.
		t.at.success, t.at.measured = 1, time.Time{}
	}
	if limited {
		k.limit(asked, t.pause != k.pause, r, now)
	}
	if refused {
		k.refuse(t.pause != k.pause, r, now)
	}
}

const (
	// weight of the newest in the moving averages of latency and success.
	latencyWeight = 0.2
	successWeight = 0.1
	// fresh is how long a measurement of the first token counts.
	fresh = 2 * time.Minute
	// forgiving is the time in which half of a bad record is forgotten, so that
	// whoever was passed over for it gets another chance.
	forgiving = 30 * time.Second
	// leastSuccess keeps a share for those that always fail.
	leastSuccess = 0.05
)

// measure takes a time to the first token into the average.
func (at *backend) measure(d time.Duration, now time.Time) {
	if old := at.firstToken(now); old > 0 {
		d = old + time.Duration(latencyWeight*float64(d-old))
	}
	at.first, at.measured = max(d, 1), now
}

// firstToken is the average, or 0 when it is unknown or stale.
func (at *backend) firstToken(now time.Time) time.Duration {
	if at.measured.IsZero() || now.Sub(at.measured) > fresh {
		return 0
	}
	return at.first
}

// count takes an outcome, 1 or 0, into the average.
func (at *backend) count(outcome float64, now time.Time) {
	s := at.recent(now)
	at.success, at.judged = max(s+successWeight*(outcome-s), leastSuccess), now
}

// recent is the share of good answers, the older the less held against it.
func (at *backend) recent(now time.Time) float64 {
	if at.success >= 1 {
		return 1
	}
	return 1 - (1-at.success)*math.Exp2(-float64(now.Sub(at.judged))/float64(forgiving))
}
