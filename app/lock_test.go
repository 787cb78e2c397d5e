package app

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"testing"
	"time"
)

func TestLockInstance(t *testing.T) {
	path := filepath.Join(t.TempDir(), "yallmproxy.lock")
	socket := filepath.Join(t.TempDir(), "control.sock")
	first, err := lockInstance(t.Context(), path, socket)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	// A holder that answers is refused at once, without any patience.
	start := time.Now()
	if _, err := lockInstance(t.Context(), path, socket); !errors.Is(err, ErrRunning) {
		t.Errorf("while it answers: err = %v, want ErrRunning", err)
	}
	if waited := time.Since(start); waited > lockPatience/2 {
		t.Errorf("refused after %v", waited)
	}
	listener.Close()

	// One that is ending is waited for.
	second := make(chan error, 1)
	go func() {
		lock, err := lockInstance(t.Context(), path, socket)
		if err == nil {
			err = lock.Unlock()
		}
		second <- err
	}()
	time.AfterFunc(5*lockRetry, func() {
		if err := first.Unlock(); err != nil {
			t.Error(err)
		}
	})
	if err := <-second; err != nil {
		t.Errorf("while it ends: err = %v", err)
	}
}

func TestLockInstanceGivesUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "yallmproxy.lock")
	first, err := lockInstance(t.Context(), path, "nowhere")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Unlock() }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lockInstance(ctx, path, "nowhere"); !errors.Is(err, ErrRunning) {
		t.Errorf("err = %v, want ErrRunning", err)
	}
}
