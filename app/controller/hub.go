package controller

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

const (
	// backlog is how many events a subscriber may lag behind. A burst of
	// finished requests fits; a window that sleeps for minutes does not, and
	// is told to read everything again when it wakes up.
	backlog = 256
	// inFlightEvery bounds how often the list of running requests is sent.
	inFlightEvery = 500 * time.Millisecond
)

// hub hands events to everybody who listens. Nothing in it blocks, and nothing
// in it runs while nobody listens or nothing is in flight.
type hub struct {
	inFlight func() []usage.InFlight
	state    func() State

	mu          sync.Mutex
	closed      bool
	subscribers map[*subscriber]struct{}
	touched     chan struct{} // something began or ended; holds at most one
	// listeners is the number of subscribers, to be read without the mutex.
	listeners atomic.Int64
}

type subscriber struct {
	events chan Event
	// missed says that an event other than "inflight" did not fit.
	missed bool
}

func newHub(inFlight func() []usage.InFlight, state func() State) *hub {
	return &hub{
		inFlight:    inFlight,
		state:       state,
		subscribers: map[*subscriber]struct{}{},
		touched:     make(chan struct{}, 1),
	}
}

// subscribe adds a listener whose first event is the state of now. The channel
// is closed when ctx ends or the hub closes.
func (h *hub) subscribe(ctx context.Context) <-chan Event {
	s := &subscriber{events: make(chan Event, backlog)}
	state := h.state()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(s.events)
		return s.events
	}
	s.events <- Event{Type: EventState, State: &state}
	h.subscribers[s] = struct{}{}
	h.listeners.Add(1)
	context.AfterFunc(ctx, func() { h.unsubscribe(s) })
	h.touch() // a newcomer wants to see what runs already
	return s.events
}

func (h *hub) unsubscribe(s *subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.subscribers[s]; ok {
		delete(h.subscribers, s)
		h.listeners.Add(-1)
		close(s.events)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.subscribers {
		delete(h.subscribers, s)
		h.listeners.Add(-1)
		close(s.events)
	}
}

// publish hands e to every subscriber that has room. One that has not loses
// it; when that matters it gets a "config" event as soon as it has room again,
// which makes it read everything anew.
func (h *hub) publish(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subscribers {
		if s.missed && len(s.events) < backlog/2 {
			s.events <- Event{Type: EventConfig} // only publish sends, so there is room
			s.missed = false
		}
		select {
		case s.events <- e:
		default:
			s.missed = s.missed || e.Type != EventInFlight
		}
	}
}

// touch says that a request began or ended. Waking run for every request takes
// more than many another step of it.
func (h *hub) touch() {
	if h.listeners.Load() == 0 {
		return
	}
	select {
	case h.touched <- struct{}{}:
	default:
	}
}

// run sends the list of running requests while there is one and somebody
// listens, and once more when it has become empty. It sleeps on a channel, not
// on a timer, for the rest of the day.
func (h *hub) run(ctx context.Context) {
	var last []usage.InFlight
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.touched:
		}
		for h.listening() {
			now := h.inFlight()
			if len(now) > 0 || len(last) > 0 {
				if !slices.Equal(now, last) {
					h.publish(Event{Type: EventInFlight, InFlight: nonNil(now)})
				}
			}
			last = now
			select {
			case <-ctx.Done():
				return
			case <-time.After(inFlightEvery):
			}
			if len(now) == 0 {
				break
			}
		}
	}
}

func (h *hub) listening() bool { return h.listeners.Load() > 0 }

// nonNil returns list, or an empty one, because JSON tells them apart.
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
