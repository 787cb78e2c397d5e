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

// ground prepares what everything else writes to.
func (a *App) ground(ctx context.Context, terminal io.Writer, level slog.Leveler) error {
	if a.readOnly {
		a.Log = slog.New(slog.DiscardHandler)
		return nil
	}
	if err := a.claim(ctx); err != nil {
		return err
	}
	return a.openLog(terminal, level)
}

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
func (a *App) openRecords(c config.Database) *records {
	r := &records{now: time.Now, open: func(ctx context.Context) (database, error) {
		if a.readOnly {
			return nil, errReadOnly
		}
		return store.Open(ctx, store.Options{
			Backend:     c.Backend,
			Path:        a.databasePath(c),
			DSN:         c.DSN.Reveal(),
			BusyTimeout: c.BusyTimeout,
			PoolSize:    c.PoolSize,
			Log:         a.Log,
		})
	}}
	a.closers = append(a.closers, r.Close)
	return r
}

// databasePath is the file of a SQLite database.
func (a *App) databasePath(c config.Database) string {
	if c.Path == "" {
		return a.Paths.Database()
	}
	return c.Path
}

// openRecorder starts writing records down.
func (a *App) openRecorder(to usage.Store, c config.Database, tell *news) *usage.Recorder {
	files := recordFiles{spool: a.Paths.Spool()}
	if a.readOnly {
		files.spool = ""
	}
	if c.Backend != store.Postgres {
		files.database = a.databasePath(c)
	}
	r := usage.NewRecorder(to, usage.RecorderOptions{
		Log: a.Log, SpoolDir: files.spool, Stored: tell.recorded,
		Waits: func(w usage.Waiting) { tell.waits(w, files) },
	})
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

// waits tells people that the database takes nothing, and that it does again.
func (n *news) waits(w usage.Waiting, files recordFiles) {
	c := n.reader.Load()
	switch {
	case c == nil || errors.Is(w.Err, context.Canceled):
	case w.Err == nil:
		c.Clear(controller.AboutDatabase)
	default:
		c.Raise(waitingNotice(w, files))
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
