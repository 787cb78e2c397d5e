//go:build unix

package relay_test

import (
	"syscall"
	"testing"
)

// needFiles makes sure that so many files can be open at once.
func needFiles(t *testing.T, n uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if uint64(limit.Max) < n { //nolint:unconvert // it is signed on some systems
		t.Fatalf("this test needs %d open files, and this process may have %d: raise the hard limit (ulimit -Hn)", n, limit.Max)
	}
	if uint64(limit.Cur) >= n { //nolint:unconvert // likewise
		return
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatalf("raise the limit of open files: %v", err)
	}
}
