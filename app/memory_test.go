package app

import (
	"runtime/debug"
	"testing"
	"time"
)

// growth is how much the heap may grow, in percent.
func growth() int {
	percent := debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	return percent
}

func TestMemoryIsGivenBackAfterWork(t *testing.T) {
	before := growth()
	m := newMemory()
	if g := growth(); g != idleGrowth {
		t.Errorf("at first the heap grows by %d %%", g)
	}
	m.work()
	m.tire() // there was work just now
	if g := growth(); g != busyGrowth {
		t.Errorf("at work the heap grows by %d %%", g)
	}
	m.used = time.Now().Add(-restAfter)
	m.tire()
	if g := growth(); g != idleGrowth {
		t.Errorf("after work the heap grows by %d %%", g)
	}
	m.work()
	if g := growth(); g != busyGrowth {
		t.Errorf("at work again the heap grows by %d %%", g)
	}
	if err := m.close(); err != nil || growth() != before {
		t.Errorf("%d %% instead of %d, %v", growth(), before, err)
	}
	m.work()
	if m.rest.Stop() {
		t.Error("a closed memory has a timer")
	}
}
