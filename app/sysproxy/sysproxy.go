// Package sysproxy finds the proxy that a person has set for the whole system:
// in GNOME's or KDE's settings, in Windows' Internet Settings, in the network
// settings of macOS. It follows no automatic configuration script (PAC): that
// is a program in JavaScript, and a provider's own proxy setting can name what
// it would find.
//
// The known libraries do less: mattn/go-ieproxy (MIT) reads Windows, macOS only
// with cgo, Linux not at all, and once in a process's life.
package sysproxy

import (
	"context"
	"net/url"
	"sync"
	"time"
)

const (
	// fresh is how long settings are taken for those of the moment.
	fresh = 30 * time.Second
	// patience bounds the reading of them.
	patience = 2 * time.Second
)

// Finder knows the settings of the moment. It never fails: settings that cannot
// be read name no proxy.
type Finder struct {
	read func(context.Context) Settings
	now  func() time.Time

	mu       sync.Mutex
	settings Settings
	at       time.Time
	reading  bool
	first    chan struct{} // closed once there are settings
	readers  sync.WaitGroup
}

// New returns a Finder that has begun to read.
func New() *Finder { return newFinder(read, time.Now) }

func newFinder(read func(context.Context) Settings, now func() time.Time) *Finder {
	f := &Finder{read: read, now: now, first: make(chan struct{})}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refresh()
	return f
}

// Proxy returns the proxy for a URL, or nil. Only the first call may wait for
// the settings; later ones have them read anew beside themselves.
func (f *Finder) Proxy(u *url.URL) (*url.URL, error) {
	<-f.first
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.reading && f.now().Sub(f.at) >= fresh {
		f.refresh()
	}
	return f.settings.proxy(u), nil
}

// refresh starts reading; f.mu is held.
func (f *Finder) refresh() {
	f.reading = true
	f.readers.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		got := f.read(ctx)
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.at.IsZero() {
			close(f.first)
		}
		f.settings, f.at, f.reading = got, f.now(), false
	})
}

// Close waits for what is being read, which patience bounds.
func (f *Finder) Close() error {
	f.readers.Wait()
	return nil
}
