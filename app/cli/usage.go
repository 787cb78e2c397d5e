package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// usageReport is what `usage --json` prints.
type usageReport struct {
	Since  time.Time    `json:"since"`
	By     usage.Group  `json:"by"`
	Rows   []usage.Row  `json:"rows"`
	Totals usage.Totals `json:"totals"`
}

func (s *session) usageCommand() *cobra.Command {
	var (
		since, by string
		asJSON    bool
	)
	groups := []string{"model", "backend", "provider", "client", "caller", "dialect", "outcome", "stop_reason"}
	cmd := &cobra.Command{
		Use:   "usage",
		Short: "Sum requests, tokens and times",
		Long: `Sum requests, tokens and times.

INPUT counts the whole prompt; CACHED is the part of it that the provider read
from its cache. A time is the average of the successful requests.`,
		Example: `  yallmproxy usage                  # the last 7 days, by model
  yallmproxy usage --since 24h --by client
  yallmproxy usage --since 2026-11-01 --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(groups, by) {
				return wrongf("--by %s: choose one of %s", by, strings.Join(groups, ", "))
			}
			start, err := parseSince(since, time.Now())
			if err != nil {
				return wrongf("--since: %w", err)
			}
			report := usageReport{Since: start, By: usage.Group(by)}
			err = s.ask(cmd.Context(), func(core answerer) error {
				filter := usage.Filter{Since: start}
				if report.Rows, err = core.Breakdown(cmd.Context(), filter, report.By); err != nil {
					return err
				}
				report.Totals, err = core.Totals(cmd.Context(), filter)
				return err
			})
			if err != nil {
				return err
			}
			if asJSON {
				return s.json(report)
			}
			return s.table(usageTable(report.By, report.Rows, report.Totals))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&since, "since", "7d", "count from `TIME` on: an age (24h, 7d, 2w) or a date")
	flags.StringVar(&by, "by", "model", "split by `FIELD`: "+strings.Join(groups, ", "))
	flags.BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}
