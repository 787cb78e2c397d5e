package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yallmproxy/yallmproxy/app/controller"
)

func (s *session) modelsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "models",
		Short: "List the models that clients may ask for",
		Example: `  yallmproxy models
  yallmproxy models test fast`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.ask(cmd.Context(), func(core answerer) error {
				models, err := core.Models(cmd.Context())
				if err != nil {
					return err
				}
				if asJSON {
					return s.json(models)
				}
				return s.table(modelTable(models))
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.AddCommand(s.modelsTestCommand())
	return cmd
}

func modelTable(models []controller.ModelView) [][]string {
	rows := [][]string{{"NAME", "PROVIDER", "TARGET", "KEY", "FALLBACKS"}}
	for _, m := range models {
		rows = append(rows, []string{
			m.Name, orDash(m.Provider), orDash(m.Target), string(m.Key), orDash(strings.Join(m.Fallbacks, ", ")),
		})
	}
	return rows
}

func (s *session) modelsTestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test NAME",
		Short: "Find out whether a model answers, and which step fails",
		Long: `Find out whether a model answers, and which step fails: DNS, TCP, TLS, key,
model list, chat. Fails when one does.`,
		Example: `  yallmproxy models test fast`,
		Args:    oneArg("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.ask(cmd.Context(), func(core answerer) error {
				result, err := core.TestModel(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if err := s.table(stepTable(result.Steps)); err != nil {
					return err
				}
				if !result.OK {
					return fmt.Errorf("%s does not answer", args[0])
				}
				return nil
			})
		},
	}
}

func stepTable(steps []controller.Step) [][]string {
	var rows [][]string
	for _, step := range steps {
		word := "failed"
		switch {
		case step.Skipped:
			word = "skipped"
		case step.OK:
			word = "ok"
		}
		rows = append(rows, []string{step.Name, word, elapsed(step.Micros), oneLine(step.Detail)})
	}
	return rows
}
