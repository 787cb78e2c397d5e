package cli

import (
	"context"
	"errors"
	"time"

	"github.com/yallmproxy/yallmproxy/app"
	"github.com/yallmproxy/yallmproxy/app/admin"
)

// startPatience bounds the wait for a core that was just started, a cold disk
// included.
const startPatience = 20 * time.Second

// dial is the way to the core, running or not: nothing is sent yet.
func (s *session) dial() (*admin.Client, error) {
	paths, err := s.paths()
	if err != nil {
		return nil, err
	}
	return admin.Dial(paths.Socket), nil
}

// running makes "nobody answers" into an error that says what to do.
func running(err error) error {
	if errors.Is(err, admin.ErrNotRunning) {
		return hinted(errors.New("yallmproxy is not running"),
			"start it with: yallmproxy (in the background) or yallmproxy serve (in this terminal)")
	}
	return err
}

// ensureCore returns a client of the running core. It starts one when none
// runs, and says so.
func (s *session) ensureCore(ctx context.Context) (client *admin.Client, started bool, err error) {
	paths, err := s.paths()
	if err != nil {
		return nil, false, err
	}
	client = admin.Dial(paths.Socket)
	if _, err := client.State(ctx); !errors.Is(err, admin.ErrNotRunning) {
		return client, false, err
	}
	child, err := s.startCore(paths)
	if err != nil {
		return nil, false, err
	}
	return client, true, awaitCore(ctx, client, child)
}

// awaitCore waits until a core answers. It need not be the one just started:
// two starts at once leave one of them standing, and either will do.
func awaitCore(ctx context.Context, client *admin.Client, started *core) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startPatience, errors.New("the core does not answer"))
	defer cancel()
	exited := started.exited
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		if _, err := client.State(ctx); !errors.Is(err, admin.ErrNotRunning) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-exited:
			if err := started.failure(); err.Error() != app.ErrRunning.Error() {
				return err
			}
			exited = nil // another start was faster; its core will answer
		case <-time.After(pause):
		}
	}
}
