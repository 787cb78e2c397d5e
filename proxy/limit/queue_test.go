package limit_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func ask(id string, wants ...limit.Want) limit.Ask { return limit.Ask{ID: id, Wants: wants} }

// must takes slots that are known to be free.
func must(t testing.TB, q *limit.Queue, a limit.Ask) *limit.Slot {
	t.Helper()
	s, err := q.Enter(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func check(t testing.TB, err error, kind llm.Kind, status int, code string, words ...string) {
	t.Helper()
	var e *llm.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an llm.Error", err)
	}
	if e.Kind != kind || e.Status != status || e.Code != code || e.Source != llm.FromProxy {
		t.Errorf("got %s %d %q of %s", e.Kind, e.Status, e.Code, e.Source)
	}
	for _, w := range words {
		if !strings.Contains(e.Message, w) {
			t.Errorf("%q does not say %q", e.Message, w)
		}
	}
}

func TestWithoutABoundNothingIsCounted(t *testing.T) {
	q := limit.NewQueue(time.Now, nil)
	free := ask("a", limit.Want{Name: "model fast"}, limit.Want{Name: "provider openai"})
	if n := testing.AllocsPerRun(100, func() {
		s, err := q.Enter(t.Context(), free)
		if s != nil || err != nil {
			t.Errorf("got %v, %v", s, err)
		}
		s.Release()
		if s, ok := q.Try(free); s != nil || !ok || !q.Free(free.Wants...) {
			t.Errorf("got %v, %v", s, ok)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if u := q.Uses(); len(u) != 0 {
		t.Errorf("counted: %v", u)
	}
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		changes := 0
		q := limit.NewQueue(time.Now, func() { changes++ })
		q.Configure(config.Queue{Size: 10, Timeout: time.Minute})
		model := limit.Want{Name: "model fast", Limit: 1}
		s := must(t, q, ask("first", model))
		for _, tt := range []struct{ own, want time.Duration }{{0, time.Minute}, {7 * time.Second, 7 * time.Second}} {
			a := ask("late", model, limit.Want{Name: "provider openai", Limit: 9})
			a.Timeout = tt.own
			start := time.Now()
			_, err := q.Enter(t.Context(), a)
			check(t, err, llm.KindRateLimit, 429, "concurrency_limit_exceeded", "Request queued too long - concurrency limit reached", "model fast (1 at once)")
			if waited := time.Since(start); waited != tt.want {
				t.Errorf("waited %v, want %v", waited, tt.want)
			}
			if strings.Contains(err.Error(), "openai") {
				t.Errorf("a limit is blamed that was not reached: %v", err)
			}
		}
		if changes != 4 {
			t.Errorf("%d changes were told, want 4", changes)
		}
		s.Release()
		s.Release()
		if u := q.Uses(); len(u) != 0 {
			t.Errorf("left over: %v", u)
		}
	})
}

func TestNoTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := limit.NewQueue(time.Now, nil)
		q.Configure(config.Queue{Size: 10})
		model := limit.Want{Name: "model fast", Limit: 1}
		first := must(t, q, ask("first", model))
		time.AfterFunc(1000*time.Hour, first.Release)
		must(t, q, ask("second", model)).Release()
	})
}

func TestLeavingTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := limit.NewQueue(time.Now, nil)
		model := limit.Want{Name: "model fast", Limit: 1}
		s := must(t, q, ask("first", model))
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		time.AfterFunc(time.Second, cancel)
		_, err := q.Enter(ctx, ask("second", model))
		check(t, err, llm.KindCancelled, 499, "")
		if !errors.Is(err, context.Canceled) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		s.Release()
		if _, err = q.Enter(ctx, ask("third", model)); err == nil {
			t.Error("a client that has gone got a slot")
		}
		if n := len(q.Waiting()) + len(q.Uses()); n != 0 {
			t.Errorf("%d are left over", n)
		}
	})
}

// TestAllAtOnce: a client goes away, or its time is up, in the very moment in
// which its turn comes. Whichever counts, no slot is lost.
func TestAllAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := limit.NewQueue(time.Now, nil)
		model := limit.Want{Name: "model fast", Limit: 1}
		outcomes := map[string]int{}
		for i := range 200 {
			s := must(t, q, ask("first", model))
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				time.Sleep(time.Second)
				if i%2 == 0 {
					cancel()
				}
				s.Release()
			}()
			a := ask("second", model)
			a.Timeout = time.Duration(1+(i+1)%2) * time.Second
			s2, err := q.Enter(ctx, a)
			if err != nil {
				outcomes[string(llm.AsError(err).Kind)]++
			} else {
				outcomes["served"]++
			}
			s2.Release()
			synctest.Wait()
			if u := q.Uses(); len(u) != 0 {
				t.Fatalf("left over: %v after %v", u, err)
			}
			cancel()
		}
		if len(outcomes) != 3 {
			t.Errorf("not everything came about: %v", outcomes)
		}
	})
}

func TestRemovedByAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := limit.NewQueue(time.Now, nil)
		model := limit.Want{Name: "model fast", Limit: 1}
		s := must(t, q, ask("same", model))
		defer s.Release()
		errs := make(chan error, 3)
		for range 3 {
			go func() {
				_, err := q.Enter(t.Context(), ask("same", model))
				errs <- err
			}()
			synctest.Wait()
		}
		seen := map[string]bool{}
		for _, w := range q.Waiting() {
			if w.ID == "" || seen[w.ID] {
				t.Errorf("%q is not unique", w.ID)
			}
			seen[w.ID] = true
		}
		for id := range seen {
			if !q.Remove(id) || q.Remove(id) {
				t.Errorf("%s was not removed exactly once", id)
			}
			check(t, <-errs, llm.KindRateLimit, 429, "queue_removed")
		}
		if len(seen) != 3 || len(q.Waiting()) != 0 {
			t.Errorf("waited: %v, wait: %v", seen, q.Waiting())
		}
	})
}

func TestFullQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := limit.NewQueue(time.Now, nil)
		q.Configure(config.Queue{Size: 2})
		model := limit.Want{Name: "model fast", Limit: 1}
		s := must(t, q, ask("first", model))
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { must(t, q, ask("", model)).Release() })
			synctest.Wait()
		}
		_, err := q.Enter(t.Context(), ask("third", model, limit.Want{Name: "provider openai", Limit: 5}))
		check(t, err, llm.KindRateLimit, 429, "queue_full", "2 requests wait", "model fast (1 at once)")
		must(t, q, ask("elsewhere", limit.Want{Name: "model other", Limit: 1})).Release()
		s.Release()
		wg.Wait()
		if u := q.Uses(); len(u) != 0 {
			t.Errorf("left over: %v", u)
		}
	})
}

// TestABoundThatIsGone: whoever comes without a bound tells those that still
// wait for it.
func TestABoundThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := limit.NewQueue(time.Now, nil)
		s := must(t, q, ask("first", limit.Want{Name: "model fast", Limit: 1}))
		defer s.Release()
		var through atomic.Bool
		go func() {
			must(t, q, ask("second", limit.Want{Name: "model fast", Limit: 1})).Release()
			through.Store(true)
		}()
		synctest.Wait()
		if through.Load() {
			t.Fatal("the bound did not hold")
		}
		must(t, q, ask("third", limit.Want{Name: "model fast"})).Release()
		synctest.Wait()
		if !through.Load() {
			t.Error("the second still waits for a bound that is gone")
		}
	})
}

// TestHammer counts from outside what runs at once, while 200 goroutines come,
// try, give up and are removed.
func TestHammer(t *testing.T) {
	q := limit.NewQueue(time.Now, func() {})
	q.Configure(config.Queue{Size: 150, Timeout: time.Minute})
	const provider, model, caller = 12, 5, 2
	var running sync.Map
	count := func(name string, by int64) int64 {
		n, _ := running.LoadOrStore(name, &atomic.Int64{})
		return n.(*atomic.Int64).Add(by)
	}
	var served atomic.Int64
	var wg sync.WaitGroup
	for g := range 200 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(g)))
			for i := range 60 {
				m := fmt.Sprintf("model %d", r.IntN(4))
				a := limit.Ask{ID: fmt.Sprintf("%d", i%7), Priority: r.IntN(3), Wants: []limit.Want{
					{Name: fmt.Sprintf("caller %d on %s", r.IntN(5), m), Limit: caller},
					{Name: m, Limit: model},
					{Name: "provider", Limit: provider},
				}}
				ctx, cancel := context.WithCancel(t.Context())
				var s *limit.Slot
				var ok bool
				switch r.IntN(6) {
				case 0:
					s, ok = q.Try(a)
				case 1:
					go cancel()
					fallthrough
				default:
					var err error
					s, err = q.Enter(ctx, a)
					ok = err == nil
				}
				if ok {
					served.Add(1)
					for _, w := range a.Wants {
						if n := count(w.Name, 1); n > int64(w.Limit) {
							t.Errorf("%d of %s at once", n, w.Name)
						}
					}
					if r.IntN(20) == 0 {
						for _, w := range q.Waiting() {
							q.Remove(w.ID)
							break
						}
					}
					for _, w := range a.Wants {
						count(w.Name, -1)
					}
					s.Release()
				}
				cancel()
			}
		})
	}
	wg.Wait()
	if len(q.Waiting()) != 0 || len(q.Uses()) != 0 || served.Load() == 0 {
		t.Errorf("%d served; waiting %v, in use %v", served.Load(), q.Waiting(), q.Uses())
	}
}

func BenchmarkEnterRelease(b *testing.B) {
	q := limit.NewQueue(time.Now, nil)
	a := ask("a", limit.Want{Name: "caller k on fast", Limit: 5}, limit.Want{Name: "model fast", Limit: 50}, limit.Want{Name: "provider openai", Limit: 100})
	b.ReportAllocs()
	for b.Loop() {
		s, err := q.Enter(b.Context(), a)
		if err != nil {
			b.Fatal(err)
		}
		s.Release()
	}
}

// BenchmarkHandOver is a slot that passes from one to the next while 1000 wait.
func BenchmarkHandOver(b *testing.B) {
	q := limit.NewQueue(time.Now, nil)
	q.Configure(config.Queue{Size: 2000})
	a := ask("", limit.Want{Name: "caller k on fast", Limit: 1}, limit.Want{Name: "model fast", Limit: 5}, limit.Want{Name: "provider openai", Limit: 10})
	ctx, cancel := context.WithCancel(b.Context())
	slots := make(chan *limit.Slot)
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			for {
				s, err := q.Enter(ctx, a)
				if err != nil {
					return
				}
				slots <- s
			}
		})
	}
	for b.Loop() {
		(<-slots).Release()
	}
	cancel()
	go func() { wg.Wait(); close(slots) }()
	for s := range slots {
		s.Release()
	}
}
