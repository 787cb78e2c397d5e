package controller

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yallmproxy/yallmproxy/configs"
	"github.com/yallmproxy/yallmproxy/proxy/config"
	"github.com/yallmproxy/yallmproxy/proxy/relay"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// bounds are what a prune was asked for.
type bounds struct {
	age   time.Duration
	bytes int64
}

type pruned struct {
	usage.Store
	asked chan bounds
}

func (p pruned) Prune(_ context.Context, _ time.Time, age time.Duration, bytes int64) error {
	p.asked <- bounds{age, bytes}
	return nil
}

// Bodies and the state of conversations each go by their own settings, and by
// those of the moment.
func TestPruneGoesByTheSettings(t *testing.T) {
	source := config.Source{
		Default: configs.Default, DefaultEnv: configs.DefaultEnv, Path: filepath.Join(t.TempDir(), "config_added.yaml"),
		Getenv: func(string) (string, bool) { return "", false },
	}
	r := relay.New(relay.Options{Tracker: usage.NewTracker(nil, nil), Log: slog.New(slog.DiscardHandler)})
	configure := func(text string) {
		t.Helper()
		if err := os.WriteFile(source.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(source)
		if err != nil {
			t.Fatal(err)
		}
		snapshot, err := r.Compile(cfg)
		if err != nil {
			t.Fatal(err)
		}
		r.Swap(snapshot)
	}
	configure("")
	synctest.Test(t, func(t *testing.T) {
		bodies, state := make(chan bounds, 1), make(chan bounds, 1)
		c := &Controller{o: Options{
			Records: pruned{asked: bodies}, Relay: r, Log: slog.New(slog.DiscardHandler),
			PruneState: func(_ context.Context, _ time.Time, age time.Duration, bytes int64) error {
				state <- bounds{age, bytes}
				return nil
			},
		}}
		ctx, cancel := context.WithCancel(t.Context())
		go c.prune(ctx)
		if got := <-bodies; got != (bounds{14 * 24 * time.Hour, 2 << 30}) {
			t.Errorf("bodies: %v", got)
		}
		if got := <-state; got != (bounds{30 * 24 * time.Hour, 512 << 20}) {
			t.Errorf("state: %v", got)
		}
		configure("proxy_settings: {responses_state: {retention_hours: 2, max_bytes: 1MiB}}")
		<-bodies
		if got := <-state; got != (bounds{2 * time.Hour, 1 << 20}) {
			t.Errorf("state: %v", got)
		}
		cancel()
		synctest.Wait()
	})
}
