package window

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

// phase is what the page should show about its core.
type phase string

const (
	phaseStarting phase = "starting" // no core yet, one is being started
	phaseRunning  phase = "running"
	phaseGone     phase = "gone"   // it ran and ended unasked
	phaseFailed   phase = "failed" // it did not start
)

// page is the web page inside the window.
type page interface {
	// Deliver hands a live event to the page.
	Deliver(controller.Event)
	// Show tells the page about its core, in words when there is more to say.
	Show(p phase, words string)
	// Reload loads the page anew.
	Reload()
	// Close closes the window.
	Close()
}

// link follows one core after another: it starts the first if none runs, keeps
// the page informed, and notices when a core ends.
type link struct {
	socket string
	events func(context.Context) iter.Seq2[controller.Event, error]
	start  func(context.Context) error
	log    *slog.Logger

	// patience is how long a core may take to start before the page says that
	// something is wrong; the link keeps trying after that.
	patience time.Duration
	// grace is how long a core may be away before the page is covered; a core
	// that restarts by itself takes less.
	grace time.Duration
	retry time.Duration

	// running tells request handlers whether it is worth asking the core.
	running atomic.Bool
	// stale says that the page was not served by the running core.
	stale atomic.Bool
	asked chan struct{}
}

func newLink(o Options, events func(context.Context) iter.Seq2[controller.Event, error]) *link {
	return &link{
		socket:   o.Socket,
		events:   events,
		start:    o.StartCore,
		log:      o.Log,
		patience: 10 * time.Second,
		grace:    time.Second,
		retry:    100 * time.Millisecond,
		asked:    make(chan struct{}, 1),
	}
}

// Start asks for a core, as the button on the page does.
func (l *link) Start() {
	select {
	case l.asked <- struct{}{}:
	default: // it has been asked already
	}
}

// follow keeps the page informed until ctx ends.
func (l *link) follow(ctx context.Context, p page) {
	version := ""
	for ctx.Err() == nil {
		last, connected := l.listen(ctx, p, version)
		if ctx.Err() != nil {
			return
		}
		if connected {
			version = last
			if l.quitOnPurpose(ctx) {
				p.Close()
				return
			}
			l.awaitReturn(ctx, p)
			continue
		}
		l.awaitStart(ctx, p)
	}
}

// listen passes events on until the stream ends. It reports whether there was
// a core at all, and its version. A page of another version is loaded anew: it
// might not fit the core.
func (l *link) listen(ctx context.Context, p page, version string) (string, bool) {
	connected := false
	for e, err := range l.events(ctx) {
		if err != nil {
			l.log.Debug("live events ended", "error", err)
			break
		}
		if e.State != nil && !connected {
			connected = true
			changed := version != "" && version != e.State.Version
			version = e.State.Version
			l.running.Store(true)
			if l.stale.Load() || changed {
				p.Reload()
			} else {
				p.Show(phaseRunning, "")
			}
		}
		p.Deliver(e)
	}
	l.running.Store(false)
	return version, connected
}

// quitOnPurpose reports whether the core has ended because somebody asked it
// to: then it has removed its socket, which a core that crashed has not.
func (l *link) quitOnPurpose(ctx context.Context) bool {
	const settle = 300 * time.Millisecond
	for range 3 {
		if _, err := os.Lstat(l.socket); err == nil {
			return false
		} else if !errors.Is(err, fs.ErrNotExist) {
			return false
		}
		// A core that restarts has a socket again in a moment.
		if !sleep(ctx, settle) {
			return false
		}
	}
	return true
}

// awaitStart starts a core and waits until one answers, however long it takes.
func (l *link) awaitStart(ctx context.Context, p page) {
	for ctx.Err() == nil && !l.answers(ctx, 0) {
		p.Show(phaseStarting, "")
		err := l.start(ctx)
		if err == nil {
			if l.answers(ctx, l.patience) {
				return
			}
			err = fmt.Errorf("the core does not answer after %d seconds", int(l.patience.Seconds()))
		}
		if ctx.Err() != nil {
			return
		}
		l.log.Error("could not start the core", "error", err)
		p.Show(phaseFailed, err.Error())
		l.awaitWish(ctx)
	}
}

// awaitReturn waits for a core after one has crashed. Starting another is the
// person's decision: what crashes at once would otherwise crash for ever.
func (l *link) awaitReturn(ctx context.Context, p page) {
	if l.answers(ctx, l.grace) || ctx.Err() != nil {
		return
	}
	p.Show(phaseGone, "")
	l.awaitWish(ctx)
	l.awaitStart(ctx, p)
}

// awaitWish returns when a person asks for a core, when one answers that was
// started by somebody else, or when ctx ends.
func (l *link) awaitWish(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.asked:
			return
		case <-time.After(5 * l.retry):
			if l.answers(ctx, 0) {
				return
			}
		}
	}
}

// answers reports whether a core answers within the time.
func (l *link) answers(ctx context.Context, within time.Duration) bool {
	deadline := time.Now().Add(within)
	for {
		probe, cancel := context.WithTimeout(ctx, 2*time.Second)
		for _, err := range l.events(probe) {
			cancel()
			if err == nil {
				return true
			}
			break
		}
		cancel()
		if time.Until(deadline) <= 0 || !sleep(ctx, l.retry) {
			return false
		}
	}
}

// sleep reports whether the time has passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
