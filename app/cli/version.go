package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/yallmproxy/yallmproxy/app"
)

func (s *session) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		Example: `  yallmproxy version
  yallmproxy version --json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			build := app.ReadBuild()
			if asJSON {
				return s.json(build)
			}
			fmt.Fprintf(s.stdout, "yallmproxy %s (%s, %s)\n", build.Version, build.System, build.Go)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}
