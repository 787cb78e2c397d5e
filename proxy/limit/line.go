package limit

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// waiter is a request in the line.
type waiter struct {
	id      string
	ask     Ask
	slot    *Slot
	since   time.Time
	arrived uint64
	// how is why it left the line, and is written before done is closed.
	how  ending
	done chan struct{}
}

// ending is why a waiter left the line.
type ending int

const (
	served ending = iota
	removed
)

// before is the order of the line.
func (w *waiter) before(o *waiter) int {
	if w.ask.Priority != o.ask.Priority {
		if w.ask.Priority < o.ask.Priority {
			return -1
		}
		return 1
	}
	if w.arrived < o.arrived {
		return -1
	}
	return 1
}

// join puts a request into the line.
func (q *Queue) join(a Ask, s *Slot) *waiter {
	q.arrived++
	w := &waiter{ask: a, slot: s, since: q.now(), arrived: q.arrived, done: make(chan struct{})}
	w.id = q.unique(a.ID, w.arrived)
	for _, u := range s.uses {
		u.wanted++
	}
	at, _ := slices.BinarySearchFunc(q.line, w, (*waiter).before)
	q.line = slices.Insert(q.line, at, w)
	q.crowd.Store(int64(len(q.line)))
	return w
}

// unique makes an id of its own for a waiter: clients choose those of their
// requests.
func (q *Queue) unique(id string, arrived uint64) string {
	if id == "" {
		id = "request"
	}
	for free := id; ; arrived++ {
		if !slices.ContainsFunc(q.line, func(w *waiter) bool { return w.id == free }) {
			return free
		}
		free = id + "." + strconv.FormatUint(arrived, 10)
	}
}

// end tells a waiter that it is in the line no more.
func (w *waiter) end(how ending) {
	for _, u := range w.slot.uses {
		u.wanted--
	}
	w.how = how
	close(w.done)
}

// leave takes a waiter out of the line, unless somebody has already.
func (q *Queue) leave(w *waiter, how ending) bool {
	at := slices.Index(q.line, w)
	if at < 0 {
		return false
	}
	q.line = slices.Delete(q.line, at, at+1)
	q.crowd.Store(int64(len(q.line)))
	w.end(how)
	return true
}

// wait ends when a waiter's turn comes, its time is up, it is removed, or its
// client goes away. Nobody's leaving makes room for anybody, so it wakes
// nobody.
func (q *Queue) wait(ctx context.Context, w *waiter, timeout time.Duration) (*Slot, error) {
	var late <-chan time.Time
	if timeout > 0 {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-w.done:
		return w.outcome()
	case <-ctx.Done():
		q.mu.Lock()
		gone := q.leave(w, removed)
		q.mu.Unlock()
		q.tell(gone)
		if !gone && w.how == served {
			w.slot.Release()
		}
		return nil, left(ctx)
	case <-late:
		q.mu.Lock()
		err := tooLong(w.slot)
		gone := q.leave(w, removed)
		q.mu.Unlock()
		if !gone {
			return w.outcome()
		}
		q.changed()
		return nil, err
	}
}

// outcome is what became of a waiter that somebody else took out of the line.
func (w *waiter) outcome() (*Slot, error) {
	if w.how == removed {
		return nil, refuse("queue_removed", "This request was taken out of the proxy's queue by hand.")
	}
	return w.slot, nil
}

// statusClientClosed is nginx's 499, for a client that went away.
const statusClientClosed = 499

func left(ctx context.Context) *llm.Error {
	return &llm.Error{
		Kind: llm.KindCancelled, Status: statusClientClosed, Source: llm.FromProxy,
		Message: "The client went away while its request waited for a slot.", Err: context.Cause(ctx),
	}
}

func tooLong(s *Slot) *llm.Error {
	return refuse("concurrency_limit_exceeded", "Request queued too long - concurrency limit reached"+bounds(s)+".")
}

func queueFull(size int, s *Slot) *llm.Error {
	return refuse("queue_full", fmt.Sprintf("The proxy's queue is full: %d requests wait already - concurrency limit reached%s.", size, bounds(s)))
}

// bounds says which limits are in the way.
func bounds(s *Slot) string {
	text := ""
	for i, u := range s.full() {
		text += []string{": ", ", "}[min(i, 1)] + fmt.Sprintf("%s (%d at once)", u.name, u.limit)
	}
	return text
}

func refuse(code, message string) *llm.Error {
	return &llm.Error{Kind: llm.KindRateLimit, Status: 429, Code: code, Message: message, Source: llm.FromProxy}
}
