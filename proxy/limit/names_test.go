package limit

import (
	"fmt"
	"testing"
	"time"
)

// TestNamesAreForgotten: callers choose models by wildcards, so that names may
// be any number; those that are held are never forgotten.
func TestNamesAreForgotten(t *testing.T) {
	q := NewQueue(time.Now, nil)
	var held []*Slot
	for i := range 20 * fewUses {
		// The inner names are new each time, so that a sweep may come at any of them.
		a := Ask{Wants: []Want{{Name: fmt.Sprintf("caller on m%d", i), Limit: 1}, {Name: fmt.Sprintf("model m%d", i), Limit: 1}, {Name: "provider", Limit: 1 << 20}}}
		s, ok := q.Try(a)
		if !ok {
			t.Fatalf("no room at %d", i)
		}
		if i%50 == 0 {
			held = append(held, s)
			continue
		}
		if q.Free(a.Wants...) {
			t.Fatalf("%d is held and free", i)
		}
		s.Release()
	}
	if n := len(q.uses); n > 2*fewUses+2*2*len(held) {
		t.Errorf("%d names are known", n)
	}
	for _, u := range q.Uses() {
		if want := map[bool]int{true: len(held), false: 1}[u.Name == "provider"]; u.InUse != want {
			t.Errorf("%s: %d in use, want %d", u.Name, u.InUse, want)
		}
	}
	for _, s := range held {
		s.Release()
	}
	if u := q.Uses(); len(u) != 0 {
		t.Errorf("left over: %v", u)
	}
}
