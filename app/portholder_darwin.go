package app

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"time"
)

// portHolder names the process that listens on addr's port, like
// "Python (pid 4711)". It is empty when that cannot be found out.
func portHolder(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "/usr/sbin/lsof", "-nP", "-iTCP:"+port, "-sTCP:LISTEN", "-Fpc").Output()
	if err != nil {
		return ""
	}
	var pid, name string
	for line := range strings.Lines(string(out)) {
		switch value := strings.TrimSpace(line); {
		case pid == "" && strings.HasPrefix(value, "p"):
			pid = value[1:]
		case name == "" && strings.HasPrefix(value, "c"):
			name = value[1:]
		}
	}
	if pid == "" {
		return ""
	}
	return fmt.Sprintf("%s (pid %s)", name, pid)
}
