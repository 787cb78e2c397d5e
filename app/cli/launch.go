package cli

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/spf13/cobra"

	"github.com/yallmproxy/yallmproxy/app"
	"github.com/yallmproxy/yallmproxy/app/admin"
	"github.com/yallmproxy/yallmproxy/app/window"
)

// launch is what a double click does: a core if none runs, and its window.
func (s *session) launch(cmd *cobra.Command, _ []string) error {
	client, started, err := s.ensureCore(cmd.Context())
	if err != nil {
		return err
	}
	if started && !s.wantsWindow() {
		state, err := client.State(cmd.Context())
		if err != nil {
			return err
		}
		return s.printState(state)
	}
	return s.show(cmd.Context(), client)
}

// wantsWindow reports whether a start by hand opens the window. Who asks a
// second time wants it whatever the setting says; so does who has a broken
// configuration to mend.
func (s *session) wantsWindow() bool {
	paths, err := s.paths()
	if err != nil {
		return true
	}
	cfg, err := app.LoadConfig(paths)
	return err != nil || cfg.App.OpenWindow
}

// show opens the window; where there can be none it says how to go on.
func (s *session) show(ctx context.Context, client *admin.Client) error {
	reason := client.ShowWindow(ctx)
	if reason == nil {
		return nil
	}
	state, err := client.State(ctx)
	if err != nil {
		return running(err)
	}
	fmt.Fprintf(s.stderr, "no window: %v\n", reason)
	if err := s.printState(state); err != nil {
		return err
	}
	link, err := client.LoginLink(ctx)
	if err != nil {
		return nil //nolint:nilerr // a stopped proxy serves no pages; its state has been said
	}
	fmt.Fprintf(s.stdout, "browser    %s\n", link)
	return nil
}

func (s *session) openCommand() *cobra.Command {
	var browser, printOnly bool
	cmd := &cobra.Command{
		Use:   "open",
		Short: "Open the window, or the same in a browser",
		Example: `  yallmproxy open
  yallmproxy open --browser
  yallmproxy open --print           # a link that lets one browser in, once`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, _, err := s.ensureCore(cmd.Context())
			if err != nil {
				return err
			}
			if !browser && !printOnly {
				return client.ShowWindow(cmd.Context())
			}
			link, err := client.LoginLink(cmd.Context())
			if err != nil {
				return err
			}
			if browser && hasDisplay() {
				return app.Open(link)
			}
			fmt.Fprintln(s.stdout, link)
			return nil
		},
	}
	cmd.Flags().BoolVar(&browser, "browser", false, "open in the browser; without a display, print the link")
	cmd.Flags().BoolVar(&printOnly, "print", false, "print the link for a browser instead of opening it")
	return cmd
}

func (s *session) windowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "window",
		Short: "Be the window, until it is closed",
		Long: `Be the window, until it is closed. A core is started if none runs.

This is what yallmproxy open starts; a second one brings the first to the front.`,
		Example: `  yallmproxy window`,
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return s.beWindow(cmd.Context()) },
	}
}

// beWindow shows the window from this process where this build can, and
// otherwise from the program of the package that can.
func (s *session) beWindow(ctx context.Context) error {
	paths, err := s.paths()
	if err != nil {
		return err
	}
	if !window.Built {
		var running sync.WaitGroup
		defer running.Wait()
		return s.openWindow(ctx, &running)
	}
	return window.Run(ctx, window.Options{
		Socket: paths.Socket,
		Folder: paths.Data,
		StartCore: func(ctx context.Context) error {
			_, _, err := s.ensureCore(ctx)
			return err
		},
		Log: slog.New(slog.NewTextHandler(s.stderr, nil)),
	})
}
