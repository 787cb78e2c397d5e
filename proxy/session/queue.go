package session

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"
)

// How long the writer waits before it tries a store that did not answer, at
// first and at most.
const (
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

// entry is a turn that the store does not have yet.
type entry struct {
	turn   Turn
	before []Turn // what it stands on
	size   int64
	// input is the request's; it is taken apart when somebody asks, not while
	// the client waits for its last byte.
	input []byte
	split sync.Once
	// root: what it stands on is not to be stored, so that its own input has to
	// hold all of that.
	root  bool
	saved chan struct{} // closed when the store has it, or never will
}

// whole returns the turn with its items.
func (e *entry) whole() Turn {
	e.split.Do(func() {
		if e.root {
			e.turn.Previous, e.turn.After = "", time.Time{}
			e.turn.Input = items(e.before)
		}
		e.turn.Input = append(e.turn.Input, inputItems(e.input)...)
	})
	return e.turn
}

// chain returns the turn and all it stands on.
func (e *entry) chain() []Turn {
	if e.root {
		return []Turn{e.whole()}
	}
	return append(slices.Clip(e.before), e.whole())
}

// items are all items of turns, in order.
func items(turns []Turn) []json.RawMessage {
	var out []json.RawMessage
	for i := range turns {
		out = append(append(out, turns[i].Input...), turns[i].Output()...)
	}
	return out
}

// length is the text of turns, in bytes.
func length(turns []Turn) int64 {
	n := 0
	for i := range turns {
		n += len(turns[i].Answer)
		for _, item := range turns[i].Input {
			n += len(item)
		}
	}
	return int64(n)
}

// connection remembers the last response of one connection.
type connection struct {
	mu   sync.Mutex
	last *entry
}

func (c *connection) set(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = e
}

// recent returns the newest turn that matches and is in memory, or nil.
func (s *Session) recent(match func(*entry) bool) *entry {
	if e := s.last(match); e != nil {
		return e
	}
	return s.pending(match)
}

// last returns the last response of this connection if it matches, or nil.
func (s *Session) last(match func(*entry) bool) *entry {
	c := s.here
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil || !match(c.last) {
		return nil
	}
	return c.last
}

// add takes an entry into memory, where it can be found at once. It reports
// whether there was room.
func (m *memory) add(e *entry) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || m.bytes+e.size > m.o.MaxPending {
		return false
	}
	m.queue = append(m.queue, e)
	m.bytes += e.size
	m.lost.found(e.turn.Caller, e.turn.ID)
	select {
	case m.wake <- struct{}{}:
	default: // it has not noticed the last one yet
	}
	return true
}

// pending returns the newest entry that matches, or nil.
func (m *memory) pending(match func(*entry) bool) *entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range slices.Backward(m.queue) {
		if match(e) {
			return e
		}
	}
	return nil
}

func byID(caller, id string) func(*entry) bool {
	return func(e *entry) bool { return e.turn.ID == id && e.turn.Caller == caller }
}

func inConversation(caller, id string) func(*entry) bool {
	return func(e *entry) bool { return e.turn.Conversation == id && e.turn.Caller == caller }
}

// settle waits until the store has whatever matches, so that it can be asked
// about all of it.
func (m *memory) settle(ctx context.Context, match func(*entry) bool) error {
	ctx, cancel := context.WithTimeout(ctx, m.o.SaveTimeout)
	defer cancel()
	for {
		e := m.pending(match)
		if e == nil {
			return nil
		}
		select {
		case <-e.saved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// run is the goroutine of the memory: it takes entries to the store, in order.
func (m *memory) run(ctx context.Context) {
	defer close(m.done)
	wait, hurry := time.Duration(0), m.closing
	for {
		e := m.oldest()
		if e == nil {
			select {
			case <-m.wake:
			case <-m.closing:
				if m.oldest() == nil {
					return
				}
			}
			continue
		}
		err := m.save(ctx, e)
		if ctx.Err() != nil && err != nil {
			return // Close has waited long enough
		}
		switch {
		case err == nil:
			wait = 0
		case errors.Is(err, ErrNotFound), errors.Is(err, ErrRejected):
			m.o.Log.Warn("a response cannot be stored", "response", e.turn.ID, "error", err)
			if m.pending(byID(e.turn.Caller, e.turn.ID)) == e { // no newer one has its id
				m.lose(e.turn.Caller, e.turn.ID, notTaken)
			}
		default:
			if wait == 0 {
				m.o.Log.Warn("responses wait in memory for the database", "error", err)
			}
			wait = min(max(2*wait, firstRetry), lastRetry)
			select {
			case <-time.After(wait):
			case <-hurry:
				wait, hurry = 0, nil // there may be no time for more than one attempt
			case <-ctx.Done():
				return
			}
			continue
		}
		m.remove(e)
	}
}

func (m *memory) save(ctx context.Context, e *entry) error {
	ctx, cancel := context.WithTimeout(ctx, m.o.SaveTimeout)
	defer cancel()
	t := e.whole()
	return m.o.Store.SaveTurn(ctx, &t)
}

func (m *memory) oldest() *entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.queue) == 0 {
		return nil
	}
	return m.queue[0]
}

// remove forgets the oldest entry.
func (m *memory) remove(e *entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queue = slices.Delete(m.queue, 0, 1)
	m.bytes -= e.size
	if len(m.queue) == 0 {
		m.queue = nil // a burst is over: give its memory back
	}
	close(e.saved)
}
