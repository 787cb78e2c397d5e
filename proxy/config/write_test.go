package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "folder", "config_added.yaml")
	for _, text := range []string{"a: 1\n", "a: 2\n"} {
		if err := WriteFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{path, LastGood(path)} {
			got, err := os.ReadFile(file)
			if err != nil || string(got) != text {
				t.Fatalf("%s holds %q, want %q (%v)", file, got, text, err)
			}
			checkMode(t, file, 0o600)
		}
	}
	checkMode(t, filepath.Dir(path), 0o700)
	if names := listFolder(t, filepath.Dir(path)); len(names) != 2 {
		t.Errorf("files left behind: %v", names)
	}
}

func TestWriteFileKeepsALink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "dotfiles.yaml"), filepath.Join(dir, "config_added.yaml")
	writeTestFile(t, target, []byte("a: 1\n"))
	if err := os.Symlink(target, link); err != nil {
		if runtime.GOOS == "windows" {
			t.Log("links need a right here")
			return
		}
		t.Fatal(err)
	}
	if err := WriteFile(link, []byte("a: 2\n")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link became a file")
	}
	if got, _ := os.ReadFile(target); string(got) != "a: 2\n" {
		t.Errorf("the target holds %q", got)
	}
}

// A failed write leaves the old file and nothing else.
func TestWriteFileFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config_added.yaml")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	writeTestFile(t, filepath.Join(path, "x"), nil)
	if err := WriteFile(path, []byte("a: 1\n")); err == nil {
		t.Fatal("a folder was replaced by a file")
	}
	if names := listFolder(t, dir); len(names) != 1 {
		t.Errorf("files left behind: %v", names)
	}
}

func TestSetEnv(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env_added")
	set := func(name, value string) {
		t.Helper()
		if err := SetEnv(path, name, value); err != nil {
			t.Fatal(err)
		}
	}
	set("A", "1")
	checkMode(t, path, 0o600)
	writeTestFile(t, path, []byte("# mine\nexport A=\"old\nvalue\"\n\nB=2 # two\nA=again"))
	set("A", "new")
	set("C", "it's $5\n")
	if err := UnsetEnv(path, "NOT_THERE"); err != nil {
		t.Fatal(err)
	}
	want := "# mine\nA=new\n\nB=2 # two\nC=\"it's \\$5\\n\"\n"
	if got, _ := os.ReadFile(path); string(got) != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if err := UnsetEnv(path, "B"); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); strings.Contains(string(got), "B=") {
		t.Errorf("B is still there:\n%s", got)
	}
	for _, name := range []string{"", "1A", "A B", "A-B", "{A}", "A=B"} {
		if err := SetEnv(path, name, "x"); err == nil {
			t.Errorf("SetEnv took the name %q", name)
		}
	}
}

// What SetEnv writes is what loading reads.
func TestSetEnvThenRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env_added")
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.StringMatching(`[-"'\\$#\n\r\t a-z=]*`)).
			Filter(func(s string) bool { return !strings.ContainsRune(s, 0) }).Draw(t, "value")
		if err := SetEnv(path, "NAME", value); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := readEnv(path, data, &report{})["NAME"]; got != value {
			t.Fatalf("wrote %q, read %q; the file is %q", value, got, data)
		}
	})
}

func checkMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); runtime.GOOS != "windows" && got != want {
		t.Errorf("%s has mode %04o, want %04o", path, got, want)
	}
}

func listFolder(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
