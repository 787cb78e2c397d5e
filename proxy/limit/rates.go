package limit

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// Scope is something whose requests are counted together.
type Scope struct {
	Name string // "total", "caller k", "model fast"
	Rate config.Rate
}

// Rates counts requests and tokens of each scope: of the last 60 seconds, and
// of the day by the clock that it was given. Tokens are known only when a
// request ends, so that those under way may exceed a bound.
//
// It remembers scopes that have a bound and some use; names come from the
// configuration, which keeps it small. It is safe for concurrent use.
type Rates struct {
	now   func() time.Time
	start time.Time

	mu     sync.Mutex
	scopes map[string]*window
	// swept is the day on which forgotten scopes were last looked for.
	swept day
}

// Verdict is what there is to say about a request that may run.
type Verdict struct {
	// Soft lists the bounds that are nearly used up.
	Soft []Warning
	// DegradeTo is the model that answers instead; empty for the one asked for.
	DegradeTo string
}

// Warning is a bound of which more is used than its soft share.
type Warning struct {
	Scope string `json:"scope"`
	Limit string `json:"limit" enum:"requests per minute,tokens per minute,tokens per day"`
	Used  int64  `json:"used"`
	Bound int64  `json:"bound"`
}

// NewRates returns an empty count. The location of now's times says where days
// begin.
func NewRates(now func() time.Time) *Rates {
	return &Rates{now: now, start: now(), scopes: map[string]*window{}}
}

// Admit counts a request in every scope, or in none when one of them has no
// room: the error is an *llm.Error (429) that says which, and when there is
// room again.
func (r *Rates) Admit(scopes []Scope) (Verdict, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.scopes) == 0 && !slices.ContainsFunc(scopes, func(s Scope) bool { return s.Rate.Bounded() }) {
		return Verdict{}, nil
	}
	m := r.moment()
	r.sweep(m)
	var closed *closing
	for _, s := range scopes {
		w := r.window(s, m)
		if w == nil {
			continue
		}
		for _, b := range w.bounds(m) {
			if b.wait > 0 && (closed == nil || b.wait > closed.wait) {
				closed = &closing{bound: b, scope: s.Name}
			}
		}
	}
	if closed != nil {
		return Verdict{}, closed.refusal(m)
	}
	var v Verdict
	for _, s := range scopes {
		if w := r.window(s, m); w != nil {
			w.ask()
			v.warn(s, w.bounds(m))
		}
	}
	return v, nil
}

// warn notes what is nearly used up. Of several models to degrade to, the first
// scope's counts.
func (v *Verdict) warn(s Scope, bounds []bound) {
	if s.Rate.Soft <= 0 {
		return
	}
	for _, b := range bounds {
		if float64(b.used) < float64(b.limit)*float64(s.Rate.Soft)/100 {
			continue
		}
		v.Soft = append(v.Soft, Warning{Scope: s.Name, Limit: b.name, Used: b.used, Bound: b.limit})
		v.DegradeTo = cmp.Or(v.DegradeTo, s.Rate.DegradeTo)
	}
}

// Spend counts the tokens of a request that has ended, input and output.
func (r *Rates) Spend(scopes []Scope, tokens int64) {
	if tokens <= 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.moment()
	for _, s := range scopes {
		w := r.scopes[s.Name]
		if w == nil && s.Rate.Bounded() {
			w = r.window(s, m)
		}
		if w != nil {
			w.advance(m)
			w.spend(tokens)
		}
	}
}

// Seed tells what a scope has used today according to the records, which after
// a start is more than has been counted.
func (r *Rates) Seed(name string, tokensToday int64) {
	if tokensToday <= 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.moment()
	w := r.scopes[name]
	if w == nil {
		w = r.add(name, m)
	}
	w.advance(m)
	w.today = max(w.today, tokensToday)
}

// Expect tells the bounds of scopes, so that List knows those that nobody has
// asked in yet.
func (r *Rates) Expect(scopes []Scope) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.moment()
	for _, s := range scopes {
		r.window(s, m)
	}
}

func (r *Rates) moment() moment {
	now := r.now()
	return moment{passed: max(0, now.Sub(r.start)), clock: now}
}

// window returns the count of a scope with the bounds that the request brings.
// A scope that has none is only told so, in case it had one.
func (r *Rates) window(s Scope, m moment) *window {
	w := r.scopes[s.Name]
	if w == nil {
		if !s.Rate.Bounded() {
			return nil
		}
		w = r.add(s.Name, m)
	}
	w.rate = s.Rate
	w.advance(m)
	return w
}

func (r *Rates) add(name string, m moment) *window {
	w := &window{second: m.second(), day: dayOf(m.clock)}
	r.scopes[name] = w
	return w
}

// sweep forgets, once a day, scopes that nobody has used.
func (r *Rates) sweep(m moment) {
	if today := dayOf(m.clock); today != r.swept {
		r.swept = today
		for name, w := range r.scopes {
			if w.advance(m); w.idle() {
				delete(r.scopes, name)
			}
		}
	}
}

// closing is the bound that stays closed longest.
type closing struct {
	bound

	scope string
}

func (c *closing) refusal(m moment) *llm.Error {
	// Whole seconds: the header that tells the client knows no others.
	wait := (c.wait + time.Second - 1).Truncate(time.Second)
	when := fmt.Sprintf("in %d s", wait/time.Second)
	if c.day {
		when = "at " + m.clock.Add(c.wait).Format("15:04")
	}
	return &llm.Error{
		Kind: llm.KindRateLimit, Status: 429, Code: "rate_limit_exceeded", Source: llm.FromProxy, RetryAfter: wait,
		Message: fmt.Sprintf("The proxy's rate limit is reached: %s has used %d of %d %s. It opens again %s.", c.scope, c.used, c.limit, c.name, when),
	}
}
