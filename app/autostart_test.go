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
		if err := setAutostart(true, []string{"serve", "--home", "/my files"}); err != nil {
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
	if want := `Exec="` + program + `" "serve" "--home" "/my files"` + "\n"; !strings.Contains(string(entry), want) {
		t.Errorf("entry lacks %s:\n%s", want, entry)
	}
	for range 2 {
		if err := setAutostart(false, nil); err != nil {
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

func TestLoginArgs(t *testing.T) {
	tests := []struct {
		env  map[string]string
		o    Options
		want string
	}{
		{nil, Options{}, "serve --tray"},
		{nil, Options{Home: "/h"}, "serve --tray --home /h"},
		{map[string]string{"YALLMP_HOME": "/h", "YALLMP_CONFIG": "/c.yaml"}, Options{}, "serve --tray --home /h --config /c.yaml"},
	}
	for _, tt := range tests {
		cleanEnv(t, tt.env)
		paths, err := FindPaths(tt.o.Home, tt.o.ConfigPath)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(tt.o.loginArgs(paths), " "); got != tt.want {
			t.Errorf("%v %+v: %s, want %s", tt.env, tt.o, got, tt.want)
		}
	}
}
