package window

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// single makes sure that a core has at most one window: the lock decides who
// is first, and through the socket a second start raises the first.
type single struct {
	lock     *flock.Flock
	listener net.Listener
}

// errRaised says that this core has a window already, which was raised.
var errRaised = errors.New("the window is open already")

// first makes this process the window of its core, or answers errRaised.
func first(ctx context.Context, control string) (*single, error) {
	folder := filepath.Dir(control)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("prepare the window: %w", err)
	}
	socket := filepath.Join(folder, "window.sock")
	lock := flock.New(filepath.Join(folder, "window.lock"), flock.SetPermissions(0o600))
	// The other window may be opening or closing: then neither the lock is free
	// nor does anybody listen yet.
	for until := time.Now().Add(3 * time.Second); ; {
		locked, err := lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("prepare the window: %w", err)
		}
		if locked {
			break
		}
		err = raise(ctx, socket)
		if err == nil {
			return nil, errRaised
		}
		if time.Now().After(until) || !sleep(ctx, 50*time.Millisecond) {
			return nil, fmt.Errorf("another window is open but does not answer: %w", err)
		}
	}
	// Whoever left this socket behind is gone: we hold the lock.
	_ = os.Remove(socket)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", socket)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the window: %w", err), lock.Close())
	}
	return &single{lock: lock, listener: listener}, nil
}

// serve calls show for each later start, until close.
func (s *single) serve(show func()) {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		_ = conn.Close()
		show()
	}
}

func (s *single) close() error {
	return errors.Join(s.listener.Close(), s.lock.Close())
}

// raise asks the window that is open to show itself.
func raise(ctx context.Context, socket string) error {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", socket)
	if err != nil {
		return err
	}
	return conn.Close()
}
