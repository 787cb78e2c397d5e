package app

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestLockInstance(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "yallmproxy.lock")
	first, err := lockInstance(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockInstance(path); !errors.Is(err, ErrRunning) {
		t.Errorf("second lock: err = %v, want ErrRunning", err)
	}
	if err := first.Unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := lockInstance(path)
	if err != nil {
		t.Fatalf("lock after the first ended: %v", err)
	}
	if err := again.Unlock(); err != nil {
		t.Fatal(err)
	}
}
