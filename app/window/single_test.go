package window

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestSecondWindowRaisesTheFirst(t *testing.T) {
	// Not t.TempDir: the path of a socket must be short.
	folder, err := os.MkdirTemp("/tmp", "yallm")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	control := filepath.Join(folder, "run", "control.sock")

	s, err := first(t.Context(), control)
	if err != nil {
		t.Fatal(err)
	}
	raised := make(chan struct{}, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.serve(func() { raised <- struct{}{} })
	}()
	if _, err := first(t.Context(), control); !errors.Is(err, errRaised) {
		t.Errorf("second start: %v", err)
	}
	<-raised
	if err := s.close(); err != nil {
		t.Error(err)
	}
	<-done

	// What a killed window left behind keeps nobody out.
	if err := os.WriteFile(filepath.Join(folder, "run", "window.sock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := first(t.Context(), control)
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	if err := again.close(); err != nil {
		t.Error(err)
	}
}
