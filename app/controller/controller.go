// Package controller holds the one object that everything else talks to. The
// tray, the window, the browser, the command line and the file watcher all
// call the same few methods, so that a change means the same whoever makes it.
package controller

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yallmproxy/yallmproxy/configs"
	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// Vault keeps secrets outside of files. *vault.Vault is one.
type Vault interface {
	Get(name string) (string, error)
	Set(name, value string) error
	Delete(name string) error
	Names() ([]string, error)
	// Check returns nil when there is a keychain.
	Check() error
}

// Listener is the model API's door. *server.Server is one.
type Listener interface {
	// Start binds before it returns.
	Start(host string, port int) error
	// Stop closes the listener at once and waits for requests in flight until
	// ctx ends, when it cuts them.
	Stop(ctx context.Context) error
	// Deaf is closed once the address is no longer listened on.
	Deaf() <-chan struct{}
	// Addr is the bound address, empty when stopped.
	Addr() string
}

// Hooks are what only the desktop program can do. A nil hook means that this
// program, or this desktop, cannot.
type Hooks struct {
	ShowWindow      func() error
	OpenPath        func(path string) error
	SetStartAtLogin func(on bool) error
	SetLogLevel     func(level string)
	// Quit asks the program to end and returns at once.
	Quit func()
}

// Options are a Controller's collaborators.
type Options struct {
	Source config.Source
	// Loaded is what Load made of Source.
	Loaded    Loaded
	Catalogue []configs.Provider
	Vault     Vault
	Records   usage.Store
	// PruneState drops the state of conversations past its age or size cap; nil
	// where none is kept.
	PruneState func(ctx context.Context, now time.Time, maxAge time.Duration, maxBytes int64) error
	Tracker    *usage.Tracker
	Relay      *relay.Relay
	// NewListener makes a stopped listener. Each start takes a new one, so
	// that a new address is bound before the old one is given up.
	NewListener func() Listener
	Places      []Place
	// Probes are the doctor's checks of things outside of this room.
	Probes  []Probe
	Hooks   Hooks
	Version string
	Log     *slog.Logger
}

// Controller starts and stops the model listener, applies configuration and
// tells everybody what happened.
type Controller struct {
	Models    *Models
	Providers *Providers
	Routing   *Routing
	Keys      *Keys
	Settings  *Settings
	File      *File
	Desktop   *Desktop

	o       Options
	started time.Time
	hub     *hub
	notices notices
	proxy   proxy
	// drains are the goroutines that wait for requests in flight.
	drains sync.WaitGroup

	// changing is held by whoever changes the configuration.
	changing sync.Mutex
	// files identifies what was last read, whether it could be used or not.
	files atomic.Pointer[fingerprint]
}

// New returns a Controller with the loaded configuration in force. Nothing
// listens yet: call Run.
func New(o Options) (*Controller, error) {
	c := &Controller{o: o, started: time.Now()}
	c.hub = newHub(o.Tracker.InFlight, c.State)
	c.proxy.state = Stopped
	c.Models = &Models{c}
	c.Providers = &Providers{c}
	c.Routing = newRouting(c)
	c.Keys = &Keys{c}
	c.Settings = &Settings{c}
	c.File = &File{c}
	c.Desktop = &Desktop{c}
	if o.Loaded.Notice != nil {
		c.notices.set(*o.Loaded.Notice)
	}
	snapshot, err := o.Relay.Compile(o.Loaded.Config)
	if err != nil {
		return nil, err
	}
	c.adopt(snapshot, o.Loaded.files)
	return c, nil
}

// Run watches the files and feeds the listeners of Subscribe until ctx ends.
// Then it stops the proxy, waiting for requests in flight, and closes every
// subscription.
func (c *Controller) Run(ctx context.Context) error {
	var owned sync.WaitGroup
	owned.Go(func() { c.hub.run(ctx) })
	owned.Go(func() { c.prune(ctx) })
	owned.Go(func() { c.Routing.run(ctx) })
	owned.Go(func() { c.Routing.seed(ctx) })
	owned.Go(func() { c.o.Relay.Probe(ctx) })
	err := c.watch(ctx) // returns when ctx ends, or at once when it cannot watch
	if err != nil {
		c.o.Log.Warn("the configuration is not watched; reload it by hand", "error", err)
		<-ctx.Done()
	}
	owned.Wait()
	_, err = c.StopProxy(context.WithoutCancel(ctx))
	c.drains.Wait()
	c.hub.close()
	return err
}

// State is the one glance.
func (c *Controller) State() State {
	cfg := c.Config()
	s := State{
		Version:       c.o.Version,
		ConfigVersion: cfg.Version,
		StartedAt:     c.started,
		InFlight:      c.o.Tracker.Count(),
		Models:        len(callable(c.o.Relay.Snapshot())),
		Troubled:      troubled(c.o.Relay.Health().List()),
		Waiting:       len(c.o.Relay.Queue().Waiting()),
		FirstRun:      len(cfg.Models) == 0,
		Notices:       c.notices.all(),
	}
	state, at := c.proxy.where(cfg.Server)
	s.Proxy, s.Host, s.Port, s.BaseURL = state, at.host, at.port, at.baseURL()
	return s
}

// Config returns the configuration in force. Nobody may change it.
func (c *Controller) Config() *config.Config { return c.o.Relay.Snapshot().Config() }

// ETag is the hash of the user's file, for If-Match.
func (c *Controller) ETag() string { return c.files.Load().user }

// InFlight lists the requests that have not ended, oldest first.
func (c *Controller) InFlight() []usage.InFlight { return c.o.Tracker.InFlight() }

// Records answers questions about requests that have ended.
func (c *Controller) Records() usage.Store { return c.o.Records }

// Subscribe returns what happens from now on, the present state first. The
// channel closes when ctx ends or the program does. Whoever reads too slowly
// loses events and is told, by an event of type config, to read anew.
func (c *Controller) Subscribe(ctx context.Context) <-chan Event { return c.hub.subscribe(ctx) }

// Recorded tells that records have been stored. It never blocks.
func (c *Controller) Recorded(records []usage.Record) {
	for i := range records {
		c.hub.publish(Event{Type: EventRequest, Record: &records[i]})
	}
}

// Touch tells that a request began or ended. It never blocks.
func (c *Controller) Touch() { c.hub.touch() }

// Raise shows a notice until Clear, in the place of an earlier one of its kind.
func (c *Controller) Raise(n Notice) {
	if c.notices.set(n) {
		c.publishState()
	}
}

// Clear removes the notice of a kind.
func (c *Controller) Clear(kind string) {
	if c.notices.clear(kind) {
		c.publishState()
	}
}

func (c *Controller) publishState() {
	s := c.State()
	c.hub.publish(Event{Type: EventState, State: &s})
}

// pruneEvery is how often bodies past their time are looked for. They go by
// whole days, so more often finds nothing. A start has better things to do.
const (
	pruneFirst = time.Minute
	pruneEvery = time.Hour
)

// prune drops bodies and the state of conversations past their age or the size
// cap.
func (c *Controller) prune(ctx context.Context) {
	timer := time.NewTimer(pruneFirst)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			timer.Reset(pruneEvery)
		}
		keep := c.Config().Recording
		err := c.o.Records.Prune(ctx, time.Now(), keep.BodyMaxAge, keep.BodyMaxBytes)
		if c.o.PruneState != nil {
			err = errors.Join(err, c.o.PruneState(ctx, time.Now(), keep.StateMaxAge, keep.StateMaxBytes))
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			c.o.Log.Warn("what is past its time could not be removed", "error", err)
		}
	}
}
