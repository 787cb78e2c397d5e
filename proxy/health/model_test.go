package health_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// naive is what a Book should say about one ID, written down as plainly as it
// can be: it orders events by a running number where the Book counts openings.
type naive struct {
	open, probed        bool
	until               time.Time
	row, rounds         int
	opened, paused      int // numbers of the events
	cooling, refused    time.Time
	limits, refusals    int
	inFlight            int
	gone                bool
	requests, good, bad int64
	limited             time.Time
	byKind              map[llm.Kind]int64
}

type naiveTry struct {
	id          health.ID
	of          *naive
	began       int
	probe       bool
	first, done bool
	try         *health.Try
}

type world struct {
	now   time.Time
	event int
	rules health.Rules
	known map[health.ID]*naive
	tries []*naiveTry
	book  *health.Book
	calls int
}

func (n *naive) status(now time.Time) health.Status {
	switch {
	case n.refused.After(now):
		return health.StatusKeyRefused
	case n.cooling.After(now):
		return health.StatusCooling
	case n.open && n.until.After(now):
		return health.StatusOpen
	case n.open:
		return health.StatusProbing
	}
	return health.StatusOK
}

func (n *naive) admits(now time.Time) bool {
	s := n.status(now)
	return s == health.StatusOK || s == health.StatusProbing && !n.probed
}

func growing(first time.Duration, n int, most time.Duration) time.Duration {
	for range n {
		first = min(2*first, most)
	}
	return min(first, most)
}

func (w *world) begin(id health.ID, force bool) {
	n := w.known[id]
	if n == nil {
		n = &naive{byKind: map[llm.Kind]int64{}}
		w.known[id] = n
	}
	if !force && !n.admits(w.now) {
		return
	}
	t := &naiveTry{id: id, of: n, began: w.event}
	if n.open && !n.until.After(w.now) && !n.probed {
		n.probed, t.probe = true, true
	}
	n.inFlight++
	n.requests++
	w.tries = append(w.tries, t)
}

func (w *world) first(t *naiveTry) {
	if t.first || t.done {
		return
	}
	t.first = true
	if t.probe {
		t.of.open, t.of.probed, t.of.row = false, false, max(0, w.rules.Failures-1)
		w.unprobe(t.of)
	}
}

// unprobe makes nobody the probe of an ID.
func (w *world) unprobe(n *naive) {
	n.probed = false
	for _, t := range w.tries {
		if t.of == n {
			t.probe = false
		}
	}
}

func (w *world) done(t *naiveTry, kind llm.Kind, asked time.Duration) {
	if t.done {
		return
	}
	t.done = true
	n := t.of
	n.inFlight--
	if t.probe {
		w.unprobe(n)
	}
	sinceOpened, sincePaused := t.began > n.opened, t.began > n.paused
	against := true
	switch kind {
	case "":
		n.good++
		if sinceOpened {
			n.open, n.row, n.rounds = false, 0, 0
			w.unprobe(n)
		}
		if sincePaused {
			n.cooling, n.refused, n.limits, n.refusals = time.Time{}, time.Time{}, 0, 0
		}
		return
	case llm.KindConnect, llm.KindTimeout, llm.KindServer, llm.KindStream, llm.KindOverloaded:
		if sinceOpened {
			n.row++
			halfOpen := n.open && !n.until.After(w.now)
			if w.rules.Failures > 0 && (halfOpen || !n.open && n.row >= w.rules.Failures) {
				n.open, n.until = true, w.now.Add(growing(w.rules.OpenFor, n.rounds, w.rules.MaxOpen))
				n.rounds++
				n.opened = w.event
				w.unprobe(n)
			}
		}
		if kind == llm.KindOverloaded && asked > 0 {
			w.cool(n, asked, sincePaused)
		}
	case llm.KindRateLimit:
		w.cool(n, asked, sincePaused)
	case llm.KindAuth, llm.KindPermission:
		n.limited = w.now
		if sincePaused {
			n.refused = w.now.Add(growing(time.Minute, n.refusals, w.rules.MaxCooldown))
			n.refusals++
			n.paused = w.event
		}
	default:
		against = false
	}
	n.byKind[kind]++
	if against {
		n.bad++
	}
}

func (w *world) cool(n *naive, asked time.Duration, sincePaused bool) {
	n.limited = w.now
	wait := min(asked, w.rules.MaxCooldown)
	switch {
	case asked <= 0 && !sincePaused:
		return
	case asked <= 0:
		wait = growing(5*time.Second, n.limits, w.rules.MaxCooldown)
	}
	if end := w.now.Add(wait); sincePaused || end.After(n.cooling) {
		n.cooling = end
	}
	if sincePaused {
		n.limits++
		n.paused = w.event
	}
}

func (w *world) sweep() {
	maps.DeleteFunc(w.known, func(_ health.ID, n *naive) bool { return n.gone && n.inFlight == 0 })
}

// line is what both worlds must agree on.
func line(id health.ID, s health.Status, row, inFlight int, requests, good, bad int64, byKind map[llm.Kind]int64) string {
	return fmt.Sprint(id, s, row, inFlight, requests, good, bad, byKind)
}

func (w *world) want() []string {
	var out []string
	for _, id := range slices.SortedFunc(maps.Keys(w.known), func(x, y health.ID) int {
		return cmp.Or(cmp.Compare(x.Backend, y.Backend), cmp.Compare(x.Key, y.Key))
	}) {
		n := w.known[id]
		out = append(out, line(id, n.status(w.now), n.row, n.inFlight, n.requests, n.good, n.bad, n.byKind))
	}
	return out
}

func (w *world) got() (lines []string, statuses map[health.ID]health.Status) {
	statuses = map[health.ID]health.Status{}
	for _, s := range w.book.List() {
		id := health.ID{Backend: s.Backend, Key: s.Key}
		statuses[id] = s.Status
		lines = append(lines, line(id, s.Status, s.Failures, s.InFlight, s.Requests, s.Succeeded, s.Failed, s.ByKind))
	}
	return lines, statuses
}

func (w *world) check(t *rapid.T) {
	lines, _ := w.got()
	if diff := gocmp.Diff(w.want(), lines); diff != "" {
		t.Fatalf("the book (+) differs from the model (-): %s", diff)
	}
	inFlight := map[string]int{}
	for id, n := range w.known {
		inFlight[id.Backend] += n.inFlight
		ok, why, until := w.book.Available(id)
		if ok != n.admits(w.now) || ok != (why == "") {
			t.Fatalf("%v: available %v because %q, want %v", id, ok, why, n.admits(w.now))
		}
		if !ok && !until.IsZero() && !until.After(w.now) {
			t.Fatalf("%v is not available until %v, which is past", id, until)
		}
	}
	for name, n := range inFlight {
		if got := w.book.InFlight(name); got != n {
			t.Fatalf("%s: %d in flight, want %d", name, got, n)
		}
		w.checkKeys(t, name)
	}
}

// checkKeys holds the order of a backend's keys to its two rules.
func (w *world) checkKeys(t *rapid.T, backend string) {
	names := []string{"", "k"}
	of := func(i int) naive {
		if n := w.known[health.ID{Backend: backend, Key: names[i]}]; n != nil {
			return *n
		}
		return naive{}
	}
	order := w.book.Keys(backend, names)
	x, y := of(order[0]), of(order[1])
	xOK, yOK := x.admits(w.now), y.admits(w.now)
	if len(order) != 2 || order[0] == order[1] || yOK && !xOK || xOK == yOK && (x.limited.After(y.limited) || x.limited.Equal(y.limited) && order[0] == 1) {
		t.Fatalf("%s: keys in the order %v", backend, order)
	}
	if s := w.book.Standing(backend, names); s.OK != (xOK || yOK) || s.Success <= 0 || s.Success > 1 || s.InFlight != w.book.InFlight(backend) {
		t.Fatalf("%s: stands %+v", backend, s)
	}
}

// The Book agrees with a naive model after every step, whatever the steps are,
// and tells of every change of a status that a step makes.
func TestBookAgainstAModel(t *testing.T) {
	kinds := []llm.Kind{
		"", "", llm.KindConnect, llm.KindTimeout, llm.KindServer, llm.KindOverloaded, llm.KindStream, llm.KindServer, llm.KindServer,
		llm.KindRateLimit, llm.KindAuth, llm.KindPermission, llm.KindInvalid, llm.KindCancelled, llm.KindConflict, llm.KindContextLength,
	}
	rapid.Check(t, func(t *rapid.T) {
		w := &world{now: time.Unix(1_000_000, 0), known: map[health.ID]*naive{}}
		w.book = health.New(func() time.Time { return w.now })
		w.book.OnChange(func() {
			w.book.InFlight("a") // no lock is held
			w.calls++
		})
		w.rules = health.Rules{Failures: 5, OpenFor: 10 * time.Second, MaxOpen: 2 * time.Minute, MaxCooldown: 5 * time.Minute}
		ids := rapid.Custom(func(t *rapid.T) health.ID {
			return health.ID{Backend: rapid.SampledFrom([]string{"a", "a", "b"}).Draw(t, "backend"), Key: rapid.SampledFrom([]string{"", "", "k"}).Draw(t, "key")}
		})
		some := func(t *rapid.T) *naiveTry {
			if len(w.tries) == 0 {
				t.Skip("none in flight")
			}
			// Mostly one of the latest; now and then one that has long ended.
			from := max(0, len(w.tries)-rapid.SampledFrom([]int{3, 6, 100}).Draw(t, "back"))
			return w.tries[rapid.IntRange(from, len(w.tries)-1).Draw(t, "try")]
		}
		step := func(f func(t *rapid.T)) func(t *rapid.T) {
			return func(t *rapid.T) {
				w.event++
				_, before := w.got()
				calls := w.calls
				f(t)
				w.check(t)
				_, after := w.got()
				for id, s := range after {
					if was, ok := before[id]; ok && was != s && w.calls == calls {
						t.Fatalf("%v turned from %s to %s in silence", id, was, s)
					}
				}
			}
		}
		begin := func(force bool) func(t *rapid.T) {
			return step(func(t *rapid.T) {
				id := ids.Draw(t, "id")
				n := len(w.tries)
				w.begin(id, force)
				var try *health.Try
				ok := true
				if force {
					try = w.book.Force(id)
				} else {
					try, ok = w.book.Begin(id)
				}
				if ok != (len(w.tries) > n) || ok != (try != nil) {
					t.Fatalf("%v begins: %v", id, ok)
				}
				if ok {
					w.tries[n].try = try
				}
			})
		}
		end := step(func(t *rapid.T) {
			x := some(t)
			kind := rapid.SampledFrom(kinds).Draw(t, "kind")
			asked := time.Duration(rapid.SampledFrom([]int{-1, 0, 0, 1, 30, 1000}).Draw(t, "asked")) * time.Second
			w.done(x, kind, asked)
			w.sweep()
			x.try.Done(kind, asked)
		})
		t.Repeat(map[string]func(*rapid.T){
			"begin": begin(false), "begin again": begin(false), "force": begin(true), "done": end, "done again": end,
			"fail in a row": step(func(t *rapid.T) {
				id := ids.Draw(t, "id")
				for range rapid.IntRange(1, 6).Draw(t, "times") {
					w.event++
					w.begin(id, true)
					x := w.tries[len(w.tries)-1]
					x.try = w.book.Force(id)
					w.event++
					w.done(x, llm.KindServer, 0)
					w.sweep()
					x.try.Done(llm.KindServer, 0)
				}
			}),
			// The shortest way to where a half-open circuit or a pause is ended.
			"one more": step(func(t *rapid.T) {
				id := ids.Draw(t, "id")
				_, _, until := w.book.Available(id)
				if early := rapid.Bool().Draw(t, "early"); !early && until.After(w.now) {
					w.now = until
				}
				w.begin(id, true)
				x := w.tries[len(w.tries)-1]
				x.try = w.book.Force(id)
				if rapid.Bool().Draw(t, "begins well") {
					w.first(x)
					x.try.FirstToken(time.Second)
				}
				w.event++
				kind := rapid.SampledFrom(kinds).Draw(t, "kind")
				w.done(x, kind, 0)
				w.sweep()
				x.try.Done(kind, 0)
			}),
			"first token": step(func(t *rapid.T) {
				x := some(t)
				w.first(x)
				x.try.FirstToken(time.Duration(rapid.IntRange(0, 5000).Draw(t, "ms")) * time.Millisecond)
			}),
			"wait": func(t *rapid.T) {
				w.now = w.now.Add(time.Duration(rapid.SampledFrom([]int{1, 5, 10, 20, 60, 120, 300}).Draw(t, "seconds")) * time.Second)
				w.check(t)
			},
			"clear": step(func(t *rapid.T) {
				backend, key := rapid.SampledFrom([]string{"", "a", "x"}).Draw(t, "backend"), rapid.SampledFrom([]string{"", "k"}).Draw(t, "key")
				want := 0
				for id, n := range w.known {
					if (backend == "" || backend == id.Backend) && (key == "" || key == id.Key) {
						if n.status(w.now) != health.StatusOK {
							want++
						}
						n.open, n.row, n.rounds, n.cooling, n.refused, n.limits, n.refusals = false, 0, 0, time.Time{}, time.Time{}, 0, 0
						w.unprobe(n)
					}
				}
				if got := w.book.Clear(backend, key); got != want {
					t.Fatalf("%d cleared, want %d", got, want)
				}
			}),
			"retain": step(func(t *rapid.T) {
				gone := ids.Draw(t, "gone")
				for id, n := range w.known {
					n.gone = id == gone
				}
				w.sweep()
				w.book.Retain(func(id health.ID) bool { return id != gone })
			}),
			"rules": step(func(t *rapid.T) {
				w.rules.Failures = rapid.IntRange(0, 3).Draw(t, "failures")
				w.rules.MaxOpen = time.Duration(rapid.SampledFrom([]int{5, 120}).Draw(t, "open")) * time.Second
				w.rules.MaxCooldown = time.Duration(rapid.SampledFrom([]int{0, 20, 300}).Draw(t, "cooldown")) * time.Second
				w.book.SetRules(w.rules)
				for _, n := range w.known {
					if w.rules.Failures == 0 && n.open {
						n.open, n.row, n.rounds = false, 0, 0
						w.unprobe(n)
					}
				}
			}),
		})
	})
}

// Where conversations are is a map with a bound and an expiry.
func TestPlacesAgainstAModel(t *testing.T) {
	type entry struct {
		key, group, backend string
		until               time.Time
	}
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1_000_000, 0)
		book := health.New(func() time.Time { return now })
		most := rapid.IntRange(1, 6).Draw(t, "most")
		book.SetMaxPlaces(most)
		var known []entry // oldest first
		drop := func(key, group string) {
			known = slices.DeleteFunc(known, func(e entry) bool { return e.key == key && e.group == group })
		}
		keys, groups := rapid.SampledFrom([]string{"1", "2", "3", "4", "5"}), rapid.SampledFrom([]string{"g", "h"})
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				for _, key := range []string{"1", "2", "3", "4", "5"} {
					for _, group := range []string{"g", "h"} {
						want := ""
						for _, e := range known {
							if e.key == key && e.group == group && e.until.After(now) {
								want = e.backend
							}
						}
						if got := book.Remembered(key, group); got != want {
							t.Fatalf("%s in %s is at %q, want %q", key, group, got, want)
						}
					}
				}
				known = slices.DeleteFunc(known, func(e entry) bool { return !e.until.After(now) })
			},
			"remember": func(t *rapid.T) {
				e := entry{key: keys.Draw(t, "key"), group: groups.Draw(t, "group"), backend: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "backend")}
				keep := time.Duration(rapid.IntRange(0, 3).Draw(t, "keep")) * time.Minute
				e.until = now.Add(keep)
				drop(e.key, e.group)
				known = append(known, e)
				known = known[max(0, len(known)-most):]
				book.Remember(e.key, e.group, e.backend, keep)
			},
			"forget": func(t *rapid.T) {
				key, group := keys.Draw(t, "key"), groups.Draw(t, "group")
				drop(key, group)
				book.Forget(key, group)
			},
			"wait": func(t *rapid.T) { now = now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second) },
		})
	})
}
