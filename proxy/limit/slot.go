package limit

import (
	"maps"
	"slices"
)

// Slot is the right to run. Release gives it back.
type Slot struct {
	queue *Queue
	uses  []*use
	few   [usualWants]*use // where uses usually lies
	gone  bool
}

// claim looks up what is wanted, each name once; those without a bound are not
// counted. It learns the bounds that the request brings, and lets those go for
// whom there is room now.
func (q *Queue) claim(wants []Want) (s *Slot, moved bool) {
	q.sweep()
	s = &Slot{queue: q}
	s.uses = s.few[:0]
	learned := false
	for _, w := range wants {
		bound := max(0, w.Limit)
		u := q.uses[w.Name]
		if u == nil && bound > 0 {
			u = &use{name: w.Name, limit: bound}
			q.uses[w.Name] = u
		}
		if u == nil {
			continue
		}
		if u.limit != bound {
			u.limit, learned = bound, true
		}
		if bound > 0 && !slices.Contains(s.uses, u) {
			s.uses = append(s.uses, u)
		}
	}
	return s, learned && q.settle()
}

func (s *Slot) fits() bool { return !slices.ContainsFunc(s.uses, (*use).full) }

func (s *Slot) take() {
	for _, u := range s.uses {
		u.taken++
	}
}

// full lists the names that there is no room in.
func (s *Slot) full() []*use {
	var out []*use
	for _, u := range s.uses {
		if u.full() {
			out = append(out, u)
		}
	}
	return out
}

// sweep forgets names that nobody has or wants, when there are twice as many
// as were left the last time. Nobody may be about to take one.
func (q *Queue) sweep() {
	if len(q.uses) < q.crowded {
		return
	}
	maps.DeleteFunc(q.uses, func(_ string, u *use) bool { return u.idle() })
	q.crowded = max(fewUses, 2*len(q.uses))
}

// Release gives everything back, once, and lets those go who waited for it. A
// nil Slot has nothing to give back.
func (s *Slot) Release() {
	if s == nil {
		return
	}
	q := s.queue
	q.mu.Lock()
	moved := false
	if !s.gone {
		s.gone = true
		for _, u := range s.uses {
			u.taken--
		}
		moved = q.settle()
	}
	q.mu.Unlock()
	q.tell(moved)
}
