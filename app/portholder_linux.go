package app

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// portHolder names the process that listens on addr's port, like
// "python3 (pid 4711)". It is empty when that cannot be found out; a process
// of another user shows only the port, not its name.
func portHolder(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return ""
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return ""
	}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		data, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		if inode := listenerInode(string(data), number); inode != "" {
			return socketOwner(inode)
		}
	}
	return ""
}

// listenerInode finds the listening socket of a port in a table as proc(5)
// describes it under /proc/net/tcp: sl, local, remote, state, queues, timer,
// retransmits, uid, timeout, inode.
func listenerInode(table string, port int) string {
	const listen = "0A"
	suffix := fmt.Sprintf(":%04X", port)
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) > 9 && fields[3] == listen && strings.HasSuffix(fields[1], suffix) {
			return fields[9]
		}
	}
	return ""
}

// socketOwner looks through the open files of every process we may look at.
func socketOwner(inode string) string {
	want := "socket:[" + inode + "]"
	files, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, file := range files {
		if target, err := os.Readlink(file); err != nil || target != want {
			continue
		}
		process := filepath.Dir(filepath.Dir(file))
		name, err := os.ReadFile(filepath.Join(process, "comm"))
		if err != nil {
			return ""
		}
		return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), filepath.Base(process))
	}
	return ""
}
