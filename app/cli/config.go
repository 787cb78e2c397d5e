package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/yallmproxy/yallmproxy/app"
	"github.com/yallmproxy/yallmproxy/proxy/config"
)

func (s *session) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Find, check and show your configuration",
		Example: `  yallmproxy config path
  yallmproxy config check
  yallmproxy config show`,
		Args: cobra.NoArgs,
		RunE: showHelp,
	}
	cmd.AddCommand(s.configPathCommand(), s.configCheckCommand(), s.configShowCommand())
	return cmd
}

func (s *session) configPathCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "path",
		Short:   "Print where your configuration file is, or would be",
		Example: `  $EDITOR "$(yallmproxy config path)"`,
		Args:    noArgs,
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

func (s *session) configCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "List what is wrong with your configuration",
		Long: `List what is wrong with your configuration, one "file:line: path: message" a line.

Fails when it cannot be used. Warnings are listed too, and fail nothing.`,
		Example: `  yallmproxy config check
  yallmproxy --config new.yaml config check`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			paths, err := s.paths()
			if err != nil {
				return err
			}
			cfg, err := app.LoadConfig(paths)
			if invalid, ok := errors.AsType[*config.InvalidError](err); ok {
				for _, p := range invalid.Problems {
					fmt.Fprintln(s.stdout, p)
				}
				return fmt.Errorf("%s has %s", paths.Config, plural(len(invalid.Problems), "problem"))
			}
			if err != nil {
				return err
			}
			for _, p := range cfg.Warnings {
				fmt.Fprintf(s.stdout, "warning: %s\n", p)
			}
			fmt.Fprintf(s.stdout, "%s has no problems: %s, %s\n", paths.Config,
				plural(len(cfg.Models), "model"), plural(len(cfg.Providers), "provider"))
			return nil
		},
	}
}

func (s *session) configShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Print your configuration file with its keys masked",
		Example: `  yallmproxy config show
  yallmproxy config show | grep model_name`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			paths, err := s.paths()
			if err != nil {
				return err
			}
			text, err := os.ReadFile(paths.Config)
			if errors.Is(err, fs.ErrNotExist) {
				return hinted(fmt.Errorf("there is no %s yet", paths.Config), "it appears with the first change you make")
			}
			if err != nil {
				return err
			}
			doc, err := config.ParseDocument(paths.Config, text)
			if err != nil {
				return err
			}
			masked, err := doc.Masked()
			if err != nil {
				return err
			}
			fmt.Fprint(s.stdout, masked)
			return nil
		},
	}
}
