//go:build !desktop

package window

import "context"

// Built says whether this program can show a window at all.
const Built = false

// Run shows nothing, because this build cannot.
func Run(context.Context, Options) error { return ErrNotBuilt }
