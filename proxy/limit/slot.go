package limit

import "slices"

// Slot is the right to run. Release gives it back.
type Slot struct {
	queue *Queue
	uses  []*use
	few   [usualWants]*use // where uses usually lies
	gone  bool
}

// claim looks up what is wanted, each name once. Those without a bound are not
// counted.
func (q *Queue) claim(wants []Want) *Slot {
	s := &Slot{queue: q}
	s.uses = s.few[:0]
	for _, w := range wants {
		if w.Limit <= 0 {
			continue
		}
		u := q.uses[w.Name]
		if u == nil {
			u = &use{name: w.Name, limit: w.Limit}
			q.uses[w.Name] = u
		}
		if !slices.Contains(s.uses, u) {
			s.uses = append(s.uses, u)
		}
	}
	return s
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

// tidy forgets names that nobody has or wants any more.
func (q *Queue) tidy(s *Slot) {
	for _, u := range s.uses {
		if u.taken == 0 && u.wanted == 0 {
			delete(q.uses, u.name)
		}
	}
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
		q.tidy(s)
	}
	q.mu.Unlock()
	q.tell(moved)
}
