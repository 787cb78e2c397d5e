package health

import (
	"container/list"
	"sync"
	"time"
)

// maxPlaces is how many conversations have a known place.
const maxPlaces = 10_000

// places remembers where conversations are, because a provider's prompt cache
// holds what it has read before.
type places struct {
	now func() time.Time
	max int

	mu    sync.Mutex
	found map[conversation]*list.Element
	order *list.List // of *place, the most recently used first
}

type conversation struct{ key, group string }

type place struct {
	conversation
	backend string
	until   time.Time
}

func newPlaces(now func() time.Time) places {
	return places{now: now, max: maxPlaces, found: map[conversation]*list.Element{}, order: list.New()}
}

// Remember notes which member of a group a conversation is at, for a time. Of
// many conversations those are forgotten that were noted longest ago.
func (b *Book) Remember(key, group, backend string, keep time.Duration) {
	p := &b.places
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for e := p.order.Back(); e != nil && !now.Before(e.Value.(*place).until); e = p.order.Back() {
		p.forget(e)
	}
	c := conversation{key, group}
	if e := p.found[c]; e != nil {
		at := e.Value.(*place)
		at.backend, at.until = backend, now.Add(keep)
		p.order.MoveToFront(e)
		return
	}
	if p.order.Len() >= p.max {
		p.forget(p.order.Back())
	}
	p.found[c] = p.order.PushFront(&place{conversation: c, backend: backend, until: now.Add(keep)})
}

// Remembered returns where a conversation is, or "".
func (b *Book) Remembered(key, group string) string {
	p := &b.places
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.found[conversation{key, group}]
	if e == nil {
		return ""
	}
	at := e.Value.(*place)
	if !now.Before(at.until) {
		p.forget(e)
		return ""
	}
	return at.backend
}

// Forget forgets where a conversation is.
func (b *Book) Forget(key, group string) {
	p := &b.places
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.found[conversation{key, group}]; e != nil {
		p.forget(e)
	}
}

func (p *places) forget(e *list.Element) {
	p.order.Remove(e)
	delete(p.found, e.Value.(*place).conversation)
}
