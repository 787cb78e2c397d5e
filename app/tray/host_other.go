//go:build tray && !linux

package tray

import "context"

// Check says that a tray icon can be seen: Windows and macOS always show one.
func Check(context.Context) error { return nil }

func awaitHost(context.Context, func(error)) error { return nil }
