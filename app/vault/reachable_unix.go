//go:build !windows && !darwin

package vault

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
)

// reachable reports whether there is a session bus to talk to. Without the
// question go-keyring's D-Bus library would start a bus of its own, which
// nobody unlocks and which outlives the program.
func reachable() error {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return nil
	}
	// Where the library looks next.
	folder := filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			return nil
		}
	}
	return errors.New("there is no D-Bus session (DBUS_SESSION_BUS_ADDRESS is not set), which GNOME Keyring, KWallet and others need")
}
