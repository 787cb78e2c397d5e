//go:build tray && !linux

package tray

import (
	"context"

	"github.com/atotto/clipboard"
)

func initToolkit() error { return nil }

func copyText(_ context.Context, text string) error { return clipboard.WriteAll(text) }
