//go:build desktop

package window

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/mac"
	wails2 "github.com/wailsapp/wails/v2/pkg/runtime"

	"github.com/yallmproxy/yallmproxy/app/admin"
	"github.com/yallmproxy/yallmproxy/app/controller"
)

// Built says whether this program can show a window at all.
const Built = true

// Run shows the window until it is closed or ctx ends. When the core has a
// window already, that one comes to the front instead and Run returns at once.
// It must be called on the main goroutine.
func Run(ctx context.Context, o Options) error {
	if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return ErrNoDisplay
	}
	setLanguage()
	s, err := first(ctx, o.Socket)
	if errors.Is(err, errRaised) {
		return nil
	}
	if err != nil {
		return err
	}
	old, err := readPlace(o.Folder)
	if err != nil {
		o.Log.Warn("the window opens where it opens first", "error", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &webWindow{
		o:      o,
		single: s,
		opened: old,
		link:   newLink(o, admin.Dial(o.Socket).Events),
	}
	app := w.options(&gate{core: admin.ReverseProxy(o.Socket), link: w.link, wait: 500 * time.Millisecond})
	app.OnStartup = func(wctx context.Context) { w.startup(ctx, wctx) }
	err = wails.Run(app)
	w.closed.Store(true)
	cancel()
	err = errors.Join(err, s.close())
	w.running.Wait()
	return err
}

// setLanguage gives the page a language where the person has chosen none. In the
// locale C.UTF-8 WebKit would tell it that the language is "C", at which
// JavaScript throws.
func setLanguage() {
	chosen := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG"))
	if runtime.GOOS == "linux" && strings.HasPrefix(chosen, "C.") {
		_ = os.Setenv("LC_ALL", "en_US.UTF-8") // where it is not installed, the effect is the same
	}
}

// webWindow is the window while it is open.
type webWindow struct {
	o       Options
	single  *single
	opened  place
	link    *link
	running sync.WaitGroup
	// closed says that there is nothing left to ask Wails about.
	closed atomic.Bool
	page   webPage
}

func (w *webWindow) options(handler *gate) *options.App {
	state := options.Normal
	if w.opened.Maximised {
		state = options.Maximised
	}
	return &options.App{
		Title:                    "yaLLMproxy",
		Width:                    w.opened.Width,
		Height:                   w.opened.Height,
		MinWidth:                 minWidth,
		MinHeight:                minHeight,
		WindowStartState:         state,
		BackgroundColour:         options.NewRGB(0x1b, 0x1d, 0x20),
		AssetServer:              &assetserver.Options{Handler: handler},
		EnableDefaultContextMenu: true, // copy and paste
		OnDomReady:               func(context.Context) { w.page.repeat() },
		OnBeforeClose:            w.remember,
		Linux: &linux.Options{
			// Text and thin lines need no GPU, whose drivers are what usually
			// keeps such windows blank.
			WebviewGpuPolicy: linux.WebviewGpuPolicyNever,
			ProgramName:      "yallmproxy",
		},
		Mac: &mac.Options{TitleBar: mac.TitleBarDefault()},
	}
}

// startup runs when the window exists. Work ends with ctx; wctx, which does not
// end when the program is told to, is how Wails is told what to do.
func (w *webWindow) startup(ctx, wctx context.Context) {
	w.page.use(wctx)
	if w.opened.Moved && !w.opened.Maximised && w.opened.visible(screens(wctx)) {
		wails2.WindowSetPosition(wctx, w.opened.X, w.opened.Y)
	}
	w.running.Go(func() { w.link.follow(ctx, &w.page) })
	w.running.Go(func() {
		w.single.serve(func() {
			wails2.WindowShow(wctx)
			wails2.WindowUnminimise(wctx)
		})
	})
	context.AfterFunc(ctx, func() {
		if !w.closed.Load() {
			wails2.Quit(wctx)
		}
	})
}

// remember keeps the place of the window; it never keeps it from closing.
func (w *webWindow) remember(wctx context.Context) bool {
	now := w.opened
	now.Maximised = wails2.WindowIsMaximised(wctx)
	if wails2.WindowIsNormal(wctx) {
		now.Width, now.Height = wails2.WindowGetSize(wctx)
		now.X, now.Y = wails2.WindowGetPosition(wctx)
		now.Moved = true
	}
	if now != w.opened {
		if err := now.write(w.o.Folder); err != nil {
			w.o.Log.Warn("the window will not open here again", "error", err)
		}
	}
	return false
}

func screens(wctx context.Context) []screen {
	all, err := wails2.ScreenGetAll(wctx)
	if err != nil {
		return nil
	}
	sizes := make([]screen, len(all))
	for i, s := range all {
		sizes[i] = screen{s.Size.Width, s.Size.Height}
	}
	return sizes
}

// webPage tells the page inside the window what happens. What it was told last
// is told again to every page that is loaded.
type webPage struct {
	mu    sync.Mutex
	phase phase
	words string
	// What Wails can do for us, once there is a window.
	exec   func(script string)
	emit   func(controller.Event)
	reload func()
	quit   func()
}

func (p *webPage) use(wctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.exec = func(script string) { wails2.WindowExecJS(wctx, script) }
	p.emit = func(e controller.Event) { wails2.EventsEmit(wctx, "live", e) }
	p.reload = func() { wails2.WindowReloadApp(wctx) }
	p.quit = func() { wails2.Quit(wctx) }
}

// Deliver implements page.
func (p *webPage) Deliver(e controller.Event) { p.emit(e) }

// Show implements page.
func (p *webPage) Show(now phase, words string) {
	p.mu.Lock()
	p.phase, p.words = now, words
	p.mu.Unlock()
	p.repeat()
}

// repeat tells the page what it was told last.
func (p *webPage) repeat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.exec == nil || p.phase == "" {
		return
	}
	// Marshalling strings cannot fail, and JSON is JavaScript.
	words, _ := json.Marshal(p.words)
	p.exec(string(coreScript) + "window.yallmCore('" + string(p.phase) + "'," + string(words) + ");")
}

// Reload implements page.
func (p *webPage) Reload() {
	p.mu.Lock()
	p.phase, p.words = phaseRunning, ""
	p.mu.Unlock()
	p.reload()
}

// Close implements page.
func (p *webPage) Close() { p.quit() }
