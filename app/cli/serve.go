package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/spf13/cobra"

	"github.com/yallmproxy/yallmproxy/app"
	"github.com/yallmproxy/yallmproxy/app/admin"
	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/app/tray"
)

func (s *session) serveCommand() *cobra.Command {
	var o app.Options
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run in this terminal, without a window",
		Long: `Run in this terminal, without a window, until Ctrl+C or SIGTERM.

Requests in flight may then end; a second Ctrl+C does not wait for them. A port
that is taken ends it with an error; with --tray it stays and offers another.`,
		Example: `  yallmproxy serve
  yallmproxy serve --port 8080
  yallmproxy --home /srv/llm serve --host 0.0.0.0`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkPort(cmd, o.Port); err != nil {
				return err
			}
			return s.serve(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Host, "host", "", "listen on `ADDRESS`, whatever the configuration says (YALLMP_HOST)")
	flags.IntVar(&o.Port, "port", 0, "listen on `PORT`, whatever the configuration says (YALLMP_PORT)")
	flags.BoolVar(&o.Desktop, "tray", false, "show the tray icon, where there is a tray")
	return cmd
}

// checkPort refuses a --port that cannot be one.
func checkPort(cmd *cobra.Command, port int) error {
	if cmd.Flags().Changed("port") && (port < 1 || port > 65535) {
		return wrongf("--port %d: a port is a number from 1 to 65535", port)
	}
	return nil
}

// serve is the core. It ends with a signal or with somebody's Quit.
func (s *session) serve(ctx context.Context, o app.Options) error {
	windowCtx, closeWindows := context.WithCancel(context.WithoutCancel(ctx))
	var windows sync.WaitGroup
	defer windows.Wait()
	defer closeWindows()

	o.Home, o.ConfigPath = s.home, s.config
	o.OpenWindow = func() error { return s.openWindow(windowCtx, &windows) }
	o.Probes = probes()
	if !o.Desktop {
		o.Terminal = s.stderr
	}
	core, err := app.New(ctx, o)
	if errors.Is(err, app.ErrRunning) {
		return hinted(err, "yallmproxy status shows it; yallmproxy stop --quit ends it")
	}
	if unwritable, ok := errors.AsType[*app.UnwritableError](err); ok {
		return hinted(unwritable, unwritable.Hint())
	}
	if err != nil {
		return err
	}
	run := core.Run
	if o.Desktop {
		run = func(ctx context.Context) error { return withTray(ctx, core, o.OpenWindow) }
	}
	return errors.Join(portHint(run(ctx)), core.Close())
}

// portHint offers a way around a port that is taken.
func portHint(err error) error {
	taken, ok := errors.AsType[*controller.Error](err)
	if !ok || taken.Free == 0 {
		return err
	}
	return hinted(err, fmt.Sprintf("yallmproxy serve --port %d listens on a free one", taken.Free))
}

// withTray gives the tray the main thread, as some systems insist, and runs
// the core beside it. The tray ends with the core; a core without a tray goes
// on.
func withTray(ctx context.Context, core *app.App, openWindow func() error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		defer cancel()
		ended <- core.Run(ctx)
	}()
	err := tray.Run(ctx, tray.Options{
		Proxy: core.Controller,
		ClearTargets: func() error {
			_, err := core.Controller.Routing.Clear("", "")
			return err
		},
		OpenWindow:  openWindow,
		OpenBrowser: func() error { return openBrowser(ctx, core) },
		Quit:        core.Quit,
		OnHost:      func(err error) { noteTray(core.Controller, err) },
		Log:         core.Log,
	})
	if err != nil {
		core.Log.Info("no tray icon", "reason", err)
	}
	return <-ended
}

// noteTray tells people who wonder where the icon is.
func noteTray(c *controller.Controller, err error) {
	if err == nil {
		c.Clear(controller.AboutTray)
		return
	}
	c.Raise(controller.Notice{
		Kind:    controller.AboutTray,
		Level:   controller.LevelWarning,
		Message: "There is no tray icon: " + err.Error() + ".",
		Hint:    "Everything works without it; yallmproxy doctor says how to get one.",
	})
}

func openBrowser(ctx context.Context, core *app.App) error {
	link, err := admin.Dial(core.Paths.Socket).LoginLink(ctx)
	if err != nil {
		return err
	}
	return app.Open(link)
}
