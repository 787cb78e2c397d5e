//go:build tray

package tray

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/getlantern/systray"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

// Built says whether this program can show a tray icon at all.
const Built = true

// Run shows the tray until ctx ends, which is also how Quit in the menu ends
// it. Without a place to show an icon it waits for one. It must be called on the
// main goroutine, because GTK and Cocoa run on the main thread, and only once in
// the life of a process.
func Run(ctx context.Context, o Options) error {
	report := func(err error) {
		if err != nil {
			o.Log.Info("no tray icon; the window, the browser and the command line do the same", "reason", err)
		}
		if o.OnHost != nil {
			o.OnHost(err)
		}
	}
	err := awaitHost(ctx, report)
	if err == nil {
		err = initToolkit()
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // The end of the context is the normal end.
	}
	if err != nil {
		report(err)
		<-ctx.Done()
		return nil
	}
	t := &tray{o: o, done: make(chan struct{})}
	loop := func() {
		systray.Run(func() { report(nil); t.run(ctx) }, nil)
		if ctx.Err() == nil {
			o.Quit() // the session ends and has closed the tray first
		}
		<-t.done
	}
	if runtime.GOOS == "windows" {
		runOwnThread(ctx, loop)
	} else {
		loop()
	}
	return nil
}

// runOwnThread runs loop on a thread of its own, because a window of Windows
// belongs to the thread that made it. When Explorer never took the icon, its
// loop cannot be ended; the program then ends without it.
func runOwnThread(ctx context.Context, loop func()) {
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		runtime.LockOSThread()
		loop()
	}()
	select {
	case <-finished:
		return
	case <-ctx.Done():
	}
	select {
	case <-finished:
	case <-time.After(2 * time.Second):
	}
}

// tray is the menu while it is shown. Only its run method touches it.
type tray struct {
	o       Options
	done    chan struct{}
	shown   menu
	header  *systray.MenuItem
	targets *systray.MenuItem
	toggle  *systray.MenuItem
	window  *systray.MenuItem
	browser *systray.MenuItem
	copy    *systray.MenuItem
	notices [maxLines]*systray.MenuItem
	quit    *systray.MenuItem
	// actions are the clicks being carried out. Stopping the proxy may take as
	// long as its longest request; the menu answers meanwhile.
	actions sync.WaitGroup
}

func (t *tray) run(ctx context.Context) {
	defer close(t.done)
	defer systray.Quit()
	defer t.actions.Wait()

	events := t.o.Proxy.Subscribe(ctx)
	state := t.o.Proxy.State()
	t.build(menuOf(state))
	noticed := t.clicks(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case e, open := <-events:
			if !open {
				events = nil // the end of ctx follows
				continue
			}
			if e.State != nil {
				state = *e.State
			}
			if e.Type == "inflight" {
				state.InFlight = len(e.InFlight)
			}
			t.show(menuOf(state))
		case n := <-noticed:
			t.follow(ctx, t.shown.Notices[n])
		case <-t.targets.ClickedCh:
			t.do("clear the targets", t.o.ClearTargets)
		case <-t.toggle.ClickedCh:
			t.switchProxy(ctx)
		case <-t.window.ClickedCh:
			t.do("open the window", t.o.OpenWindow)
		case <-t.browser.ClickedCh:
			t.do("open the browser", t.o.OpenBrowser)
		case <-t.copy.ClickedCh:
			base := t.shown.BaseURL
			t.do("copy the base URL", func() error { return copyText(ctx, base) })
		case <-t.quit.ClickedCh:
			t.o.Quit()
		}
	}
}

// clicks tells which notice was clicked.
func (t *tray) clicks(ctx context.Context) <-chan int {
	noticed := make(chan int)
	for n, item := range t.notices {
		t.actions.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-item.ClickedCh:
				}
				select {
				case <-ctx.Done():
					return
				case noticed <- n:
				}
			}
		})
	}
	return noticed
}

func (t *tray) switchProxy(ctx context.Context) {
	if t.shown.Starts {
		t.start(ctx, 0)
		return
	}
	t.do("stop the proxy", func() error {
		_, err := t.o.Proxy.StopProxy(ctx)
		return err
	})
}

func (t *tray) start(ctx context.Context, port int) {
	t.do("start the proxy", func() error {
		_, err := t.o.Proxy.StartProxy(ctx, port)
		return err
	})
}

// follow does what the click on a notice asks for.
func (t *tray) follow(ctx context.Context, l line) {
	if l.Port != 0 {
		t.start(ctx, l.Port)
		return
	}
	t.do("open the window", t.o.OpenWindow)
}

// do carries out a click without keeping the menu waiting. What fails is
// logged; failures that last, such as a taken port, come back as a notice.
func (t *tray) do(what string, action func() error) {
	t.actions.Go(func() {
		if err := action(); err != nil {
			t.o.Log.Error("could not "+what, "error", err)
		}
	})
}

// build makes the menu. Its items stay; what a state does not need is hidden.
func (t *tray) build(m menu) {
	systray.SetIcon(m.Mark.image())
	systray.SetTooltip(m.Tooltip)
	t.header = systray.AddMenuItem(m.Header, "")
	t.header.Disable()
	for n := range t.notices {
		t.notices[n] = systray.AddMenuItem("", "")
		t.notices[n].Hide()
	}
	t.targets = systray.AddMenuItem("", "")
	t.targets.Hide()
	t.toggle = systray.AddMenuItem(m.Toggle, "")
	systray.AddSeparator()
	t.window = systray.AddMenuItem("Open window", "")
	t.browser = systray.AddMenuItem("Open in browser", "")
	t.copy = systray.AddMenuItem("Copy base URL", "")
	systray.AddSeparator()
	t.quit = systray.AddMenuItem("Quit", "")
	t.shown = menu{Mark: m.Mark, Header: m.Header, Tooltip: m.Tooltip, Toggle: m.Toggle, CanToggle: true}
	t.show(m)
}

// show draws what differs from what is shown. Each difference wakes the panel,
// so an unchanged menu must cost nothing.
func (t *tray) show(m menu) {
	old := t.shown
	t.shown = m
	if m.Mark != old.Mark {
		systray.SetIcon(m.Mark.image())
	}
	if m.Tooltip != old.Tooltip {
		systray.SetTooltip(m.Tooltip)
	}
	if m.Header != old.Header {
		t.header.SetTitle(m.Header)
	}
	if m.Toggle != old.Toggle {
		t.toggle.SetTitle(m.Toggle)
	}
	if m.CanToggle != old.CanToggle {
		setEnabled(t.toggle, m.CanToggle)
	}
	showLine(t.targets, old.Targets, m.Targets)
	for n, item := range t.notices {
		showLine(item, old.Notices[n].Text, m.Notices[n].Text)
	}
}

// showLine shows another text, or hides the line when there is none.
func showLine(item *systray.MenuItem, old, text string) {
	switch text {
	case old:
	case "":
		item.Hide()
	default:
		item.SetTitle(text)
		item.Show()
	}
}

func setEnabled(item *systray.MenuItem, enabled bool) {
	if enabled {
		item.Enable()
		return
	}
	item.Disable()
}

var _ Proxy = (*controller.Controller)(nil)
