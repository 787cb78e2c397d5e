//go:build !tray

package tray

import "context"

// Built says whether this program can show a tray icon at all.
const Built = false

// Check says why there is no tray.
func Check(context.Context) error { return ErrNotBuilt }

// Run shows nothing, because this build cannot.
func Run(context.Context, Options) error { return ErrNotBuilt }
