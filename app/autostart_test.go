//go:build linux

package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAutostart(t *testing.T) {
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	file := filepath.Join(config, "autostart", "yallmproxy.desktop")
	for range 2 { // twice is harmless
		if err := SetAutostart(true); err != nil {
			t.Fatal(err)
		}
	}
	entry, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if want := `Exec="` + program + `" serve --tray`; !strings.Contains(string(entry), want) {
		t.Errorf("entry lacks %s:\n%s", want, entry)
	}
	for range 2 {
		if err := SetAutostart(false); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the entry is still there: %v", err)
	}
}

func TestQuoteExec(t *testing.T) {
	// Worked out by hand from the desktop entry specification: a literal $
	// in quotes is \$ to the command line, and its backslash is doubled again.
	got := quoteExec(`/opt/my "apps"/100%/$x\y`)
	want := `"/opt/my \\"apps\\"/100%%/\\$x\\\\y"`
	if got != want {
		t.Errorf("quoteExec = %s, want %s", got, want)
	}
}
