package limit_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata" // not every machine has São Paulo

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

func noon() *clock { return &clock{time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)} }

func refused(t testing.TB, err error, after time.Duration, words ...string) {
	t.Helper()
	check(t, err, llm.KindRateLimit, 429, "rate_limit_exceeded", words...)
	if e := llm.AsError(err); e.RetryAfter != after {
		t.Errorf("opens after %v, want %v", e.RetryAfter, after)
	}
}

func admitted(t testing.TB, r *limit.Rates, scopes ...limit.Scope) limit.Verdict {
	t.Helper()
	v, err := r.Admit(scopes)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestRequestsPerMinute(t *testing.T) {
	c := noon()
	r := limit.NewRates(c.now)
	model := limit.Scope{Name: "model fast", Rate: config.Rate{RequestsPerMinute: 2}}
	caller := limit.Scope{Name: "caller k", Rate: config.Rate{RequestsPerMinute: 100}}
	admitted(t, r, caller, model)
	c.pass(20*time.Second + 300*time.Millisecond)
	admitted(t, r, caller, model)
	_, err := r.Admit([]limit.Scope{caller, model})
	refused(t, err, 41*time.Second, "model fast", "2 of 2 requests per minute", "opens again in 41 s")
	if used := r.List()[0].RequestsPerMinute; used != (limit.Level{Used: 2, Bound: 100}) {
		t.Errorf("a refused request counts elsewhere: %+v", used)
	}
	c.pass(41 * time.Second)
	admitted(t, r, caller, model)
	_, err = r.Admit([]limit.Scope{model})
	refused(t, err, 20*time.Second)
}

func TestTokens(t *testing.T) {
	c := noon()
	r := limit.NewRates(c.now)
	scope := limit.Scope{Name: "caller k", Rate: config.Rate{TokensPerMinute: 100, TokensPerDay: 1000}}
	for range 9 {
		admitted(t, r, scope)
		r.Spend([]limit.Scope{scope}, 110)
		_, err := r.Admit([]limit.Scope{scope})
		refused(t, err, 61*time.Second, "caller k has used 110 of 100 tokens per minute", "opens again in 61 s")
		c.pass(61 * time.Second)
	}
	r.Spend([]limit.Scope{scope}, 10)
	_, err := r.Admit([]limit.Scope{scope})
	refused(t, err, 12*time.Hour-9*61*time.Second, "caller k has used 1000 of 1000 tokens per day", "opens again at 00:00")
	want := []limit.RateState{{
		Scope: "caller k", TokensPerMinute: limit.Level{Used: 10, Bound: 100}, TokensPerDay: limit.Level{Used: 1000, Bound: 1000},
		Opens: time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC),
	}}
	if diff := cmp.Diff(want, r.List()); diff != "" {
		t.Error(diff)
	}
	c.at = want[0].Opens.Add(-time.Nanosecond)
	if _, err := r.Admit([]limit.Scope{scope}); err == nil {
		t.Error("it opened before midnight")
	}
	c.at = want[0].Opens
	admitted(t, r, scope)
}

// TestDaysWithoutAMidnight: where clocks go forward at midnight the day begins
// at one.
func TestDaysWithoutAMidnight(t *testing.T) {
	place, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{time.Date(2018, 11, 3, 22, 0, 0, 0, place)}
	r := limit.NewRates(c.now)
	scope := limit.Scope{Name: "total", Rate: config.Rate{TokensPerDay: 10}}
	r.Spend([]limit.Scope{scope}, 10)
	_, err = r.Admit([]limit.Scope{scope})
	refused(t, err, 2*time.Hour, "opens again at 01:00")
	c.pass(2 * time.Hour)
	admitted(t, r, scope)
}

func TestSeed(t *testing.T) {
	c := noon()
	r := limit.NewRates(c.now)
	scope := limit.Scope{Name: "total", Rate: config.Rate{TokensPerDay: 100}}
	r.Spend([]limit.Scope{scope}, 30)
	r.Seed("total", 90)
	r.Seed("total", 20) // less than is known already
	admitted(t, r, scope)
	r.Spend([]limit.Scope{scope}, 10)
	_, err := r.Admit([]limit.Scope{scope})
	refused(t, err, 12*time.Hour, "100 of 100")
	c.pass(12 * time.Hour)
	admitted(t, r, scope)
}

func TestSoftBounds(t *testing.T) {
	r := limit.NewRates(noon().now)
	caller := limit.Scope{Name: "caller k", Rate: config.Rate{RequestsPerMinute: 10, TokensPerDay: 100, Soft: 50}}
	model := limit.Scope{Name: "model fast", Rate: config.Rate{TokensPerMinute: 40, Soft: 80, DegradeTo: "cheap"}}
	total := limit.Scope{Name: "total", Rate: config.Rate{TokensPerDay: 60, Soft: 70, DegradeTo: "cheapest"}}
	all := []limit.Scope{caller, model, total}
	for range 4 {
		if v := admitted(t, r, all...); v.Soft != nil || v.DegradeTo != "" {
			t.Errorf("warned early: %+v", v)
		}
	}
	want := limit.Verdict{Soft: []limit.Warning{{Scope: "caller k", Limit: "requests per minute", Used: 5, Bound: 10}}}
	if diff := cmp.Diff(want, admitted(t, r, all...)); diff != "" {
		t.Error(diff)
	}
	r.Spend([]limit.Scope{model}, 32)
	r.Spend([]limit.Scope{total}, 50)
	want = limit.Verdict{DegradeTo: "cheap", Soft: []limit.Warning{
		{Scope: "caller k", Limit: "requests per minute", Used: 6, Bound: 10},
		{Scope: "model fast", Limit: "tokens per minute", Used: 32, Bound: 40},
		{Scope: "total", Limit: "tokens per day", Used: 50, Bound: 60},
	}}
	if diff := cmp.Diff(want, admitted(t, r, all...)); diff != "" {
		t.Error(diff)
	}
}

// TestReload: bounds count as the request brings them; one that is gone is not
// listed and stops nobody.
func TestReload(t *testing.T) {
	r := limit.NewRates(noon().now)
	admitted(t, r, limit.Scope{Name: "total", Rate: config.Rate{RequestsPerMinute: 1}})
	admitted(t, r, limit.Scope{Name: "total", Rate: config.Rate{RequestsPerMinute: 3}})
	admitted(t, r, limit.Scope{Name: "total"})
	if l := r.List(); len(l) != 0 {
		t.Errorf("listed: %+v", l)
	}
	_, err := r.Admit([]limit.Scope{{Name: "total", Rate: config.Rate{RequestsPerMinute: 2}}})
	refused(t, err, 61*time.Second, "3 of 2")
}

// TestAClockThatIsSet does not disturb minutes: they go by what has passed.
func TestAClockThatIsSet(t *testing.T) {
	start := time.Now() // with a monotonic reading, as the real clock gives
	at := start
	r := limit.NewRates(func() time.Time { return at })
	scope := limit.Scope{Name: "total", Rate: config.Rate{RequestsPerMinute: 1}}
	admitted(t, r, scope)
	at = start.Round(0).Add(-time.Hour) // set back: the monotonic reading is lost
	if _, err := r.Admit([]limit.Scope{scope}); err == nil {
		t.Error("admitted twice")
	}
	at = start.Add(61 * time.Second)
	admitted(t, r, scope)
}

// event is what happened to a scope, for the naive count.
type event struct {
	at       time.Time
	requests int64
	tokens   int64
}

// TestRatesAgainstEvents lets virtual time pass and holds Rates to a list of
// all events: no 60 seconds of any beginning hold more requests than the
// bound, no day more tokens than the bound before the last request; nothing is
// refused that the last 61 seconds and the day have room for; and when it says
// that it opens again it does.
func TestRatesAgainstEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &clock{time.Date(2026, 3, 4, 23, 50, 0, 0, time.UTC)}
		r := limit.NewRates(c.now)
		var scopes []limit.Scope
		for i := range rapid.IntRange(1, 3).Draw(t, "scopes") {
			scopes = append(scopes, limit.Scope{Name: fmt.Sprint(i), Rate: config.Rate{
				RequestsPerMinute: rapid.IntRange(0, 6).Draw(t, "requests"),
				TokensPerMinute:   rapid.Int64Range(0, 50).Draw(t, "tokens"),
				TokensPerDay:      rapid.Int64Range(0, 300).Draw(t, "day"),
			}})
		}
		seen := map[string][]event{}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			c.pass(time.Duration(rapid.Int64Range(0, int64(25*time.Second)).Draw(t, "pass")))
			some := scopes[rapid.IntRange(0, len(scopes)-1).Draw(t, "from"):]
			if rapid.Bool().Draw(t, "spend") {
				n := rapid.Int64Range(1, 30).Draw(t, "spent")
				r.Spend(some, n)
				for _, s := range some {
					seen[s.Name] = append(seen[s.Name], event{at: c.at, tokens: n})
				}
				continue
			}
			_, err := r.Admit(some)
			if must, may := closedBy(seen, some, c.at, 60*time.Second), closedBy(seen, some, c.at, 61*time.Second); must && err == nil || !may && err != nil {
				t.Fatalf("at %v: %v, but closed by 60 s: %v, by 61 s: %v", c.at, err, must, may)
			}
			if err != nil {
				reopens(t, r, c, some, err, seen)
				continue
			}
			for _, s := range some {
				seen[s.Name] = append(seen[s.Name], event{at: c.at, requests: 1})
			}
		}
	})
}

// closedBy sums up what happened in the last span and today.
func closedBy(seen map[string][]event, scopes []limit.Scope, now time.Time, span time.Duration) bool {
	for _, s := range scopes {
		var requests, tokens, today int64
		for _, e := range seen[s.Name] {
			if now.Sub(e.at) < span {
				requests, tokens = requests+e.requests, tokens+e.tokens
			}
			if e.at.Day() == now.Day() {
				today += e.tokens
			}
		}
		if n := s.Rate.RequestsPerMinute; n > 0 && requests >= int64(n) {
			return true
		}
		if n := s.Rate.TokensPerMinute; n > 0 && tokens >= n {
			return true
		}
		if n := s.Rate.TokensPerDay; n > 0 && today >= n {
			return true
		}
	}
	return false
}

// reopens waits as long as a refusal says, sometimes, and is let in.
func reopens(t *rapid.T, r *limit.Rates, c *clock, scopes []limit.Scope, err error, seen map[string][]event) {
	var e *llm.Error
	if !errors.As(err, &e) || e.RetryAfter <= 0 || !strings.Contains(e.Message, "opens again") {
		t.Fatalf("refused without a time: %v", err)
	}
	if !rapid.Bool().Draw(t, "wait") {
		return
	}
	if e.RetryAfter > 2*time.Second {
		c.pass(e.RetryAfter - 2*time.Second)
		if _, err := r.Admit(scopes); err == nil {
			t.Fatalf("it opened 2 s early: %v", e)
		}
		c.pass(2 * time.Second)
	} else {
		c.pass(e.RetryAfter)
	}
	if _, err := r.Admit(scopes); err != nil {
		t.Fatalf("%v; and then: %v", e, err)
	}
	for _, s := range scopes {
		seen[s.Name] = append(seen[s.Name], event{at: c.at, requests: 1})
	}
}

func TestRatesHammer(t *testing.T) {
	r := limit.NewRates(noon().now)
	scopes := []limit.Scope{{Name: "total", Rate: config.Rate{RequestsPerMinute: 700, Soft: 90}}, {Name: "caller k", Rate: config.Rate{TokensPerDay: 1 << 40}}}
	var in atomic.Int64
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			for range 20 {
				if _, err := r.Admit(scopes); err == nil {
					in.Add(1)
					r.Spend(scopes, 3)
				}
				r.List()
			}
		})
	}
	wg.Wait()
	if l := r.List(); in.Load() != 700 || l[0].TokensPerDay.Used != 2100 {
		t.Errorf("%d were let in: %+v", in.Load(), l)
	}
}

func BenchmarkAdmit(b *testing.B) {
	c := noon()
	r := limit.NewRates(c.now)
	rate := config.Rate{RequestsPerMinute: 1 << 30, TokensPerMinute: 1 << 40, TokensPerDay: 1 << 50, Soft: 80}
	scopes := []limit.Scope{{Name: "total", Rate: rate}, {Name: "caller k", Rate: rate}, {Name: "model fast", Rate: rate}}
	b.ReportAllocs()
	for b.Loop() {
		c.pass(time.Millisecond)
		if _, err := r.Admit(scopes); err != nil {
			b.Fatal(err)
		}
		r.Spend(scopes, 100)
	}
}
