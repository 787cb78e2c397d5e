package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/yallmproxy/yallmproxy/app/admin"
	"github.com/yallmproxy/yallmproxy/app/controller"
)

func (s *session) statusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say whether it runs, where it listens and what needs you",
		Long: `Say whether it runs, where it listens and what needs you.

Fails when yallmproxy does not run; that its proxy is stopped is no failure.`,
		Example: `  yallmproxy status
  yallmproxy status --json | jq -r .base_url`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := s.dial()
			if err != nil {
				return err
			}
			state, err := client.State(cmd.Context())
			if err != nil {
				return running(err)
			}
			if asJSON {
				return s.json(state)
			}
			return s.printState(state)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func (s *session) printState(state controller.State) error {
	proxy := string(state.Proxy)
	if state.Proxy != controller.Stopped {
		proxy += ", " + state.BaseURL
	}
	rows := [][]string{
		{"proxy", proxy},
		{"models", strconv.Itoa(state.Models)},
		{"in flight", strconv.Itoa(state.InFlight)},
		{"version", state.Version},
		{"since", state.StartedAt.Local().Format("2006-01-02 15:04:05")},
	}
	if state.Waiting > 0 {
		rows = append(rows, []string{"waiting", plural(state.Waiting, "request")})
	}
	if state.Troubled > 0 {
		rows = append(rows, []string{"resting", plural(state.Troubled, "target")})
	}
	err := s.table(rows)
	for _, n := range state.Notices {
		s.printNotice(n)
	}
	return err
}

func (s *session) printNotice(n controller.Notice) {
	fmt.Fprintf(s.stdout, "%s: %s\n", n.Level, n.Message)
	for _, p := range n.Problems {
		fmt.Fprintf(s.stdout, "  %s\n", p)
	}
	if n.Hint != "" {
		fmt.Fprintf(s.stdout, "hint: %s\n", n.Hint)
	}
}

func (s *session) startCommand() *cobra.Command {
	var port int
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Start the proxy, and the program when it does not run",
		Example: `  yallmproxy start
  yallmproxy start --port 8080      # until the next start`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkPort(cmd, port); err != nil {
				return err
			}
			client, _, err := s.ensureCore(cmd.Context())
			if err != nil {
				return err
			}
			state, err := client.StartProxy(cmd.Context(), port)
			if err != nil {
				return err
			}
			return s.printState(state)
		},
	}
	cmd.Flags().IntVar(&port, "port", 0, "listen on `PORT` until the next start")
	return cmd
}

func (s *session) stopCommand() *cobra.Command {
	var quit bool
	cmd := &cobra.Command{
		Use:   "stop",
		Short: "Stop the proxy, once the requests in flight have ended",
		Long: `Stop the proxy, once the requests in flight have ended.

Window, tray and these commands go on working; --quit ends the whole program.`,
		Example: `  yallmproxy stop
  yallmproxy stop --quit`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := s.dial()
			if err != nil {
				return err
			}
			if quit {
				return quitCore(cmd.Context(), client)
			}
			state, err := client.StopProxy(cmd.Context())
			if err != nil {
				return running(err)
			}
			return s.printState(state)
		},
	}
	cmd.Flags().BoolVar(&quit, "quit", false, "end the whole program")
	return cmd
}

// quitCore ends the program and waits until it has let go of its socket.
func quitCore(ctx context.Context, client *admin.Client) error {
	if err := client.Quit(ctx); err != nil {
		return running(err)
	}
	for {
		if _, err := client.State(ctx); errors.Is(err, admin.ErrNotRunning) {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
