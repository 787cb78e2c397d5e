package controller

import (
	"cmp"
	"slices"
	"sync"
)

// The kinds of Notice.
const (
	AboutConfig   = "config"
	AboutKeychain = "keychain"
	AboutPort     = "port"
	AboutDatabase = "database"
	AboutRouting  = "routing"
	AboutLimit    = "limit"
	AboutTray     = "tray"
)

// The levels of Notice.
const (
	LevelError   = "error"
	LevelWarning = "warning"
)

// notices holds at most one Notice of each kind.
type notices struct {
	mu   sync.Mutex
	list []Notice
}

// set puts n in the place of an earlier notice of its kind, and reports
// whether that changed anything a person sees.
func (l *notices) set(n Notice) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.list, func(have Notice) bool { return have.Kind == n.Kind })
	if i < 0 {
		l.list = append(l.list, n)
		l.sort()
		return true
	}
	have := l.list[i]
	same := have.Level == n.Level && have.Message == n.Message && have.Hint == n.Hint &&
		have.Port == n.Port && slices.Equal(have.Problems, n.Problems)
	l.list[i] = n
	l.sort()
	return !same
}

// clear removes the notice of a kind, and reports whether there was one.
func (l *notices) clear(kind string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := len(l.list)
	l.list = slices.DeleteFunc(l.list, func(n Notice) bool { return n.Kind == kind })
	return len(l.list) != before
}

// all returns the notices, most urgent first.
func (l *notices) all() []Notice {
	l.mu.Lock()
	defer l.mu.Unlock()
	return nonNil(slices.Clone(l.list))
}

func (l *notices) sort() {
	slices.SortStableFunc(l.list, func(a, b Notice) int { return cmp.Compare(a.Level, b.Level) })
}
