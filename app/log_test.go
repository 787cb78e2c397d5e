package app

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRotatingFileKeepsThree(t *testing.T) {
	path := filepath.Join(t.TempDir(), "yallmproxy.log")
	w, err := openRotating(path, 20)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 { // two lines of ten bytes a file
		if _, err := fmt.Fprintf(w, "line %04d\n", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		path:        "line 0008\nline 0009\n",
		path + ".1": "line 0006\nline 0007\n",
		path + ".2": "line 0004\nline 0005\n",
	}
	files, _ := filepath.Glob(path + "*")
	if len(files) != len(want) {
		t.Errorf("files = %v, want %d", files, len(want))
	}
	for name, text := range want {
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != text {
			t.Errorf("%s = %q, want %q", filepath.Base(name), got, text)
		}
		if info, _ := os.Stat(name); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", filepath.Base(name), info.Mode().Perm())
		}
	}
}

func TestRotatingFileGoesOnAfterRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "yallmproxy.log")
	for range 2 {
		w, err := openRotating(path, 1000)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(w, "started")
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := os.ReadFile(path); string(got) != "started\nstarted\n" {
		t.Errorf("log = %q", got)
	}
}

func TestLevelChangesWhileRunning(t *testing.T) {
	var file, terminal bytes.Buffer
	var level slog.LevelVar
	log := newLogger(&file, &terminal, &level)
	log.Debug("hidden")
	level.Set(parseLevel("debug"))
	log.Debug("shown")
	for name, got := range map[string]string{"file": file.String(), "terminal": terminal.String()} {
		if strings.Contains(got, "hidden") || !strings.Contains(got, "msg=shown") {
			t.Errorf("%s = %q", name, got)
		}
	}
	if got := parseLevel("loud"); got != slog.LevelInfo {
		t.Errorf("an unknown level is %v, want info", got)
	}
}
