package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

func (s *session) doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what works, what is missing and how to get it",
		Long: `Say what works, what is missing and how to get it.

Works with and without a running core. Fails when something that is needed to
serve requests is broken; a missing tray or window is a warning.`,
		Example: `  yallmproxy doctor
  yallmproxy doctor --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.ask(cmd.Context(), func(core answerer) error {
				checks, err := core.Doctor(cmd.Context())
				if err != nil {
					return err
				}
				if asJSON {
					err = s.json(checks)
				} else {
					err = s.printChecks(checks)
				}
				return errors.Join(err, failedChecks(checks))
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func (s *session) printChecks(checks []controller.Check) error {
	var rows [][]string
	for _, c := range checks {
		rows = append(rows, []string{c.Status, c.Name, oneLine(c.Detail)})
		if c.Fix != "" {
			rows = append(rows, []string{"", "", "→ " + oneLine(c.Fix)})
		}
	}
	return s.table(rows)
}

func failedChecks(checks []controller.Check) error {
	n := 0
	for _, c := range checks {
		if c.Status == "failed" {
			n++
		}
	}
	if n > 0 {
		return fmt.Errorf("%s failed", plural(n, "check"))
	}
	return nil
}
