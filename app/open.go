package app

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// errNoDesktop says that nobody could see what would be opened.
var errNoDesktop = errors.New("there is no display to open it on")

// Open shows a file, a folder or a web address in the program that the
// desktop has for it.
func Open(target string) error {
	var cmd *exec.Cmd
	switch runtime.GOOS {
	case "windows":
		// Not "cmd /c start", which would read & and % in an address.
		cmd = exec.Command("rundll32", "url.dll,FileProtocolHandler", target) //nolint:noctx // what it opens outlives us
	case "darwin":
		cmd = exec.Command("open", target) //nolint:noctx // the same
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return errNoDesktop
		}
		cmd = exec.Command("xdg-open", target) //nolint:noctx // the same
	}
	if err := cmd.Start(); err != nil {
		// Without the target: a login link is good for a login.
		return fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	// Some openers stay as long as the program they start. Nobody waits for
	// that; only the system wants to hear that we know of its end.
	go func() { _ = cmd.Wait() }()
	return nil
}
