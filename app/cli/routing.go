package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/yallmproxy/yallmproxy/app/admin"
	"github.com/yallmproxy/yallmproxy/proxy/health"
)

func (s *session) routingCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "routing",
		Short: "Say how the targets of requests are doing, and which fallbacks were taken",
		Long: `Say how the targets of requests are doing, and which fallbacks were taken.

A target is a backend with one of its keys. After failures, a limit (429) or a
refused key it is left alone for a while, if others can answer; clear ends that.
What is known of targets is forgotten when yallmproxy ends.`,
		Example: `  yallmproxy routing
  yallmproxy routing clear          # ask every target again at once
  yallmproxy routing --json | jq .routes`,
		Args: cobra.NoArgs,
		RunE: s.withCore(func(cmd *cobra.Command, core *admin.Client, _ []string) error {
			view, err := core.Routing(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return s.json(view)
			}
			if len(view.Targets) == 0 {
				fmt.Fprintln(s.stderr, "no target has been asked since the start")
				return nil
			}
			if err := s.table(targetTable(view.Targets, time.Now())); err != nil || len(view.Pairs) == 0 {
				return err
			}
			fmt.Fprintln(s.stdout)
			return s.table(pairTable(view.Pairs))
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON, with every route")
	cmd.AddCommand(s.routingClearCommand())
	return cmd
}

// withCore is a command that asks the running core and nobody else.
func (s *session) withCore(run func(*cobra.Command, *admin.Client, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		client, err := s.dial()
		if err != nil {
			return err
		}
		defer client.Close()
		return running(run(cmd, client, args))
	}
}

func targetTable(targets []health.State, now time.Time) [][]string {
	rows := [][]string{{"TARGET", "KEY", "STATUS", "UNTIL", "FAILURES", "FIRST TOKEN", "REQUESTS", "FAILED", "WHY"}}
	for _, t := range targets {
		until := "-"
		if t.Until.After(now) {
			until = t.Until.Local().Format("15:04:05")
		}
		rows = append(rows, []string{
			t.Backend, orDash(t.Key), string(t.Status), until, count(int64(t.Failures)), elapsed(t.FirstToken),
			count(t.Requests), count(t.Failed), orDash(oneLine(t.Why)),
		})
	}
	return rows
}

func pairTable(pairs []health.Pair) [][]string {
	rows := [][]string{{"FROM", "FALLBACK", "TRIED", "SAVED"}}
	for _, p := range pairs {
		rows = append(rows, []string{p.From, p.To, count(p.Tried), count(p.Saved)})
	}
	return rows
}

func (s *session) routingClearCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "clear [BACKEND [KEY]]",
		Short: "Ask targets again at once that are left alone: all, or one",
		Example: `  yallmproxy routing clear
  yallmproxy routing clear fast
  yallmproxy routing clear fast work`,
		Args: cobra.MaximumNArgs(2),
		RunE: s.withCore(func(cmd *cobra.Command, core *admin.Client, args []string) error {
			var which [2]string
			copy(which[:], args)
			n, err := core.ClearRouting(cmd.Context(), which[0], which[1])
			if err != nil {
				return err
			}
			if n == 0 {
				fmt.Fprintln(s.stderr, "no target was left alone")
				return nil
			}
			fmt.Fprintf(s.stderr, "%s will be asked again at once\n", plural(n, "target"))
			return nil
		}),
	}
}
