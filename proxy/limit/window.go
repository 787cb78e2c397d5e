package limit

import (
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// window is what was used of one scope in the last minute and today.
type window struct {
	rate config.Rate // as the last request that asked knew it
	// minute holds a bucket for each of the last seconds, the latest at
	// second % buckets. One more than a minute's: an event in a bucket may be
	// nearly a second younger than the bucket is, and no minute of any
	// beginning may hold more than the bound.
	minute           [buckets]bucket
	second           int64
	requests, tokens int64 // sums of minute
	today            int64 // tokens
	day              day
}

type bucket struct{ requests, tokens int64 }

const buckets = 61

// day is a date of the calendar.
type day struct {
	year  int
	month time.Month
	day   int
}

func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return day{y, m, d}
}

// moment is a time in both reckonings: minutes go by what has passed since the
// start, which no change of the clock disturbs, and days by the clock.
type moment struct {
	passed time.Duration
	clock  time.Time
}

func (m moment) second() int64 { return int64(m.passed / time.Second) }

// advance forgets what is over.
func (w *window) advance(m moment) {
	now := m.second()
	for s := max(w.second, now-buckets) + 1; s <= now; s++ {
		b := &w.minute[s%buckets]
		w.requests -= b.requests
		w.tokens -= b.tokens
		*b = bucket{}
	}
	w.second = max(w.second, now)
	if d := dayOf(m.clock); d != w.day {
		w.day, w.today = d, 0
	}
}

// idle reports whether there is nothing to remember.
func (w *window) idle() bool { return w.requests == 0 && w.tokens == 0 && w.today == 0 }

func (w *window) ask() {
	w.minute[w.second%buckets].requests++
	w.requests++
}

func (w *window) spend(tokens int64) {
	w.minute[w.second%buckets].tokens += tokens
	w.tokens += tokens
	w.today += tokens
}

// bound is one of a scope's bounds and how much of it is used.
type bound struct {
	name        string
	used, limit int64
	// wait is how long it is closed; zero while it is open.
	wait time.Duration
	day  bool
}

// names of the bounds, as they stand in messages.
const (
	requestsPerMinute = "requests per minute"
	tokensPerMinute   = "tokens per minute"
	tokensPerDay      = "tokens per day"
)

// bounds returns those that the scope has.
func (w *window) bounds(m moment) []bound {
	all := [...]bound{
		{name: requestsPerMinute, used: w.requests, limit: int64(w.rate.RequestsPerMinute)},
		{name: tokensPerMinute, used: w.tokens, limit: w.rate.TokensPerMinute},
		{name: tokensPerDay, used: w.today, limit: w.rate.TokensPerDay, day: true},
	}
	out := make([]bound, 0, len(all))
	for _, b := range all {
		if b.limit <= 0 {
			continue
		}
		if b.used >= b.limit {
			b.wait = w.opens(b, m)
		}
		out = append(out, b)
	}
	return out
}

// opens is the time until enough of a bound is over that there is room again.
func (w *window) opens(b bound, m moment) time.Duration {
	if b.day {
		return midnight(m.clock).Sub(m.clock)
	}
	used := b.used
	for s := max(0, w.second-buckets+1); s < w.second; s++ {
		if old := w.minute[s%buckets]; b.name == requestsPerMinute {
			used -= old.requests
		} else {
			used -= old.tokens
		}
		if used < b.limit {
			return time.Duration(s+buckets)*time.Second - m.passed
		}
	}
	return time.Duration(w.second+buckets)*time.Second - m.passed
}

// midnight is when the next day begins, which where clocks change at midnight
// is not at 00:00.
func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	next := time.Date(y, m, d+1, 0, 0, 0, 0, t.Location())
	for dayOf(next) == dayOf(t) {
		next = next.Add(time.Hour)
	}
	return next
}
