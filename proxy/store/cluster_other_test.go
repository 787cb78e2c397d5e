//go:build !unix

package store

import (
	"os/exec"
	"time"
)

func unprivileged(*exec.Cmd, string) error { return nil }

func cpuTime() time.Duration { return 0 }
