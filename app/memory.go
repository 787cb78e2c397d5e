package app

import (
	"runtime/debug"
	"sync"
	"time"
)

const (
	// ballastSize is what the collector counts as in use at all times. The heap
	// is so small that it would otherwise be collected every few hundred
	// requests, for a sixth of all processor time.
	ballastSize = 24 << 20
	// busyGrowth and idleGrowth are how much the heap, with its ballast, may grow
	// before it is collected, in percent: 24 MB and 5 MB at least.
	busyGrowth = 100
	idleGrowth = 20
	// restAfter is how long nothing must have happened before the memory that
	// work has taken is handed back.
	restAfter = 30 * time.Second
)

// memory lets the heap grow while requests come, and gives everything back
// after them. The ballast is never touched and therefore takes no memory; all
// it does is to make the next collection come later. A higher percentage would
// do the same for a small heap, and multiply one that is large already.
type memory struct {
	mu      sync.Mutex
	ballast []byte
	before  int // growth to go back to
	used    time.Time
	rest    *time.Timer // runs while there is work
	closed  bool
}

func newMemory() *memory {
	return &memory{ballast: make([]byte, ballastSize), before: debug.SetGCPercent(idleGrowth)}
}

// work notes that something happens.
func (m *memory) work() {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used = now
	if m.rest == nil && !m.closed {
		debug.SetGCPercent(busyGrowth)
		m.rest = time.AfterFunc(restAfter, m.tire)
	}
}

// tire ends a time of work, unless it goes on.
func (m *memory) tire() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	if left := restAfter - time.Since(m.used); left > 0 {
		m.rest.Reset(left)
		return
	}
	m.rest = nil
	debug.SetGCPercent(idleGrowth)
	giveBack()
}

// close leaves the collector as it was found.
func (m *memory) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	if m.rest != nil {
		m.rest.Stop()
	}
	m.ballast = nil
	debug.SetGCPercent(m.before)
	return nil
}

// giveBack returns what is not in use to the system.
func giveBack() {
	debug.FreeOSMemory()
	releasePages()
}
