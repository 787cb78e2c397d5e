package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// noArgs is for commands that take none. Cobra would call what is too much an
// unknown command, even where there are no further commands.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%q is too much: %s takes options only", args[0], cmd.CommandPath())
	}
	return nil
}

// oneArg is for commands that are about one thing, which is called by what
// the command's usage calls it.
func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return fmt.Errorf("%s is missing: %s %s", what, cmd.CommandPath(), what)
		case len(args) > 1:
			return fmt.Errorf("%q is too much: %s takes one %s", args[1], cmd.CommandPath(), what)
		}
		return nil
	}
}

// strictBuiltins makes the commands that cobra brings refuse what they do not
// know. By themselves they print some help and end well.
func strictBuiltins(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = knownCommand
		case "completion":
			cmd.RunE = showHelp
		}
	}
}

// knownCommand wants the words of a command, or none.
func knownCommand(cmd *cobra.Command, args []string) error {
	found, rest, err := cmd.Root().Find(args)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("unknown command %q for %q", rest[0], found.CommandPath())
	}
	return err
}

// flagError says what is wrong with an option, without the names of functions.
func flagError(_ *cobra.Command, err error) error {
	if _, ok := errors.AsType[*strconv.NumError](err); ok {
		what, _, _ := strings.Cut(err.Error(), ": strconv.")
		return fmt.Errorf("%s: it takes a whole number", what)
	}
	return err
}
