// Package tray shows the proxy's state in the system tray and switches it from
// there. It is built with the tag "tray"; without it the package compiles but
// Run only says that this build has no tray.
//
// The tray holds no state of its own: it draws what the controller says and
// passes clicks on. Whatever it offers, the window, the browser and the command
// line offer too, because many desktops have no tray at all.
package tray

import (
	"context"
	"errors"
	"log/slog"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

// ErrNotBuilt is what Run and Check answer in a build without the tag "tray".
var ErrNotBuilt = errors.New("this build has no tray icon")

// ErrNoHost means that tray icons cannot be seen at the moment: there is no
// display, or no panel that offers to show them. The text of such an error is
// the reason alone.
var ErrNoHost = errors.New("there is nothing that shows tray icons")

// Proxy is what the tray needs of the controller.
type Proxy interface {
	State() controller.State
	StartProxy(ctx context.Context, port int) (controller.State, error)
	StopProxy(ctx context.Context) (controller.State, error)
	// Subscribe returns a channel of changes that is closed when ctx ends.
	Subscribe(ctx context.Context) <-chan controller.Event
}

// Options says what the tray shows and what its menu does. All fields but
// OnHost must be set.
type Options struct {
	Proxy       Proxy
	OpenWindow  func() error
	OpenBrowser func() error
	// ClearTargets lets targets that are left alone be asked again at once.
	ClearTargets func() error
	// Quit asks the program to end. It returns at once; the program then ends
	// the context of Run.
	Quit func()
	// OnHost is told when the tray appears (nil) and why there is none
	// (an ErrNoHost). It may be called more than once: a panel that starts
	// after the core is waited for.
	OnHost func(error)
	Log    *slog.Logger
}
