package app

import (
	"fmt"
	"os"
	"path/filepath"
)

// loginArgs start this core at login: with its tray icon, without a window.
// Where its files are is said only when it is not where they always are.
func (o Options) loginArgs(p Paths) []string {
	args := []string{"serve", "--tray"}
	if o.Home != "" || os.Getenv("YALLMP_HOME") != "" {
		args = append(args, "--home", filepath.Dir(p.Data))
	}
	if o.ConfigPath != "" || os.Getenv("YALLMP_CONFIG") != "" {
		args = append(args, "--config", p.Config)
	}
	return args
}

// setAutostart adds this program with args to, or removes it from, what the
// system starts when this user logs in. Doing so twice is harmless.
func setAutostart(on bool, args []string) error {
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
	if err := addAutostart(program, args); err != nil {
		return fmt.Errorf("start at login: %w", err)
	}
	return nil
}
