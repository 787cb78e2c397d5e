package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// ErrRunning is returned by New when another core already uses the same data
// folder.
var ErrRunning = errors.New("yallmproxy is already running")

// lockInstance claims the data folder for this process. The operating system
// holds the claim, so that it ends with the process however that dies.
func lockInstance(path string) (*flock.Flock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("create %s: %w", filepath.Dir(path), err)
	}
	lock := flock.New(path, flock.SetPermissions(0o600))
	got, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !got {
		return nil, ErrRunning
	}
	return lock, nil
}

// removeStale deletes the socket that a killed core left behind. Only the
// holder of the instance lock may call it.
func removeStale(socket string) error {
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the stale socket: %w", err)
	}
	return nil
}
