package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cleanEnv takes away every variable that FindPaths looks at, and sets these.
func cleanEnv(t *testing.T, set map[string]string) {
	t.Helper()
	for _, name := range []string{"YALLMP_HOME", "YALLMP_CONFIG", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", "/home/someone")
	for name, value := range set {
		t.Setenv(name, value)
	}
}

func TestFindPaths(t *testing.T) {
	tests := []struct {
		name         string
		env          map[string]string
		home, config string
		want         Paths
	}{
		{
			name: "plain Linux",
			env:  map[string]string{"XDG_RUNTIME_DIR": "/run/user/1000"},
			want: Paths{
				Config:  "/home/someone/.config/yallmproxy/config_added.yaml",
				Data:    "/home/someone/.local/share/yallmproxy",
				Runtime: "/run/user/1000/yallmproxy",
			},
		},
		{
			name: "no runtime folder",
			want: Paths{
				Config:  "/home/someone/.config/yallmproxy/config_added.yaml",
				Data:    "/home/someone/.local/share/yallmproxy",
				Runtime: "/home/someone/.local/share/yallmproxy/run",
			},
		},
		{
			name: "own XDG folders, a relative one ignored",
			env:  map[string]string{"XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "d", "XDG_RUNTIME_DIR": "r"},
			want: Paths{
				Config:  "/c/yallmproxy/config_added.yaml",
				Data:    "/home/someone/.local/share/yallmproxy",
				Runtime: "/home/someone/.local/share/yallmproxy/run",
			},
		},
		{
			name: "everything below one home",
			env:  map[string]string{"YALLMP_HOME": "/portable", "XDG_RUNTIME_DIR": "/run/user/1000"},
			want: Paths{Config: "/portable/config_added.yaml", Data: "/portable/data", Runtime: "/portable/run"},
		},
		{
			name: "flags win over the environment",
			env:  map[string]string{"YALLMP_HOME": "/portable", "YALLMP_CONFIG": "/wrong.yaml"},
			home: "/other", config: "/etc/llm/config.yaml",
			want: Paths{Config: "/etc/llm/config.yaml", Data: "/other/data", Runtime: "/other/run"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cleanEnv(t, tt.env)
			got, err := FindPaths(tt.home, tt.config)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			want.Logs = filepath.Join(want.Data, "logs")
			want.Lock = filepath.Join(want.Data, "yallmproxy.lock")
			want.Socket = filepath.Join(want.Runtime, "control.sock")
			if got != want {
				t.Errorf("FindPaths:\n got %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestSocketPathTooLong(t *testing.T) {
	long := "/" + strings.Repeat("long/", 30)
	for _, runtimeDir := range []string{"/run/user/1000", long, ""} {
		cleanEnv(t, map[string]string{"XDG_RUNTIME_DIR": runtimeDir})
		one, err := FindPaths(long+"one", "")
		if err != nil {
			t.Fatal(err)
		}
		if len(one.Socket) > maxSocketPath {
			t.Errorf("XDG_RUNTIME_DIR=%q: socket path has %d bytes: %s", runtimeDir, len(one.Socket), one.Socket)
		}
		again, _ := FindPaths(long+"one", "")
		if again != one {
			t.Errorf("the same home gave %s, then %s", one.Socket, again.Socket)
		}
		two, _ := FindPaths(long+"two", "")
		if two.Socket == one.Socket {
			t.Errorf("two homes share %s", one.Socket)
		}
	}
}

func TestCreatePrivateFolders(t *testing.T) {
	cleanEnv(t, nil)
	home := t.TempDir()
	// A folder that was left open to others is closed.
	if err := os.Mkdir(filepath.Join(home, "run"), 0o755); err != nil {
		t.Fatal(err)
	}
	paths, err := FindPaths(home, filepath.Join(home, "conf", "c.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := paths.create(); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{filepath.Dir(paths.Config), paths.Data, paths.Logs, paths.Runtime} {
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o700 {
			t.Errorf("%s has mode %o, want 700", dir, mode)
		}
	}
}

func TestRuntimeMustBeAFolder(t *testing.T) {
	home := t.TempDir()
	if err := os.Symlink(t.TempDir(), filepath.Join(home, "run")); err != nil {
		t.Fatal(err)
	}
	paths, err := FindPaths(home, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := paths.create(); err == nil || !strings.Contains(err.Error(), "not a folder") {
		t.Errorf("a symbolic link as runtime folder: err = %v", err)
	}
}
