//go:build unix

package cli

import (
	"os/exec"
	"syscall"
)

// detach lets the child outlive this terminal: its own session has no
// controlling terminal that could hang up on it.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
