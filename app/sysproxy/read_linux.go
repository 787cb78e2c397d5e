package sysproxy

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// read asks the desktop that runs; GNOME's settings are those of most others
// as well.
func read(ctx context.Context) Settings {
	if strings.Contains(strings.ToUpper(os.Getenv("XDG_CURRENT_DESKTOP")), "KDE") {
		return readKDE()
	}
	program, err := exec.LookPath("gsettings")
	if err != nil {
		return readKDE()
	}
	cmd := exec.CommandContext(ctx, program, "list-recursively", "org.gnome.system.proxy")
	cmd.WaitDelay = 100 * time.Millisecond // a child of its own may hold the pipe
	out, err := cmd.Output()
	if err != nil {
		return readKDE()
	}
	return parseGNOME(string(out))
}

func readKDE() Settings {
	dir, err := os.UserConfigDir()
	if err != nil {
		return Settings{}
	}
	text, err := os.ReadFile(filepath.Join(dir, "kioslaverc"))
	if err != nil {
		return Settings{}
	}
	return parseKDE(string(text))
}
