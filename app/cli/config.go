package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (s *session) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Find, check and show the configuration",
		Example: `  yallmproxy config path
  yallmproxy config check
  yallmproxy config show`,
		Args: cobra.NoArgs,
		RunE: showHelp,
	}
	cmd.AddCommand(s.configPathCommand())
	return cmd
}

func (s *session) configPathCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "path",
		Short:   "Print where your configuration file is",
		Example: `  $EDITOR "$(yallmproxy config path)"`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			paths, err := s.paths()
			if err != nil {
				return err
			}
			fmt.Fprintln(s.stdout, paths.Config)
			return nil
		},
	}
}
