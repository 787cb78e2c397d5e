package router_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/health"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/router"
)

// world runs requests on virtual time: servers that answer, die and heal, and
// callers that do with a route what the relay does.
type world struct {
	t       *testing.T
	now     time.Duration
	events  []event // a heap by time
	count   int
	random  *rand.Rand
	book    *health.Book
	table   *router.Table
	servers map[string]*server
	keep    time.Duration

	ended, saved, lost, broken int
}

type event struct {
	at time.Duration
	n  int // breaks ties
	do func()
}

func (e event) before(o event) bool { return e.at < o.at || e.at == o.at && e.n < o.n }

// server is one backend.
type server struct {
	first, rest time.Duration // typical times, until and from the first token
	down        []span        // when it is dead
	limit       int           // of requests at once, 429 above; 0 for none
	inFlight    int
	asked, good int             // attempts
	asks        []time.Duration // while it was down
	revived     time.Duration   // first success after the last outage
}

type span struct{ from, to time.Duration }

func (s *server) downAt(now time.Duration) bool {
	for _, d := range s.down {
		if d.from <= now && now < d.to {
			return true
		}
	}
	return false
}

// dies returns when the server next dies, if it does within a time.
func (s *server) dies(from, to time.Duration) (time.Duration, bool) {
	for _, d := range s.down {
		if from < d.from && d.from < to {
			return d.from, true
		}
	}
	return 0, false
}

// call is one request under way.
type call struct {
	conversation string
	began        time.Duration
	targets      []router.Target
	passed       []router.Target
	next         int
	done         func(t *router.Target) // nil when nobody answered
	failed       func(backend string)
}

func newWorld(t *testing.T, members []config.Member, servers map[string]*server) *world {
	w := &world{t: t, random: rand.New(rand.NewPCG(1, 2)), servers: servers, keep: time.Hour}
	base := time.Unix(1_000_000, 0)
	w.book = health.New(func() time.Time { return base.Add(w.now) })
	w.table = router.New(grouped(members...))
	return w
}

func (w *world) after(d time.Duration, do func()) {
	w.count++
	w.events = append(w.events, event{w.now + d, w.count, do})
	for i := len(w.events) - 1; i > 0; {
		up := (i - 1) / 2
		if !w.events[i].before(w.events[up]) {
			break
		}
		w.events[i], w.events[up] = w.events[up], w.events[i]
		i = up
	}
}

// run lives through all events.
func (w *world) run() {
	for len(w.events) > 0 {
		e, last := w.events[0], len(w.events)-1
		w.events[0] = w.events[last]
		w.events[last] = event{}
		w.events = w.events[:last]
		for i := 0; ; {
			least := i
			for _, below := range []int{2*i + 1, 2*i + 2} {
				if below < last && w.events[below].before(w.events[least]) {
					least = below
				}
			}
			if least == i {
				break
			}
			w.events[i], w.events[least] = w.events[least], w.events[i]
			i = least
		}
		w.now = e.at
		e.do()
	}
}

// about is a random time around a typical one.
func (w *world) about(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.5 + w.random.Float64()))
}

// arrive starts n requests, on average so far apart.
func (w *world) arrive(n int, apart time.Duration) {
	if n == 0 {
		return
	}
	w.after(time.Duration(w.random.ExpFloat64()*float64(apart)), func() {
		w.start(&call{})
		w.arrive(n-1, apart)
	})
}

func (w *world) start(c *call) {
	c.began = w.now
	targets, err := w.table.Route(router.Ask{Model: "g", Dialect: llm.OpenAI, Conversation: c.conversation}, w.book)
	if err != nil {
		w.t.Fatal(err)
	}
	c.targets = targets
	w.advance(c)
}

// advance asks the next target, those that were passed over at last.
func (w *world) advance(c *call) {
	for c.next < len(c.targets) {
		t := c.targets[c.next]
		c.next++
		try, ok := w.book.Begin(health.ID{Backend: t.Backend()})
		if ok {
			w.ask(c, t, try)
			return
		}
		c.passed = append(c.passed, t)
		if c.failed != nil {
			c.failed(t.Backend())
		}
	}
	if len(c.passed) > 0 {
		t := c.passed[0]
		c.passed = c.passed[1:]
		w.ask(c, t, w.book.Force(health.ID{Backend: t.Backend()}))
		return
	}
	w.ended++
	// Everybody was asked in vain. It was lost if somebody was well all along.
	for name, s := range w.servers {
		well := s.limit == 0 && !s.downAt(c.began) && !s.downAt(w.now)
		if _, died := s.dies(c.began, w.now); well && !died {
			w.lost++
			w.t.Errorf("at %v: a request is lost, and %s is well", w.now, name)
		}
	}
	if c.done != nil {
		c.done(nil)
	}
}

func (w *world) ask(c *call, t router.Target, try *health.Try) {
	s := w.servers[t.Backend()]
	s.asked++
	s.inFlight++
	end := func(kind llm.Kind, asked time.Duration) {
		s.inFlight--
		try.Done(kind, asked)
		if kind != "" && c.failed != nil {
			c.failed(t.Backend())
		}
	}
	switch {
	case s.downAt(w.now):
		s.asks = append(s.asks, w.now)
		w.after(w.about(20*time.Millisecond), func() {
			end(llm.KindConnect, 0)
			w.advance(c)
		})
		return
	case s.limit > 0 && s.inFlight > s.limit:
		w.after(w.about(20*time.Millisecond), func() {
			end(llm.KindRateLimit, 2*time.Second)
			w.advance(c)
		})
		return
	}
	first := w.about(s.first)
	whole := first + w.about(s.rest)
	if death, dies := s.dies(w.now, w.now+whole); dies {
		began := w.now
		w.after(death-w.now, func() {
			if death < began+first {
				end(llm.KindServer, 0)
				w.advance(c)
				return
			}
			try.FirstToken(first)
			end(llm.KindStream, 0) // the client has seen some of it
			w.ended++
			w.broken++
			if c.done != nil {
				c.done(nil)
			}
		})
		return
	}
	w.after(first, func() { try.FirstToken(first) })
	w.after(whole, func() {
		end("", 0)
		s.good++
		if len(s.down) > 0 && s.revived == 0 && w.now >= s.down[len(s.down)-1].to {
			s.revived = w.now
		}
		w.ended++
		w.saved++
		if c.conversation != "" {
			w.book.Remember(c.conversation, "g", t.Backend(), w.keep)
		}
		if c.done != nil {
			c.done(&t)
		}
	})
}

// requests is how many a part of the simulation runs.
func requests(n int) int {
	if thorough {
		return n
	}
	return n / 20
}

func TestSimulation(t *testing.T) {
	t.Run("weights", simulateWeights)
	t.Run("death", simulateDeath)
	t.Run("slow", simulateSlow)
	t.Run("limited", simulateLimited)
	t.Run("conversations", simulateConversations)
}

// Healthy members have the share of their weights, and one that fails now and
// then less.
func simulateWeights(t *testing.T) {
	n := requests(200_000)
	w := newWorld(t, []config.Member{{Model: "a", Weight: 5}, {Model: "b", Weight: 3}, {Model: "c", Weight: 2}, {Model: "d"}}, map[string]*server{
		"a": {first: time.Second, rest: 5 * time.Second}, "b": {first: 3 * time.Second, rest: 9 * time.Second},
		"c": {first: 100 * time.Millisecond, rest: time.Second}, "d": {first: time.Second},
	})
	w.arrive(n, 100*time.Millisecond)
	w.run()
	for name, want := range map[string]float64{"a": 0.5, "b": 0.3, "c": 0.2} {
		if got := float64(w.servers[name].asked) / float64(n); math.Abs(got-want) > 0.02*want {
			t.Errorf("%s has a share of %.4f, want %.2f", name, got, want)
		}
	}
	if w.saved != n || w.servers["d"].asked > 0 {
		t.Errorf("%d of %d answered, %d by the one on stand-by", w.saved, n, w.servers["d"].asked)
	}
}

// A dead member is probed and otherwise left alone, and is back soon after it
// has healed.
func simulateDeath(t *testing.T) {
	const apart = 50 * time.Millisecond
	n := requests(250_000)
	length := time.Duration(n) * apart
	out := span{length / 5, length * 3 / 5}
	dead := &server{first: time.Second, rest: 2 * time.Second, down: []span{out}}
	w := newWorld(t, []config.Member{{Model: "a", Weight: 1}, {Model: "b", Weight: 1}, {Model: "c", Weight: 1}}, map[string]*server{
		"a": {first: time.Second, rest: 2 * time.Second}, "b": dead, "c": {first: time.Second, rest: 2 * time.Second},
	})
	w.arrive(n, apart)
	w.run()
	// Before the first opening: the failures that it takes, and who was under
	// way by then. From the fourth opening on there is a probe every two minutes.
	settled := 0
	for _, at := range dead.asks {
		if at > out.from+time.Second {
			settled++
		}
	}
	if most := 5 + int((out.to-out.from)/(2*time.Minute)); settled > most || len(dead.asks) > most+20 {
		t.Errorf("asked %d times in the outage, %d after its first second; want up to %d", len(dead.asks), settled, most)
	}
	const late = 2*time.Minute + 10*time.Second // an opening, and the answer itself
	if dead.revived == 0 || dead.revived > out.to+late {
		t.Errorf("back %v after it healed", dead.revived-out.to)
	}
	if share := float64(dead.good) / float64(n); share < 0.1 {
		t.Errorf("a share of %.2f in all", share)
	}
	if w.ended != n || w.lost > 0 || w.saved+w.broken != n {
		t.Errorf("%d of %d ended, %d answered, %d broken off, %d lost", w.ended, n, w.saved, w.broken, w.lost)
	}
}

// With equal weights the slow get less to do.
func simulateSlow(t *testing.T) {
	n := requests(150_000)
	w := newWorld(t, []config.Member{{Model: "slow", Weight: 1}, {Model: "a", Weight: 1}, {Model: "b", Weight: 1}}, map[string]*server{
		"slow": {first: 4 * time.Second, rest: 12 * time.Second}, "a": {first: time.Second, rest: 3 * time.Second}, "b": {first: time.Second, rest: 3 * time.Second},
	})
	w.arrive(n, 400*time.Millisecond)
	w.run()
	slow, fast := w.servers["slow"].asked, w.servers["a"].asked
	if slow == 0 || 2*slow > fast || w.saved != n {
		t.Errorf("the slow one is asked %d times, another %d; %d answered", slow, fast, w.saved)
	}
}

// One that limits is left alone for as long as it asks, and used again.
func simulateLimited(t *testing.T) {
	n := requests(100_000)
	w := newWorld(t, []config.Member{{Model: "a", Weight: 1}, {Model: "b", Weight: 1, Priority: 1}}, map[string]*server{
		"a": {first: time.Second, rest: 2 * time.Second, limit: 10}, "b": {first: time.Second, rest: 2 * time.Second},
	})
	w.arrive(n, 150*time.Millisecond) // 20 at once, twice what the first can take
	w.run()
	a := w.servers["a"]
	if refused := a.asked - a.good; w.saved != n || refused == 0 || refused*5 > n {
		t.Errorf("%d of %d answered, %d refused", w.saved, n, refused)
	}
	if share := float64(a.good) / float64(n); share < 0.2 {
		t.Errorf("the first has a share of %.2f", share)
	}
}

// Conversations stay where they are while that is well, and move once for each
// failure; nobody is lost while servers die one after the other; and nothing
// grows.
func simulateConversations(t *testing.T) {
	n := requests(300_000)
	servers := map[string]*server{}
	var members []config.Member
	for i := range 5 {
		name := fmt.Sprint("m", i)
		members = append(members, config.Member{Model: name, Weight: 1 + i%2})
		servers[name] = &server{first: time.Second, rest: 3 * time.Second}
	}
	w := newWorld(t, members, servers)
	const turns, apart, at = 20, 30 * time.Second, 500
	length := time.Duration(n/at) * (apart + 5*time.Second)
	// In the second half servers are down for a fifth of the time, several at
	// once, and now and then all.
	for _, s := range servers {
		for from := length / 2; from < length; {
			from += time.Duration(w.random.ExpFloat64() * float64(12*time.Minute))
			to := from + time.Duration(w.random.ExpFloat64()*float64(3*time.Minute))
			s.down = append(s.down, span{from, to})
			from = to
		}
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)

	hits, later, moves, begun, conversations := 0, 0, 0, 0, 0
	var talk func(id string, turn int, where string)
	talk = func(id string, turn int, where string) {
		if begun == n {
			return
		}
		begun++
		if turn == 0 {
			conversations++
			id = fmt.Sprint("conversation ", conversations)
		}
		quiet := w.now < length/2
		available, _, _ := w.book.Available(health.ID{Backend: where})
		troubled := !available
		w.start(&call{
			conversation: id,
			failed:       func(backend string) { troubled = troubled || backend == where },
			done: func(by *router.Target) {
				next := where
				if by != nil {
					next = by.Backend()
				}
				if where != "" && quiet {
					later++
				}
				if where != "" && next == where && quiet {
					hits++
				}
				if next != where && where != "" {
					moves++
					if !troubled {
						t.Errorf("at %v: %s moved from %s to %s for no reason", w.now, id, where, next)
					}
				}
				w.after(w.about(apart), func() { talk(id, (turn+1)%turns, map[bool]string{false: next}[(turn+1)%turns == 0]) })
			},
		})
	}
	for range at {
		w.after(w.about(apart), func() { talk("", 0, "") })
	}
	w.run()
	runtime.GC()
	runtime.ReadMemStats(&after)

	if rate := float64(hits) / float64(later); rate < 0.99 {
		t.Errorf("%.4f of the later turns stay where the conversation was", rate)
	}
	if w.ended != n || w.lost > 0 {
		t.Errorf("%d of %d ended, %d lost", w.ended, n, w.lost)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("%d conversations leave %d bytes behind", conversations, grown)
	}
	runtime.KeepAlive(w)
	if moves == 0 || n-w.saved-w.broken > n/1000 {
		t.Errorf("%d moves, %d requests with nobody well: this shows nothing", moves, n-w.saved-w.broken)
	}
	t.Logf("%d requests of %d conversations, %d moves, %d answered, %d broken off, %d with nobody well", n, conversations, moves, w.saved, w.broken, n-w.saved-w.broken)
}
