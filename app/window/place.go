package window

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Sizes in CSS pixels.
const (
	firstWidth  = 1180
	firstHeight = 760
	minWidth    = 900
	minHeight   = 600
)

// place is where the window was when it was closed.
type place struct {
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	X         int  `json:"x"`
	Y         int  `json:"y"`
	Moved     bool `json:"moved"` // X and Y mean something
	Maximised bool `json:"maximised"`
}

func placeFile(folder string) string { return filepath.Join(folder, "window.json") }

// readPlace returns where the window was, or where it opens first. A file that
// cannot be used is as good as none: it is only about convenience.
func readPlace(folder string) (place, error) {
	first := place{Width: firstWidth, Height: firstHeight}
	data, err := os.ReadFile(placeFile(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return first, nil
	}
	if err != nil {
		return first, fmt.Errorf("read where the window was: %w", err)
	}
	var p place
	if err := json.Unmarshal(data, &p); err != nil {
		return first, fmt.Errorf("read where the window was: %s: %w", placeFile(folder), err)
	}
	if p.Width < minWidth || p.Height < minHeight {
		p.Width, p.Height = firstWidth, firstHeight
	}
	return p, nil
}

// write remembers the place.
func (p place) write(folder string) error {
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("remember where the window is: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("remember where the window is: %w", err)
	}
	if err := os.WriteFile(placeFile(folder), data, 0o600); err != nil {
		return fmt.Errorf("remember where the window is: %w", err)
	}
	return nil
}

// screen is the size of a monitor.
type screen struct{ width, height int }

// visible reports whether the title bar of the window would be on one of the
// screens: a monitor may be gone since.
func (p place) visible(screens []screen) bool {
	const grip = 100
	for _, s := range screens {
		if p.X > -p.Width+grip && p.X < s.width-grip && p.Y >= 0 && p.Y < s.height-grip {
			return true
		}
	}
	return false
}
