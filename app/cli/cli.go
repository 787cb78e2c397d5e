// Package cli is the command line. Each command asks a running core over its
// control socket; the few that make sense without one read the files
// themselves.
//
// Rules of its output: answers go to stdout as aligned plain text, or as JSON
// where --json is offered; everything else goes to stderr; errors read
// "error: what", then "hint: what to do". Exit codes: 0 done, 1 failed,
// 2 wrong use. Nothing is coloured.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/yallmproxy/yallmproxy/app"
)

// Exit codes.
const (
	done     = 0
	failed   = 1
	wrongUse = 2
)

// session is one run of the command line: where it reads and writes, and
// which core it is about.
type session struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	home, config   string
}

// Main runs the command line and returns its exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// Explorer starts the program too: that is a double click, no mistake.
	cobra.MousetrapHelpText = ""
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// After the first signal the next one ends the program at once.
	context.AfterFunc(ctx, stop)

	s := &session{stdin: stdin, stdout: stdout, stderr: stderr}
	root := s.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	strictBuiltins(root) // they keep where to write to
	running := false
	root.PersistentPreRun = func(*cobra.Command, []string) { running = true }
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return done
	}
	if !running { // cobra itself refused the arguments
		err = &usageError{err}
	}
	return s.report(cmd, err)
}

func (s *session) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "yallmproxy",
		Short: "A local LLM proxy in your tray",
		Long: `yaLLMproxy sends each request of your LLM tools to the right provider, and
remembers what was asked, answered and used.

Without a command it does what a double click does: it starts the program if
none runs, and opens its window (without a display, it prints the address).`,
		Example: `  yallmproxy                        # start it and open the window
  yallmproxy serve                  # run in this terminal, without a window
  yallmproxy status                 # is it on, and where`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          s.launch,
	}
	root.PersistentFlags().StringVar(&s.home, "home", "", "keep configuration, data and socket below `DIR` (YALLMP_HOME)")
	root.PersistentFlags().StringVar(&s.config, "config", "", "use configuration `FILE` (YALLMP_CONFIG)")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		s.serveCommand(),
		s.statusCommand(),
		s.startCommand(),
		s.stopCommand(),
		s.openCommand(),
		s.windowCommand(),
		s.modelsCommand(),
		s.keysCommand(),
		s.routingCommand(),
		s.queueCommand(),
		s.usageCommand(),
		s.logsCommand(),
		s.configCommand(),
		s.doctorCommand(),
		s.versionCommand(),
	)
	return root
}

func (s *session) paths() (app.Paths, error) { return app.FindPaths(s.home, s.config) }

// showHelp is what a command does that only groups others.
func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// usageError is a call that was written wrong.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// wrongf is a usageError.
func wrongf(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// hintedError is an error together with what to do about it.
type hintedError struct {
	err   error
	hints []string
}

func (e *hintedError) Error() string { return e.err.Error() }
func (e *hintedError) Unwrap() error { return e.err }

func hinted(err error, hints ...string) error { return &hintedError{err, hints} }

// errSilent fails a command that has said everything already.
var errSilent = errors.New("")

// report prints an error and picks the exit code.
func (s *session) report(cmd *cobra.Command, err error) int {
	if errors.Is(err, errSilent) {
		return failed
	}
	fmt.Fprintf(s.stderr, "error: %s\n", strings.TrimSpace(err.Error()))
	if h, ok := errors.AsType[*hintedError](err); ok {
		for _, hint := range h.hints {
			fmt.Fprintf(s.stderr, "hint: %s\n", hint)
		}
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		fmt.Fprintf(s.stderr, "hint: %s --help shows how to use it\n", cmd.CommandPath())
		return wrongUse
	}
	return failed
}
