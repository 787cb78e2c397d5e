package window

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

// fakeCore is a core as the link sees it.
type fakeCore struct {
	mu      sync.Mutex
	version string
	gone    chan struct{} // nil: no core runs
	starts  int
	refuse  error
	silent  bool // it starts and never answers
}

func (c *fakeCore) run(version string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version, c.gone = version, make(chan struct{})
}

func (c *fakeCore) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.gone)
	c.gone = nil
}

func (c *fakeCore) start(context.Context) error {
	c.mu.Lock()
	c.starts++
	refuse, silent := c.refuse, c.silent
	c.mu.Unlock()
	if refuse == nil && !silent {
		c.run("1")
	}
	return refuse
}

func (c *fakeCore) events(ctx context.Context) iter.Seq2[controller.Event, error] {
	return func(yield func(controller.Event, error) bool) {
		c.mu.Lock()
		gone, version := c.gone, c.version
		c.mu.Unlock()
		if gone == nil {
			yield(controller.Event{}, errors.New("nobody answers"))
			return
		}
		if !yield(controller.Event{Type: "state", State: &controller.State{Version: version}}, nil) {
			return
		}
		select {
		case <-gone:
		case <-ctx.Done():
		}
		yield(controller.Event{}, errors.New("the stream ended"))
	}
}

// fakePage writes down what it is told.
type fakePage struct {
	mu   sync.Mutex
	told []string
}

func (p *fakePage) tell(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = append(p.told, what)
}

func (p *fakePage) Deliver(e controller.Event) { p.tell("event " + e.Type) }
func (p *fakePage) Reload()                    { p.tell("reload") }
func (p *fakePage) Close()                     { p.tell("close") }

func (p *fakePage) Show(now phase, words string) {
	if words != "" {
		words = ": " + words
	}
	p.tell(string(now) + words)
}

// expect compares what the page was told since the last call.
func (p *fakePage) expect(t *testing.T, want ...string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if diff := cmp.Diff(want, p.told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	p.told = nil
}

// follow runs a link against a core whose socket is a plain file, once it has
// been prepared.
func follow(t *testing.T, core *fakeCore, prepare ...func(*link)) (*link, *fakePage, string) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "control.sock")
	if err := os.WriteFile(socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l := newLink(Options{Socket: socket, StartCore: core.start, Log: slog.New(slog.DiscardHandler)}, core.events)
	for _, f := range prepare {
		f(l)
	}
	p := &fakePage{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.follow(ctx, p)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return l, p, socket
}

// settle lets everything happen that does not need more time than d.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestLinkFollowsTheCoreThatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := &fakeCore{}
		core.run("1")
		l, p, _ := follow(t, core)
		settle(0)
		p.expect(t, "running", "event state")
		if !l.running.Load() || core.starts != 0 {
			t.Errorf("running %v, %d starts", l.running.Load(), core.starts)
		}
	})
}

func TestLinkStartsACoreWhenNoneRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := &fakeCore{}
		_, p, _ := follow(t, core)
		settle(time.Second)
		p.expect(t, "starting", "running", "event state")
	})
}

func TestLinkLoadsThePageThatWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := &fakeCore{}
		_, p, _ := follow(t, core, func(l *link) { l.stale.Store(true) }) // the gate has served the waiting page
		settle(time.Second)
		p.expect(t, "starting", "reload", "event state")
	})
}

func TestLinkSaysWhyNoCoreStartsAndTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := &fakeCore{refuse: errors.New("the disk is full")}
		l, p, _ := follow(t, core)
		settle(time.Minute)
		p.expect(t, "starting", "failed: the disk is full")
		core.mu.Lock()
		core.refuse = nil
		core.mu.Unlock()
		l.Start()
		settle(time.Second)
		p.expect(t, "starting", "running", "event state")
	})
}

func TestLinkGivesUpOnACoreThatNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := &fakeCore{silent: true}
		_, p, _ := follow(t, core)
		settle(11 * time.Second)
		p.expect(t, "starting", "failed: the core does not answer after 10 seconds")
		core.run("1") // slow, but there at last
		settle(time.Second)
		p.expect(t, "running", "event state")
	})
}

func TestLinkCoversThePageWhenTheCoreCrashes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := &fakeCore{}
		core.run("1")
		l, p, _ := follow(t, core)
		settle(0)
		p.expect(t, "running", "event state")
		core.end()
		settle(time.Minute)
		p.expect(t, "gone")
		if core.starts != 0 {
			t.Error("a core that crashes must not be started over and over")
		}
		if l.running.Load() {
			t.Error("the gate would still ask the core")
		}
		l.Start()
		settle(time.Second)
		p.expect(t, "starting", "running", "event state")
	})
}

func TestLinkDoesNotMentionACoreThatComesBackAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := &fakeCore{}
		core.run("1")
		_, p, _ := follow(t, core)
		settle(0)
		core.end()
		settle(500 * time.Millisecond)
		core.run("1")
		settle(time.Second)
		p.expect(t, "running", "event state", "running", "event state")
	})
}

func TestLinkLoadsThePageOfANewVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := &fakeCore{}
		core.run("1")
		_, p, _ := follow(t, core)
		settle(0)
		core.end()
		settle(time.Minute)
		core.run("2")
		settle(time.Second)
		p.expect(t, "running", "event state", "gone", "reload", "event state")
	})
}

func TestLinkClosesTheWindowWhenTheCoreWasAskedToQuit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := &fakeCore{}
		core.run("1")
		_, p, socket := follow(t, core)
		settle(0)
		if err := os.Remove(socket); err != nil {
			t.Fatal(err)
		}
		core.end()
		settle(2 * time.Second)
		p.expect(t, "running", "event state", "close")
	})
}
