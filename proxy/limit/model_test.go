package limit_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// op is one thing that happens to a queue.
type op struct {
	what     string
	which    int // of those that run or wait
	names    []string
	priority int
	timeout  time.Duration
	size     int
	limits   map[string]int
}

var limited = []string{"caller", "fast", "provider", "slow"}

func ops() *rapid.Generator[[]op] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) op {
		return op{
			what:     rapid.SampledFrom([]string{"enter", "enter", "enter", "enter", "try", "release", "release", "release", "cancel", "remove", "sleep", "reload"}).Draw(t, "what"),
			which:    rapid.IntRange(0, 9).Draw(t, "which"),
			names:    rapid.SliceOfN(rapid.SampledFrom(limited), 1, 4).Draw(t, "names"),
			priority: rapid.IntRange(0, 2).Draw(t, "priority"),
			timeout:  rapid.SampledFrom([]time.Duration{0, time.Second, 3 * time.Second}).Draw(t, "timeout"),
			size:     rapid.IntRange(0, 6).Draw(t, "size"),
			limits:   rapid.MapOfN(rapid.SampledFrom(limited), rapid.IntRange(0, 3), 1, 4).Draw(t, "limits"),
		}
	}), 1, 60)
}

// client is one request: what the model says of it, and what the queue did.
type client struct {
	id       int
	names    []string // bounded ones, each once
	priority int
	deadline time.Time
	since    time.Time
	fate     string // waits, runs, ended, or the code of an error

	cancel context.CancelFunc
	mu     sync.Mutex
	slot   *limit.Slot
	err    error
	back   bool // Enter has returned
}

func (c *client) returned(s *limit.Slot, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slot, c.err, c.back = s, err, true
}

// naive is a queue as one would describe it.
type naive struct {
	limits  map[string]int // as configured now
	known   map[string]int // as the last request said
	size    int
	timeout time.Duration
	line    []*client
	running []*client
}

func (n *naive) taken(name string) (count int) {
	for _, c := range n.running {
		if slices.Contains(c.names, name) {
			count++
		}
	}
	return count
}

func (n *naive) full(c *client) (out []string) {
	for _, name := range c.names {
		if l := n.known[name]; l > 0 && n.taken(name) >= l {
			out = append(out, name)
		}
	}
	return out
}

// settle: as long as anybody can go, the first who can goes.
func (n *naive) settle() {
	for {
		at := slices.IndexFunc(n.line, func(c *client) bool { return len(n.full(c)) == 0 })
		if at < 0 {
			return
		}
		n.run(n.line[at])
		n.line = slices.Delete(n.line, at, at+1)
	}
}

func (n *naive) run(c *client) {
	c.fate = "runs"
	n.running = append(n.running, c)
}

// learn: a name's bound is what the last request said; but one that is not
// bounded at all does not look at the queue when nobody waits.
func (n *naive) learn(c *client, names []string) {
	if len(c.names) == 0 && len(n.line) == 0 {
		return
	}
	for _, name := range names {
		n.known[name] = n.limits[name]
	}
	n.settle()
}

func (n *naive) expire(now time.Time) {
	n.line = slices.DeleteFunc(n.line, func(c *client) bool {
		late := !c.deadline.IsZero() && !c.deadline.After(now)
		if late {
			c.fate = "concurrency_limit_exceeded"
		}
		return late
	})
}

func (n *naive) waiting() []limit.Waiter {
	out := []limit.Waiter{}
	places := map[string]int{}
	for _, c := range n.line {
		w := limit.Waiter{ID: fmt.Sprint(c.id), Priority: c.priority, Since: c.since, For: n.full(c)}
		for _, name := range w.For {
			places[name]++
			w.Position = max(w.Position, places[name])
		}
		out = append(out, w)
	}
	return out
}

func (n *naive) uses() []limit.Use {
	out := []limit.Use{}
	for _, name := range limited {
		u := limit.Use{Name: name, Limit: n.known[name], InUse: n.taken(name)}
		wanted := 0
		for _, c := range n.line {
			if slices.Contains(c.names, name) {
				wanted++
			}
		}
		if u.Limit > 0 && u.InUse >= u.Limit {
			u.Waiting = wanted
		}
		if u.InUse+wanted > 0 {
			out = append(out, u)
		}
	}
	return out
}

// TestAgainstAModel lets a queue and a naive model live through the same: at
// rest they agree on who runs, who waits in which order and for what, and who
// was told what. An Enter that the queue forgot deadlocks the bubble.
func TestAgainstAModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		todo := ops().Draw(rt, "ops")
		var failed string
		synctest.Test(t, func(t *testing.T) { failed = live(t, todo) })
		if failed != "" {
			rt.Fatal(failed)
		}
	})
}

func live(t *testing.T, todo []op) string {
	q := limit.NewQueue(time.Now, nil)
	q.Configure(config.Queue{Size: 5, Timeout: 2 * time.Second})
	n := &naive{limits: map[string]int{"caller": 1, "fast": 2, "slow": 1, "provider": 2}, known: map[string]int{}, size: 5, timeout: 2 * time.Second}
	var all []*client
	defer func() {
		for _, c := range all {
			c.cancel()
		}
		synctest.Wait()
		for _, c := range all {
			c.slot.Release()
		}
	}()
	for i, o := range todo {
		all = append(all, n.step(t, q, o, len(all))...)
		synctest.Wait()
		if diff := gocmp.Diff(n.waiting(), q.Waiting()); diff != "" {
			return fmt.Sprintf("step %d %+v: waiting (-model +queue):\n%s", i, o, diff)
		}
		if diff := gocmp.Diff(n.uses(), q.Uses()); diff != "" {
			return fmt.Sprintf("step %d %+v: uses (-model +queue):\n%s", i, o, diff)
		}
		for _, c := range all {
			if got := c.seen(); got != c.fate {
				return fmt.Sprintf("step %d %+v: request %d %s, the model says it %s", i, o, c.id, got, c.fate)
			}
		}
	}
	return ""
}

// seen is what became of a request, in the model's words.
func (c *client) seen() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.back:
		return "waits"
	case c.err == nil && c.fate == "ended":
		return "ended"
	case c.err == nil:
		return "runs"
	}
	e := llm.AsError(c.err)
	return cmp.Or(e.Code, string(e.Kind))
}

// step does one thing to both. It returns the request that has come, if any.
func (n *naive) step(t *testing.T, q *limit.Queue, o op, id int) []*client {
	pick := func(from []*client) *client {
		if len(from) == 0 {
			return nil
		}
		return from[o.which%len(from)]
	}
	switch o.what {
	case "enter", "try":
		return []*client{n.come(t, q, o, id)}
	case "release":
		if c := pick(n.running); c != nil {
			c.slot.Release()
			c.slot.Release()
			c.fate = "ended"
			n.running = slices.DeleteFunc(n.running, func(r *client) bool { return r == c })
			n.settle()
		}
	case "cancel", "remove":
		c := pick(n.line)
		if c == nil {
			break
		}
		n.line = slices.DeleteFunc(n.line, func(w *client) bool { return w == c })
		if o.what == "cancel" {
			c.fate = "cancelled"
			c.cancel()
		} else {
			c.fate = "queue_removed"
			q.Remove(fmt.Sprint(c.id))
		}
	case "sleep":
		time.Sleep(time.Duration(o.which) * 500 * time.Millisecond) // the bubble's time
		n.expire(time.Now())
	case "reload":
		n.limits, n.size, n.timeout = o.limits, o.size, o.timeout
		q.Configure(config.Queue{Size: o.size, Timeout: o.timeout})
	}
	return nil
}

func (n *naive) come(t *testing.T, q *limit.Queue, o op, id int) *client {
	ctx, cancel := context.WithCancel(t.Context())
	c := &client{id: id, priority: o.priority, since: time.Now(), cancel: cancel}
	a := limit.Ask{ID: fmt.Sprint(id), Priority: o.priority, Timeout: o.timeout}
	for _, name := range o.names {
		a.Wants = append(a.Wants, limit.Want{Name: name, Limit: n.limits[name]})
		if n.limits[name] > 0 && !slices.Contains(c.names, name) {
			c.names = append(c.names, name)
		}
	}
	room := !slices.ContainsFunc(c.names, func(name string) bool { return n.taken(name) >= n.limits[name] })
	if got := q.Free(a.Wants...); got != room {
		t.Errorf("free: %v, the model says %v", got, room)
	}
	n.learn(c, o.names)
	free := len(n.full(c)) == 0
	switch {
	case free:
		n.run(c)
	case o.what == "try":
		c.fate = "refused"
	case len(n.line) >= n.size:
		c.fate = "queue_full"
	default:
		c.fate = "waits"
		if d := cmp.Or(o.timeout, n.timeout); d > 0 {
			c.deadline = time.Now().Add(d)
		}
		n.line = append(n.line, c)
		slices.SortStableFunc(n.line, func(a, b *client) int { return a.priority - b.priority })
	}
	if o.what == "try" {
		if s, ok := q.Try(a); ok {
			c.returned(s, nil)
		} else {
			c.returned(nil, &llm.Error{Code: "refused"})
		}
		return c
	}
	go func() {
		s, err := q.Enter(ctx, a)
		c.returned(s, err)
	}()
	return c
}
