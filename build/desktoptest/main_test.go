//go:build desktoptest && linux

// Package desktoptest runs the real programs on a display and a session bus of
// their own, and does with them what a person does: it reads the tray menu,
// clicks in it, looks at the window and closes it.
//
// Every test has its own home, so that it can tell its processes from all
// others, and fails when one of them is left at its end.
package desktoptest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// programs is the folder of the programs under test, both in one place as a
// package installs them.
var programs string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "yallmproxy-desktop-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	programs = folder
	if err := build(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build(folder string) error {
	for name, tags := range map[string]string{
		"yallmproxy":        "tray",
		"yallmproxy-window": "desktop,production,webkit2_41",
	} {
		cmd := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-tags", tags, "-o", filepath.Join(folder, name), ".")
		cmd.Dir = filepath.Join("..", "..")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
	}
	return nil
}

// program is the path of a program from outside; package says what to install.
func program(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing (build/setup.sh test installs it; Debian package %s)", name, debian)
	}
	return path
}
