package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/yallmproxy/yallmproxy/app/admin"
	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/app/vault"
	"github.com/yallmproxy/yallmproxy/proxy/config"
)

// maxKeyBytes is far above the longest key that any provider hands out.
const maxKeyBytes = 16 << 10

func (s *session) keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Keep providers' keys in the keychain of this computer",
		Long: `Keep providers' keys in the keychain of this computer.

The configuration refers to a key as keyring:NAME. A key is never printed, and
never taken from the command line, where other programs could read it.`,
		Example: `  yallmproxy keys set openai        # asks for the key
  yallmproxy keys set openai < key.txt
  yallmproxy keys list
  yallmproxy keys rm openai`,
		Args: cobra.NoArgs,
		RunE: showHelp,
	}
	cmd.AddCommand(s.keysListCommand(), s.keysSetCommand(), s.keysRmCommand())
	return cmd
}

func (s *session) keysListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the names of the keys, and what uses them",
		Example: `  yallmproxy keys list`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.ask(cmd.Context(), func(core answerer) error {
				view, err := core.Keys(cmd.Context())
				if err != nil {
					return err
				}
				if asJSON {
					return s.json(view)
				}
				return s.printKeys(view)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func (s *session) printKeys(view controller.KeysView) error {
	if !view.Available {
		return noKeychain(errors.New(view.Problem))
	}
	if len(view.Keys) == 0 {
		fmt.Fprintln(s.stderr, "the keychain holds no keys of yallmproxy; add one with: yallmproxy keys set NAME")
		return nil
	}
	rows := [][]string{{"NAME", "IN KEYCHAIN", "USED BY"}}
	for _, k := range view.Keys {
		present := "yes"
		if !k.Present {
			present = "missing"
		}
		rows = append(rows, []string{k.Name, present, orDash(strings.Join(k.UsedBy, ", "))})
	}
	return s.table(rows)
}

func (s *session) keysSetCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "set NAME",
		Short: "Put a key into the keychain, from a prompt or from stdin",
		Example: `  yallmproxy keys set openai
  pass show openai | yallmproxy keys set openai`,
		Args: oneArg("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := args[0]
			if err := vault.CheckName(name); err != nil {
				return &usageError{err}
			}
			value, err := s.readKey(cmd.Context(), name)
			if err != nil {
				return err
			}
			client, err := s.dial()
			if err != nil {
				return err
			}
			// Not through a core for the moment: a key can be set while the
			// configuration that needs it is still broken.
			err = client.SetKey(cmd.Context(), name, value)
			if errors.Is(err, admin.ErrNotRunning) {
				err = vault.New().Set(name, value)
			}
			if err != nil {
				return noKeychain(err)
			}
			fmt.Fprintf(s.stderr, "the key is in the keychain; refer to it as %s\n", config.KeyringRef(name))
			return nil
		},
	}
}

func (s *session) keysRmCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "rm NAME",
		Short:   "Remove a key from the keychain",
		Example: `  yallmproxy keys rm openai`,
		Args:    oneArg("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := s.dial()
			if err != nil {
				return err
			}
			err = client.RemoveKey(cmd.Context(), args[0])
			if errors.Is(err, admin.ErrNotRunning) {
				err = vault.New().Delete(args[0])
			}
			return noKeychain(err)
		},
	}
}

// noKeychain adds to an error about a missing keychain what to do instead.
func noKeychain(err error) error {
	problem, refused := errors.AsType[*admin.Problem](err)
	_, missing := errors.AsType[*vault.UnavailableError](err)
	if !missing && (!refused || !problem.For(string(controller.NoKeychain))) {
		return err
	}
	return hinted(err,
		"write NAME=key into .env_added beside your configuration, chmod 600 it, and refer to the key as ${NAME}",
		"yallmproxy doctor says how to get a keychain")
}

// readKey takes a key from stdin, or asks for it when that is a terminal.
func (s *session) readKey(ctx context.Context, name string) (string, error) {
	read := func() ([]byte, error) { return io.ReadAll(io.LimitReader(s.stdin, maxKeyBytes+1)) }
	if file, ok := s.stdin.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		read = func() ([]byte, error) { return s.prompt(ctx, file, "Key for "+name+": ") }
	}
	text, err := read()
	if err != nil {
		return "", fmt.Errorf("read the key: %w", err)
	}
	key := strings.TrimSpace(string(text))
	switch {
	case key == "":
		return "", wrongf("the key is empty; type it at the prompt or pipe it in")
	case len(key) > maxKeyBytes:
		return "", wrongf("the key is longer than %d bytes; is this the right file?", maxKeyBytes)
	}
	return key, nil
}

// prompt asks on the terminal without showing what is typed. When ctx ends it
// leaves the terminal as it found it.
func (s *session) prompt(ctx context.Context, terminal *os.File, question string) ([]byte, error) {
	fd := int(terminal.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	fmt.Fprint(s.stderr, question)
	defer fmt.Fprintln(s.stderr)
	type answer struct {
		text []byte
		err  error
	}
	answers := make(chan answer, 1)
	go func() { // ends with the process: a read from a terminal cannot be called off
		text, err := term.ReadPassword(fd)
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		return a.text, a.err
	case <-ctx.Done():
		return nil, errors.Join(context.Cause(ctx), term.Restore(fd, before))
	}
}
