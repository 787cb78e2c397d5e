package app

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const agentLabel = "io.github.yallmproxy"

// agentFile is where launchd looks for what a user starts at login.
func agentFile() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, "Library", "LaunchAgents", agentLabel+".plist"), nil
}

func addAutostart(program string, args []string) error {
	file, err := agentFile()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	var call bytes.Buffer
	for _, arg := range append([]string{program}, args...) {
		call.WriteString("\t\t<string>")
		if err := xml.EscapeText(&call, []byte(arg)); err != nil {
			return err
		}
		call.WriteString("</string>\n")
	}
	return os.WriteFile(file, fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>%s</string>
	<key>ProgramArguments</key>
	<array>
%s	</array>
	<key>RunAtLoad</key>
	<true/>
	<key>ProcessType</key>
	<string>Interactive</string>
</dict>
</plist>
`, agentLabel, call.String()), 0o600)
}

func removeAutostart() error {
	file, err := agentFile()
	if err != nil {
		return err
	}
	if err := os.Remove(file); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
