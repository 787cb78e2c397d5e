//go:build unix && !darwin

package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// autostartFile is where freedesktop.org's autostart specification looks.
func autostartFile() (string, error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(config, "autostart", folderName+".desktop"), nil
}

func addAutostart(program string, args []string) error {
	file, err := autostartFile()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	quoted := []string{quoteExec(program)}
	for _, arg := range args {
		quoted = append(quoted, quoteExec(arg))
	}
	entry := fmt.Sprintf(`[Desktop Entry]
Type=Application
Name=yaLLMproxy
Comment=Local LLM proxy
Exec=%s
Icon=yallmproxy
Terminal=false
X-GNOME-Autostart-enabled=true
`, strings.Join(quoted, " "))
	return os.WriteFile(file, []byte(entry), 0o600)
}

func removeAutostart() error {
	file, err := autostartFile()
	if err != nil {
		return err
	}
	if err := os.Remove(file); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// quoteExec quotes one argument of an Exec line. The desktop entry
// specification takes the value apart twice: as a string, where a backslash
// escapes, then as a command line, where it does so again inside quotes.
func quoteExec(arg string) string {
	command := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`, `%`, `%%`).Replace(arg)
	return `"` + strings.ReplaceAll(command, `\`, `\\`) + `"`
}
