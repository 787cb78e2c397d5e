package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestEveryCommandExplainsItself holds the help to the promise of the README:
// each command has a line of description and examples that can be typed.
func TestEveryCommandExplainsItself(t *testing.T) {
	s := &session{stdout: io.Discard, stderr: io.Discard}
	root := s.root()
	for _, cmd := range commands(root) {
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
				t.Errorf("Short = %q", cmd.Short)
			}
			if cmd.Args == nil {
				t.Error("takes any arguments")
			}
			if !strings.Contains(cmd.Example, "yallmproxy") {
				t.Errorf("Example = %q", cmd.Example)
			}
			for line := range strings.Lines(cmd.Example) {
				_, call, found := strings.Cut(line, "yallmproxy")
				if !found || strings.ContainsAny(call, `"|<`) {
					continue // not a plain call
				}
				call, _, _ = strings.Cut(call, "#")
				checkCall(t, strings.Fields(call))
			}
		})
	}
}

func commands(cmd *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		list = append(list, commands(sub)...)
	}
	return list
}

// checkCall parses a call without running it.
func checkCall(t *testing.T, args []string) {
	t.Helper()
	root := (&session{}).root()
	cmd, rest, err := root.Find(args)
	if err != nil {
		t.Errorf("yallmproxy %v: %v", args, err)
		return
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("yallmproxy %v: %v", args, err)
		return
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		t.Errorf("yallmproxy %v: %v", args, err)
	}
}
