package app

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/gofrs/flock"
)

// ErrRunning is returned by New when another core already uses the same data
// folder.
var ErrRunning = errors.New("yallmproxy is already running")

// Between taking the lock and opening its socket, and between closing the one
// and releasing the other, a core holds its data folder and answers nobody.
const (
	lockPatience = 5 * time.Second
	lockRetry    = 20 * time.Millisecond
)

// lockInstance claims the data folder for this process. The operating system
// holds the claim, so that it ends with the process however that dies. A
// holder that answers on its socket is there to stay: that is ErrRunning at
// once. One that does not is about to, or about to end.
func lockInstance(ctx context.Context, path, socket string) (*flock.Flock, error) {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	lock := flock.New(path, flock.SetPermissions(0o600))
	for {
		got, err := lock.TryLock()
		if err != nil {
			return nil, &UnwritableError{Path: path, Err: err}
		}
		if got {
			return lock, nil
		}
		if conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket); err == nil {
			_ = conn.Close() // it was only asked whether anybody is there
			return nil, ErrRunning
		}
		select {
		case <-ctx.Done():
			return nil, ErrRunning
		case <-time.After(lockRetry):
		}
	}
}
