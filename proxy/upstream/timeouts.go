package upstream

import (
	"context"
	"math"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// bound is one of an attempt's waits, and the error of its running out.
type bound struct {
	limit   time.Duration
	what    string // what has not happened in that time
	setting string // what a person changes to wait longer
}

// Error is the rest of a sentence that begins with who was waited for.
func (b *bound) Error() string {
	return b.what + " within " + seconds(b.limit) + " (" + b.setting + ")"
}

// Timeout makes a bound a timeout in the sense of package net.
func (b *bound) Timeout() bool { return true }

func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s"
}

// bounds are a backend's waits; nil is a wait without a bound.
type bounds struct {
	connect, tls, first, idle, total, streamTotal *bound
}

func newBounds(t config.Timeouts) bounds {
	of := func(limit time.Duration, what, setting string) *bound {
		if limit <= 0 {
			return nil
		}
		return &bound{limit, what, setting}
	}
	return bounds{
		connect:     of(t.Connect, "did not accept a connection", "connect_timeout"),
		tls:         of(t.TLS, "did not complete the TLS handshake", "tls_timeout"),
		first:       of(t.FirstByte, "did not begin to answer", "first_byte_timeout"),
		idle:        of(t.StreamIdle, "sent nothing more of its stream", "stream_idle_timeout"),
		total:       of(t.Total, "did not complete the answer", "total_timeout"),
		streamTotal: of(t.StreamTotal, "did not complete the stream", "stream_total_timeout"),
	}
}

// whole is the bound of a whole answer.
func (b *bounds) whole(stream bool) *bound {
	if stream {
		return b.streamTotal
	}
	return b.total
}

// timeouts are a model's own, none longer than the pool's limits. A model that
// has none of its own waits as models did before they could have any: its
// request_timeout for the header and for a whole answer.
func (p *Pool) timeouts(m *config.Model) config.Timeouts {
	t := m.Timeouts
	if t == (config.Timeouts{}) {
		usual := DefaultLimits()
		t = config.Timeouts{
			Connect: usual.Connect, TLS: usual.TLS,
			FirstByte: m.RequestTimeout, Total: m.RequestTimeout,
			// A model that may take long to begin may also pause long to think.
			StreamIdle: max(shorter(usual.StreamIdle, p.limits.StreamIdle), m.RequestTimeout),
		}
		t.Connect, t.TLS = shorter(t.Connect, p.limits.Connect), shorter(t.TLS, p.limits.TLS)
		return t
	}
	t.Connect, t.TLS = shorter(t.Connect, p.limits.Connect), shorter(t.TLS, p.limits.TLS)
	t.StreamIdle = shorter(t.StreamIdle, p.limits.StreamIdle)
	return t
}

// shorter is the stricter of two limits, of which 0 is none.
func shorter(a, b time.Duration) time.Duration {
	if a <= 0 || b > 0 && b < a {
		return b
	}
	return a
}

// clock bounds the waits of one attempt, one after the other, with one timer.
type clock struct {
	timer *time.Timer
	now   atomic.Pointer[bound] // what is waited for
}

// newClock returns a clock that stands still. When a wait runs out, cancel
// gets its bound as the cause.
func newClock(cancel context.CancelCauseFunc) *clock {
	c := &clock{}
	c.timer = time.AfterFunc(math.MaxInt64, func() { cancel(c.now.Load()) })
	return c
}

// start begins the wait for the earlier of two ends: that of a bound from now,
// and that of a bound which runs until a deadline.
func (c *clock) start(each, whole *bound, deadline time.Time) {
	var wait time.Duration
	if each != nil {
		wait = each.limit
	}
	if whole != nil {
		if left := max(time.Until(deadline), time.Millisecond); each == nil || left < wait {
			each, wait = whole, left
		}
	}
	if each != nil {
		c.now.Store(each)
		c.timer.Reset(wait)
	}
}

func (c *clock) stop() { c.timer.Stop() }

// deadline is when a bound that began at start ends.
func (b *bound) deadline(start time.Time) time.Time {
	if b == nil {
		return time.Time{}
	}
	return start.Add(b.limit)
}
