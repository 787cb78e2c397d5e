package app

import (
	"fmt"
	"os"
	"path/filepath"
)

// autostartArgs start the core at login: with its tray icon, without a window.
var autostartArgs = [...]string{"serve", "--tray"}

// SetAutostart adds the program to, or removes it from, what the system
// starts when this user logs in. Doing so twice is harmless.
func SetAutostart(on bool) error {
	if !on {
		if err := removeAutostart(); err != nil {
			return fmt.Errorf("stop starting at login: %w", err)
		}
		return nil
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start at login: %w", err)
	}
	if program, err = filepath.EvalSymlinks(program); err != nil {
		return fmt.Errorf("start at login: %w", err)
	}
	if err := addAutostart(program); err != nil {
		return fmt.Errorf("start at login: %w", err)
	}
	return nil
}
