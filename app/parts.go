package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
	"github.com/yallmproxy/yallmproxy/proxy/session"
	"github.com/yallmproxy/yallmproxy/proxy/store"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// flushPatience bounds the time that the last records may take. What is not
// stored by then is in the spool, for the next start.
const flushPatience = 10 * time.Second

// claim makes the folders and takes the instance lock.
func (a *App) claim(ctx context.Context) error {
	if err := a.Paths.create(); err != nil {
		return err
	}
	lock, err := lockInstance(ctx, a.Paths.Lock, a.Paths.Socket)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, lock.Unlock)
	return nil
}

// openLog starts the program's own log.
func (a *App) openLog(terminal io.Writer, level slog.Leveler) error {
	file, err := openRotating(a.Paths.LogFile(), logFileSize)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, file.Close)
	a.Log = newLogger(file, terminal, level)
	return nil
}

// logProblems says where nobody looks at notices what is wrong with the
// configuration.
func (a *App) logProblems(l controller.Loaded) {
	if l.Notice != nil {
		a.Log.Error(l.Notice.Message)
		for _, p := range l.Notice.Problems {
			a.Log.Error(p.String())
		}
	}
	for _, p := range l.Config.Warnings {
		a.Log.Warn(p.String())
	}
}

// openRecords returns the store, which opens its database when first asked.
func (a *App) openRecords(c config.Database, wrote func(error)) *records {
	path := c.Path
	if path == "" {
		path = a.Paths.Database()
	}
	r := &records{now: time.Now, wrote: wrote, open: func(ctx context.Context) (database, error) {
		return store.Open(ctx, store.Options{
			Backend:     c.Backend,
			Path:        path,
			DSN:         c.DSN.Reveal(),
			BusyTimeout: c.BusyTimeout,
			PoolSize:    c.PoolSize,
			Log:         a.Log,
		})
	}}
	a.closers = append(a.closers, r.Close)
	return r
}

// openRecorder starts writing records down.
func (a *App) openRecorder(to usage.Store, stored func([]usage.Record)) *usage.Recorder {
	r := usage.NewRecorder(to, usage.RecorderOptions{Log: a.Log, SpoolDir: a.Paths.Spool(), Stored: stored})
	a.closers = append(a.closers, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), flushPatience)
		defer cancel()
		return r.Close(ctx)
	})
	return r
}

// openSessions starts keeping the state of Responses conversations.
func (a *App) openSessions(to session.Store) *session.Session {
	s := session.New(session.Options{Store: to, Log: a.Log})
	a.closers = append(a.closers, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), flushPatience)
		defer cancel()
		return s.Close(ctx)
	})
	return s
}

// places are what a person may want to look at.
func (a *App) places() []controller.Place {
	return []controller.Place{
		{Name: "config", Path: a.Paths.Config},
		{Name: "data", Path: a.Paths.Data},
		{Name: "logs", Path: a.Paths.Logs},
	}
}

// news goes from the store, the recorder and the tracker to the controller,
// which is built after them.
type news struct {
	reader atomic.Pointer[controller.Controller]
	heap   *memory
}

func (n *news) recorded(records []usage.Record) {
	if c := n.reader.Load(); c != nil {
		c.Recorded(records)
	}
}

// wrote tells people that the database is away, and that it is back.
func (n *news) wrote(err error) {
	c := n.reader.Load()
	switch {
	case c == nil || errors.Is(err, context.Canceled):
	case err == nil, errors.Is(err, usage.ErrRejected): // it answers
		c.Clear(controller.AboutDatabase)
	default:
		c.Raise(controller.Notice{
			Kind:    controller.AboutDatabase,
			Level:   controller.LevelError,
			Message: "Requests cannot be written down: " + err.Error() + ".",
			Hint:    "They are served all the same, wait on disk, and are written down when the database is back.",
		})
	}
}

func (n *news) touched() {
	n.heap.work()
	if c := n.reader.Load(); c != nil {
		c.Touch()
	}
}

// rerouted tells that a target or the queue has changed.
func (n *news) rerouted() {
	if c := n.reader.Load(); c != nil {
		c.Routing.Wake()
	}
}

// warned tells that a limit is nearly used up.
func (n *news) warned(w limit.Warning) {
	if c := n.reader.Load(); c != nil {
		c.Routing.Warn(w)
	}
}

// atFirstUse builds a handler when the first request comes: the description
// of the admin API takes time and memory that a core without a window, or
// without a browser, never needs.
func atFirstUse(build func() http.Handler) http.Handler {
	built := sync.OnceValue(build)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { built().ServeHTTP(w, r) })
}
