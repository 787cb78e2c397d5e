package sysproxy

import (
	"context"
	"os/exec"
	"time"
)

func read(ctx context.Context) Settings {
	cmd := exec.CommandContext(ctx, "/usr/sbin/scutil", "--proxy")
	cmd.WaitDelay = 100 * time.Millisecond
	out, err := cmd.Output()
	if err != nil {
		return Settings{}
	}
	return parseMacOS(string(out))
}
