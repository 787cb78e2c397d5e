// Package window shows the user interface in a native window. It is built with
// the tag "desktop"; without it the package compiles but Run only says that this
// build has no window.
//
// The window holds no state and no keys. Its pages come from the core, through a
// reverse proxy over the control socket; live events come the same way and are
// passed to the page. It is a process of its own: closing it gives all of its
// memory back, and a crash of the web engine does not touch the proxy.
package window

import (
	"context"
	"errors"
	"log/slog"
)

// ErrNotBuilt is what Run answers in a build without the tag "desktop".
var ErrNotBuilt = errors.New("this build has no window")

// ErrNoDisplay is what Run answers where there is no screen to show a window on.
var ErrNoDisplay = errors.New("there is no display to show a window on")

// Options says which core the window belongs to.
type Options struct {
	// Socket is the control socket of the core.
	Socket string
	// Folder keeps the window's size and position between starts.
	Folder string
	// StartCore starts a core that outlives the window. It may wait until the
	// core answers; its error is shown to the person as it is. It is called
	// when no core answers, and when a person asks for it after the core crashed.
	StartCore func(ctx context.Context) error
	Log       *slog.Logger
}
