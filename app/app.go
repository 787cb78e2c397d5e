// Package app puts the program together. New is its map: every room is built
// there, once, in the order in which they stand on each other.
package app

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sync"

	"github.com/yallmproxy/yallmproxy/app/admin"
	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/app/sysproxy"
	"github.com/yallmproxy/yallmproxy/app/vault"
	"github.com/yallmproxy/yallmproxy/configs"
	"github.com/yallmproxy/yallmproxy/frontend"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
	"github.com/yallmproxy/yallmproxy/proxy/server"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// Options say which core to build and what is around it.
type Options struct {
	// Home and ConfigPath are what FindPaths takes.
	Home, ConfigPath string
	// Host and Port, when set, are listened on whatever the configuration says.
	Host string
	Port int
	// Desktop says that a person can see notices: a taken port is then shown
	// to them instead of ending the program.
	Desktop bool
	// OpenWindow shows the window; nil means that there is none.
	OpenWindow func() error
	// Probes are the doctor's checks of what this room cannot see.
	Probes []controller.Probe
	// Terminal gets the log as well, unless nil.
	Terminal io.Writer
	// ReadOnly writes nothing, for questions where nothing can be written: no
	// log, no claim on the data folder, no database. Such a core does not Run.
	ReadOnly bool
}

// App is one core and everything it holds open.
type App struct {
	Controller *controller.Controller
	Paths      Paths
	Log        *slog.Logger

	desktop  bool
	readOnly bool
	control  http.Handler  // what the control socket answers
	quit     chan struct{} // closed when somebody asked for the end
	ask      sync.Once     // closes quit
	closers  []func() error
}

// New builds a core. It claims the data folder (ErrRunning when another core
// has it) and reads the configuration; it listens nowhere before Run.
//
//nolint:funlen // it is one list, read from top to bottom
func New(ctx context.Context, o Options) (_ *App, err error) {
	a := &App{desktop: o.Desktop, readOnly: o.ReadOnly, quit: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()

	// The ground: private folders, one core in them, a log.
	if a.Paths, err = FindPaths(o.Home, o.ConfigPath); err != nil {
		return nil, err
	}
	var level slog.LevelVar
	if err := a.ground(ctx, o.Terminal, &level); err != nil {
		return nil, err
	}

	// What the user configured, and the keys it refers to.
	secrets := vault.New()
	catalogue := configs.Catalogue()
	source := source(a.Paths.Config, catalogue, secrets)
	source.Getenv = overridden(source.Getenv, o.Host, o.Port)
	loaded, err := controller.Load(source)
	if err != nil {
		return nil, err
	}
	a.logProblems(loaded)

	// The memory: what is stored, what waits to be, what has not ended yet.
	heap := newMemory()
	a.closers = append(a.closers, heap.close)
	news := &news{heap: heap}
	stored := a.openRecords(loaded.Config.Database)
	recorder := a.openRecorder(stored, loaded.Config.Database, news)
	tracker := usage.NewTracker(recorder, news.touched)
	sessions := a.openSessions(stored)

	// The way of a request, and the one object that everything else talks to.
	proxies := sysproxy.New()
	a.closers = append(a.closers, proxies.Close)
	spine := relay.New(relay.Options{
		Tracker: tracker, Log: a.Log, SystemProxy: proxies.Proxy, Changed: news.rerouted, Warn: news.warned,
	})
	var web http.Handler // it talks to the controller, which comes first
	a.Controller, err = controller.New(controller.Options{
		Source:     source,
		Loaded:     loaded,
		Catalogue:  catalogue,
		Vault:      secrets,
		Records:    stored,
		PruneState: stored.PruneSessions,
		Tracker:    tracker,
		Relay:      spine,
		NewListener: func() controller.Listener {
			return server.New(server.Options{Relay: spine, Sessions: sessions, Log: a.Log, Web: web, Holder: portHolder})
		},
		Places: a.places(),
		Probes: o.Probes,
		Hooks: controller.Hooks{
			ShowWindow:      o.OpenWindow,
			OpenPath:        Open,
			SetStartAtLogin: func(on bool) error { return setAutostart(on, o.loginArgs(a.Paths)) },
			SetLogLevel:     func(name string) { level.Set(parseLevel(name)) },
			Quit:            a.Quit,
		},
		Version: ReadBuild().Version,
		Log:     a.Log,
	})
	if err != nil {
		return nil, err
	}
	news.reader.Store(a.Controller)
	if a.readOnly {
		return a, nil
	}

	// Its doors: the control socket, and the web beside the model API.
	login, err := admin.NewLogin(filepath.Join(a.Paths.Data, "admin_token"))
	if err != nil {
		return nil, err
	}
	pages, err := fs.Sub(frontend.Dist, "dist")
	if err != nil {
		return nil, err
	}
	handler := func(door admin.Door) http.Handler {
		return atFirstUse(func() http.Handler {
			return admin.NewHandler(admin.Options{Controller: a.Controller, UI: pages, Login: login, Door: door, Log: a.Log})
		})
	}
	a.control, web = handler(admin.Socket), handler(admin.Web)
	return a, nil
}

// Quit asks Run to end and returns at once.
func (a *App) Quit() { a.ask.Do(func() { close(a.quit) }) }

// Close closes what New has opened, in reverse. What was recorded is written
// down first.
func (a *App) Close() error {
	var errs []error
	for _, close := range slices.Backward(a.closers) {
		errs = append(errs, close())
	}
	a.closers = nil
	return errors.Join(errs...)
}
