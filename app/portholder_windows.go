package app

import (
	"context"
	"encoding/csv"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// portHolder names the process that listens on addr's port, like
// "python.exe (pid 4711)". It is empty when that cannot be found out.
func portHolder(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for line := range strings.Lines(quiet(ctx, "netstat", "-ano", "-p", "TCP")) {
		// Proto, local, foreign, state, pid. The state's word is translated;
		// a listener's foreign port is always 0.
		fields := strings.Fields(line)
		if len(fields) != 5 || !strings.HasSuffix(fields[1], ":"+port) || !strings.HasSuffix(fields[2], ":0") {
			continue
		}
		pid := fields[4]
		out := quiet(ctx, "tasklist", "/fo", "csv", "/nh", "/fi", "pid eq "+pid)
		row, err := csv.NewReader(strings.NewReader(out)).Read()
		if err != nil || len(row) < 2 {
			return "pid " + pid
		}
		return fmt.Sprintf("%s (pid %s)", row[0], pid)
	}
	return ""
}

// quiet runs a console program without a console window flashing up.
func quiet(ctx context.Context, name string, args ...string) string {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true}
	out, _ := cmd.Output()
	return string(out)
}
