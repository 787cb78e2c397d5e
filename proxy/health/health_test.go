package health_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// clock is a time that stands still until it is moved.
type clock struct{ now time.Time }

func book() (*health.Book, *clock) {
	c := &clock{now: time.Unix(1_000_000, 0)}
	return health.New(func() time.Time { return c.now }), c
}

func (c *clock) wait(d time.Duration) { c.now = c.now.Add(d) }

func fail(b *health.Book, id health.ID, kind llm.Kind, times int) {
	for range times {
		b.Force(id).Done(kind, 0)
	}
}

func TestCircuit(t *testing.T) {
	b, c := book()
	id := health.ID{Backend: "m"}
	available := func(want string, left time.Duration) {
		t.Helper()
		ok, why, until := b.Available(id)
		if ok != (want == "") || why != want {
			t.Errorf("available %v, %q; want %q", ok, why, want)
		}
		if left > 0 && until.Sub(c.now) != left {
			t.Errorf("left alone for %v, want %v", until.Sub(c.now), left)
		}
	}
	fail(b, id, llm.KindConnect, 4)
	available("", 0)
	fail(b, id, llm.KindInvalid, 3) // the request's fault counts for nothing
	fail(b, id, llm.KindCancelled, 3)
	available("", 0)
	fail(b, id, llm.KindTimeout, 1)
	available("circuit open after 5 failures", 10*time.Second)
	for _, next := range []time.Duration{20 * time.Second, 40 * time.Second, 80 * time.Second, 2 * time.Minute, 2 * time.Minute} {
		fail(b, id, llm.KindServer, 3) // asked all the same, which makes nothing worse
		_, _, until := b.Available(id)
		c.wait(until.Sub(c.now))
		available("", 0)
		probe, ok := b.Begin(id)
		if !ok {
			t.Fatal("a half-open circuit admits nobody")
		}
		if _, ok := b.Begin(id); ok {
			t.Error("a half-open circuit admits two")
		}
		probe.Done(llm.KindServer, 0)
		_, _, until = b.Available(id)
		if got := until.Sub(c.now); got != next {
			t.Errorf("open for %v, want %v", got, next)
		}
	}
	c.wait(2 * time.Minute)
	probe, _ := b.Begin(id)
	probe.Done(llm.KindCancelled, 0) // says nothing: the next one is a probe
	probe, ok := b.Begin(id)
	if !ok {
		t.Fatal("no probe after one that said nothing")
	}
	probe.Done("", 0)
	available("", 0)
	fail(b, id, llm.KindStream, 4)
	available("", 0)
	fail(b, id, llm.KindOverloaded, 1)
	available("circuit open after 5 failures", 10*time.Second)
}

// A probe that brings content lets others in; one that then breaks off counts.
func TestProbeThatBeginsWell(t *testing.T) {
	b, c := book()
	id := health.ID{Backend: "m"}
	fail(b, id, llm.KindServer, 5)
	c.wait(10 * time.Second)
	probe, _ := b.Begin(id)
	if ok, why, _ := b.Available(id); ok || why != "being probed after 5 failures" {
		t.Errorf("while probed: %v, %q", ok, why)
	}
	probe.FirstToken(time.Second)
	if ok, _, _ := b.Available(id); !ok {
		t.Error("still closed to others after the probe's first token")
	}
	probe.Done(llm.KindStream, 0)
	if _, _, until := b.Available(id); until.Sub(c.now) != 20*time.Second {
		t.Errorf("open for %v after the probe broke off", until.Sub(c.now))
	}
	probe.Done("", 0)
	if s := b.List()[0]; s.Succeeded != 0 || s.Failed != 6 || s.Status != health.StatusOpen {
		t.Errorf("a try that ended twice: %+v", s)
	}
}

// What began before the circuit opened says nothing about what came after.
func TestLateNews(t *testing.T) {
	b, c := book()
	id := health.ID{Backend: "m"}
	good, bad := b.Force(id), b.Force(id)
	fail(b, id, llm.KindServer, 5)
	good.Done("", 0)
	if ok, _, _ := b.Available(id); ok {
		t.Error("closed by a success that began before it opened")
	}
	c.wait(10 * time.Second)
	probe, _ := b.Begin(id)
	probe.Done("", 0)
	fail(b, id, llm.KindServer, 4)
	bad.Done(llm.KindTimeout, 0)
	if ok, _, _ := b.Available(id); !ok {
		t.Error("opened by a failure that began before it last opened")
	}
}

func TestCooldown(t *testing.T) {
	for _, tt := range []struct {
		asked []time.Duration
		want  []time.Duration
	}{
		{[]time.Duration{0, 0, 0}, []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second}},
		{[]time.Duration{30 * time.Second, time.Hour}, []time.Duration{30 * time.Second, 5 * time.Minute}},
		{[]time.Duration{0, 0, 0, 0, 0, 0, 0, 0}, []time.Duration{5e9, 10e9, 20e9, 40e9, 80e9, 160e9, 300e9, 300e9}},
	} {
		b, c := book()
		id := health.ID{Backend: "m", Key: "k"}
		for i, asked := range tt.asked {
			try, ok := b.Begin(id)
			if !ok {
				t.Fatal("not available after its cooldown")
			}
			try.Done(llm.KindRateLimit, asked)
			_, why, until := b.Available(id)
			if got := until.Sub(c.now); got != tt.want[i] || why != "cooling down after a 429" {
				t.Errorf("asked for %v the %d. time: left alone for %v, %q; want %v", asked, i+1, got, why, tt.want[i])
			}
			c.wait(until.Sub(c.now))
		}
	}
	// Twenty that are limited at once are one reason to wait, not twenty.
	b, c := book()
	id := health.ID{Backend: "m"}
	var tries []*health.Try
	for range 20 {
		tries = append(tries, b.Force(id))
	}
	for _, try := range tries {
		try.Done(llm.KindRateLimit, 0)
	}
	if _, _, until := b.Available(id); until.Sub(c.now) != 5*time.Second {
		t.Errorf("left alone for %v after twenty refusals at once", until.Sub(c.now))
	}
	c.wait(5 * time.Second)
	b.Force(id).Done("", 0)
	b.Force(id).Done(llm.KindRateLimit, 0)
	if _, _, until := b.Available(id); until.Sub(c.now) != 5*time.Second {
		t.Errorf("left alone for %v after a success", until.Sub(c.now))
	}
	// A success that was not to be expected ends it.
	b.Force(id).Done("", 0)
	if ok, _, _ := b.Available(id); !ok {
		t.Error("still cooling down after a success")
	}
}

func TestKeys(t *testing.T) {
	b, c := book()
	names := []string{"a", "b", "c"}
	order := func(want ...int) {
		t.Helper()
		if diff := gocmp.Diff(want, b.Keys("m", names)); diff != "" {
			t.Errorf("order of keys: %s", diff)
		}
	}
	order(0, 1, 2)
	b.Force(health.ID{Backend: "m", Key: "a"}).Done(llm.KindAuth, 0)
	if _, why, until := b.Available(health.ID{Backend: "m", Key: "a"}); why != "key refused" || until.Sub(c.now) != time.Minute {
		t.Errorf("a refused key: %q for %v", why, until.Sub(c.now))
	}
	if ok, _, _ := b.Available(health.ID{Backend: "m", Key: "b"}); !ok {
		t.Error("another key is refused as well")
	}
	order(1, 2, 0)
	c.wait(time.Second)
	b.Force(health.ID{Backend: "m", Key: "b"}).Done(llm.KindRateLimit, 0)
	order(2, 0, 1)
	c.wait(time.Hour)
	order(2, 0, 1)
	c.wait(time.Second)
	b.Force(health.ID{Backend: "m", Key: "c"}).Done(llm.KindRateLimit, 0)
	c.wait(time.Hour)
	order(0, 1, 2)
}

func TestLatency(t *testing.T) {
	b, c := book()
	id := health.ID{Backend: "m"}
	first := func() time.Duration { return b.Standing("m", []string{""}).FirstToken }
	if first() != 0 {
		t.Error("known before it was measured")
	}
	for _, tt := range []struct{ measured, want time.Duration }{
		{time.Second, time.Second},
		{2 * time.Second, 1200 * time.Millisecond},
		{0, 960 * time.Millisecond},
	} {
		try := b.Force(id)
		try.FirstToken(tt.measured)
		try.FirstToken(time.Hour) // there is one first token
		try.Done("", 0)
		if first() != tt.want {
			t.Errorf("average %v, want %v", first(), tt.want)
		}
	}
	c.wait(3 * time.Minute)
	if first() != 0 {
		t.Error("a stale measurement counts")
	}
	b.Force(id).Done(llm.KindServer, 0)
	if s := b.Standing("m", []string{""}); s.Success > 0.91 || s.Success < 0.89 {
		t.Errorf("success %v after one failure", s.Success)
	}
	c.wait(5 * time.Minute)
	if s := b.Standing("m", []string{""}); s.Success < 0.999 {
		t.Errorf("success %v long after a failure", s.Success)
	}
}

func TestDraw(t *testing.T) {
	b, _ := book()
	counts := map[string]int{}
	for range 700 {
		shares := []health.Share{{Name: "a", Weight: 5}, {Name: "b", Weight: 1}, {Name: "c", Weight: 1}}
		b.Draw("g", shares)
		counts[shares[0].Name]++
	}
	if diff := gocmp.Diff(map[string]int{"a": 500, "b": 100, "c": 100}, counts); diff != "" {
		t.Error(diff)
	}
}

func TestPairs(t *testing.T) {
	b, _ := book()
	b.Fell("y", "z", false)
	b.Fell("a", "b", true)
	b.Fell("a", "b", false)
	if diff := gocmp.Diff([]health.Pair{{From: "a", To: "b", Tried: 2, Saved: 1}, {From: "y", To: "z", Tried: 1}}, b.Pairs()); diff != "" {
		t.Error(diff)
	}
	for i := range 5000 {
		b.Fell("a", fmt.Sprint(i), true)
	}
	if n := len(b.Pairs()); n > 1000 {
		t.Errorf("%d pairs are kept", n)
	}
}

// A client can name any model of a provider, and must not fill the memory so.
func TestManyBackends(t *testing.T) {
	b, c := book()
	held := b.Force(health.ID{Backend: "held"})
	for i := range 3 * health.MaxBackends {
		c.wait(time.Millisecond)
		b.Force(health.ID{Backend: fmt.Sprint("p/", i)}).Done("", 0)
		b.Remember(fmt.Sprint(i), "g", "m", time.Hour)
	}
	list := b.List()
	if len(list) > health.MaxBackends {
		t.Errorf("%d backends are remembered", len(list))
	}
	if list[0].Backend != "held" || list[0].InFlight != 1 {
		t.Error("what is in flight is forgotten")
	}
	held.Done("", 0)
	if b.InFlight("held") != 0 || b.Remembered("0", "g") != "" || b.Remembered(fmt.Sprint(3*health.MaxBackends-1), "g") != "m" {
		t.Error("the oldest are kept, or the newest are not")
	}
}

// Everything at once, for the race detector; and nothing gets lost.
func TestConcurrency(t *testing.T) {
	b := health.New(nil)
	var changes atomic.Int64
	b.OnChange(func() { changes.Add(1) })
	const workers, rounds = 16, 500
	kinds := []llm.Kind{"", "", "", llm.KindServer, llm.KindRateLimit, llm.KindAuth, llm.KindInvalid}
	var asked atomic.Int64
	var wg sync.WaitGroup
	for n := range workers {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(n), 1))
			for i := range rounds {
				id := health.ID{Backend: fmt.Sprint("m", random.IntN(3)), Key: fmt.Sprint("k", random.IntN(2))}
				try, ok := b.Begin(id)
				if !ok {
					b.Available(id)
					try = b.Force(id)
				}
				asked.Add(1)
				b.Keys(id.Backend, []string{"k0", "k1"})
				b.Standing(id.Backend, []string{"k0", "k1"})
				b.Draw("g", []health.Share{{Name: "m0", Weight: 1}, {Name: "m1", Weight: 2}})
				conversation := fmt.Sprint(random.IntN(50))
				if b.Remembered(conversation, "g") == "" {
					b.Remember(conversation, "g", id.Backend, time.Minute)
				} else if i%10 == 0 {
					b.Forget(conversation, "g")
				}
				try.FirstToken(time.Duration(random.IntN(1000)))
				try.Done(kinds[random.IntN(len(kinds))], 0)
				try.Done("", 0)
				b.Fell("a", "b", i%2 == 0)
				switch i % 100 {
				case 7:
					b.Clear("", "")
				case 8:
					b.Retain(func(health.ID) bool { return true })
				case 9:
					b.SetRules(health.Rules{Failures: 3, OpenFor: time.Millisecond, MaxOpen: time.Second, MaxCooldown: time.Second})
				case 10:
					b.List()
				}
			}
		})
	}
	wg.Wait()
	var requests, ended int64
	for _, s := range b.List() {
		requests += s.Requests
		ended += s.Succeeded
		for _, n := range s.ByKind {
			ended += n
		}
		if s.InFlight != 0 {
			t.Errorf("%s: %d in flight at the end", s.Backend, s.InFlight)
		}
	}
	if requests != asked.Load() || ended != requests || changes.Load() == 0 {
		t.Errorf("%d asked, %d counted, %d ended, %d changes", asked.Load(), requests, ended, changes.Load())
	}
}

func TestCost(t *testing.T) {
	b := health.New(nil)
	id := health.ID{Backend: "m", Key: "k"}
	if n := testing.AllocsPerRun(1000, func() {
		try, _ := b.Begin(id)
		try.FirstToken(time.Second)
		try.Done("", 0)
		b.Standing("m", []string{"k"})
	}); n > 1 {
		t.Errorf("a request allocates %v times", n)
	}
}

func BenchmarkRequest(b *testing.B) {
	book := health.New(nil)
	id := health.ID{Backend: "m", Key: "k"}
	b.ReportAllocs()
	for b.Loop() {
		try, _ := book.Begin(id)
		try.FirstToken(time.Second)
		try.Done("", 0)
	}
}
