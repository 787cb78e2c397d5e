// Package limit bounds what is asked of models and providers: a Queue for how
// many requests run at once, and Rates for how much in a minute and in a day.
// Both live beside the configuration. The bounds come with each request, so
// that a reload counts at once and nothing that runs is forgotten by it.
package limit

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// Want is a slot that a request needs while it runs.
type Want struct {
	Name  string // "model fast", "provider openai", "caller k on fast"
	Limit int    // slots of that name; 0 for any number, which is not counted
}

// Ask is a request that wants to run.
type Ask struct {
	ID                    string // of the request; several may carry the same
	Caller, Model, Client string
	Stream                bool
	Priority              int           // lower ones go first
	Timeout               time.Duration // 0: the queue's own
	Wants                 []Want
}

// Queue hands out slots. Who wants several gets all of them or waits for all
// of them, so that two that wait never wait for each other.
//
// Those that wait stand in one line, by priority and then by arrival. Whenever
// something changes, the first for whom there is room everywhere goes, then
// the next. Who waits for one name does not hold back those behind that need
// only others: a slow model must not keep its whole provider from working. The
// names of a request lie within each other (a caller's share of a model, the
// model, its provider), and there nobody can be overtaken for ever: a slot of
// an inner name that comes free brings one of each outer name with it.
//
// Between calls nobody waits who could go. It is safe for concurrent use.
type Queue struct {
	now     func() time.Time
	changed func()
	// crowd is the length of line, for those that need not lock to know that
	// nobody waits.
	crowd atomic.Int64

	mu      sync.Mutex
	size    int
	timeout time.Duration
	uses    map[string]*use
	crowded int // how many uses are reason to look for those that nobody has
	line    []*waiter
	arrived uint64
}

// use is what is taken of one name. It exists at least while somebody has or
// wants it.
type use struct {
	name   string
	limit  int // as the last request that wanted it knew; 0 for none
	taken  int
	wanted int // by those in the line
}

func (u *use) idle() bool { return u.taken == 0 && u.wanted == 0 }

func (u *use) full() bool { return u.limit > 0 && u.taken >= u.limit }

// usualWants is how many names a request has: caller, model, provider.
const usualWants = 3

// fewUses are kept although nobody has them: making them anew for every request
// would cost more.
const fewUses = 256

// The bounds of a queue that nobody has configured.
const (
	defaultSize    = 1000
	defaultTimeout = 5 * time.Minute
)

// NewQueue returns a queue that bounds nothing but itself. changed, when not
// nil, is called whenever the line has changed; it must not block.
func NewQueue(now func() time.Time, changed func()) *Queue {
	if changed == nil {
		changed = func() {}
	}
	return &Queue{
		now: now, changed: changed, size: defaultSize, timeout: defaultTimeout, uses: map[string]*use{}, crowded: fewUses,
	}
}

// Configure sets how many may wait, and for how long when they do not say. It
// counts for those that come from now on.
func (q *Queue) Configure(c config.Queue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.size, q.timeout = c.Size, c.Timeout
}

// Enter waits until everything that a wants is free and takes it. The error is
// an *llm.Error: no room or a wait that ran out (429), or ctx has ended (499).
// Without a bound there is nothing to wait for, and the slot is nil.
func (q *Queue) Enter(ctx context.Context, a Ask) (*Slot, error) {
	if q.unbounded(a.Wants) {
		return nil, nil // a nil slot is good to release
	}
	if ctx.Err() != nil {
		return nil, left(ctx)
	}
	q.mu.Lock()
	s, moved := q.claim(a.Wants)
	if s.fits() {
		s.take()
		q.mu.Unlock()
		q.tell(moved)
		return s, nil
	}
	if len(q.line) >= q.size {
		err := queueFull(q.size, s)
		q.mu.Unlock()
		q.tell(moved)
		return nil, err
	}
	w := q.join(a, s)
	timeout := a.Timeout
	if timeout == 0 {
		timeout = q.timeout
	}
	q.mu.Unlock()
	q.changed()
	return q.wait(ctx, w, timeout)
}

// Try takes everything that a wants when it is free, and never waits. It takes
// nothing that somebody in the line waits for: that is full.
func (q *Queue) Try(a Ask) (*Slot, bool) {
	if q.unbounded(a.Wants) {
		return nil, true
	}
	q.mu.Lock()
	s, moved := q.claim(a.Wants)
	ok := s.fits()
	if ok {
		s.take()
	}
	q.mu.Unlock()
	q.tell(moved)
	if !ok {
		return nil, false
	}
	return s, true
}

// Free reports whether there is room for all wants at this moment.
func (q *Queue) Free(wants ...Want) bool {
	if !bounded(wants) {
		return true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range wants {
		if u := q.uses[w.Name]; u != nil && w.Limit > 0 && u.taken >= w.Limit {
			return false
		}
	}
	return true
}

func bounded(wants []Want) bool {
	return slices.ContainsFunc(wants, func(w Want) bool { return w.Limit > 0 })
}

// unbounded reports whether a request need not be counted. It may yet be the
// first to know that a bound is gone, for which others are still waiting.
func (q *Queue) unbounded(wants []Want) bool {
	if bounded(wants) {
		return false
	}
	if q.crowd.Load() > 0 {
		q.mu.Lock()
		_, moved := q.claim(wants)
		q.mu.Unlock()
		q.tell(moved)
	}
	return true
}

// settle lets go whoever can, in order. It reports whether anybody did.
func (q *Queue) settle() bool {
	if len(q.line) == 0 {
		return false
	}
	stay := q.line[:0]
	for _, w := range q.line {
		if !w.slot.fits() {
			stay = append(stay, w)
			continue
		}
		w.slot.take()
		w.end(served)
	}
	moved := len(stay) < len(q.line)
	clear(q.line[len(stay):])
	q.line = stay
	q.crowd.Store(int64(len(stay)))
	return moved
}

// tell reports a change of the line. Nobody may hold the lock.
func (q *Queue) tell(moved bool) {
	if moved {
		q.changed()
	}
}
