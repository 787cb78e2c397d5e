package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/yallmproxy/yallmproxy/app/admin"
	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// maxLogLines is the longest page that the admin API hands out.
const maxLogLines = 500

func (s *session) logsCommand() *cobra.Command {
	var (
		lines          int
		follow, asJSON bool
		model          string
	)
	cmd := &cobra.Command{
		Use:   "logs",
		Short: "List the last requests, or follow them as they end",
		Example: `  yallmproxy logs
  yallmproxy logs -f
  yallmproxy logs -n 100 --json | jq .error_message`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if lines < 0 || lines > maxLogLines {
				return wrongf("-n %d: choose a number from 0 to %d", lines, maxLogLines)
			}
			l := &requestLog{session: s, filter: usage.Filter{Model: model}, json: asJSON}
			if !follow {
				return s.ask(cmd.Context(), func(core answerer) error {
					return l.tail(cmd.Context(), core, lines)
				})
			}
			client, err := s.dial()
			if err != nil {
				return err
			}
			return running(l.follow(cmd.Context(), client, lines))
		},
	}
	flags := cmd.Flags()
	flags.IntVarP(&lines, "lines", "n", 20, "begin with the last `N` requests")
	flags.BoolVarP(&follow, "follow", "f", false, "print requests as they end, until Ctrl+C")
	flags.StringVar(&model, "model", "", "only requests for `MODEL`")
	flags.BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

// requestLog prints requests, each once.
type requestLog struct {
	session *session
	filter  usage.Filter
	json    bool
	newest  usage.ID // of what was printed
}

// tail prints the newest n requests, the newest at the end.
func (l *requestLog) tail(ctx context.Context, core answerer, n int) error {
	if n == 0 {
		return nil
	}
	page, err := core.Requests(ctx, l.filter, usage.Page{Limit: n})
	if err != nil {
		return err
	}
	return l.printAll(page.Records)
}

// follow prints requests as they are stored. It listens before it lists, so
// that none falls between the two.
func (l *requestLog) follow(ctx context.Context, client *admin.Client, n int) error {
	started := false
	for event, err := range client.Events(ctx) {
		switch {
		case ctx.Err() != nil:
			return nil // Ctrl+C is how this ends
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return errors.New("yallmproxy has ended")
		case err != nil:
			return err
		case !started: // the first event says that listening has begun
			started = true
			err = l.tail(ctx, client, n)
		case event.Record != nil:
			err = l.arrived(*event.Record)
		case event.Type == controller.EventConfig:
			err = l.catchUp(ctx, client)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// arrived prints a record that has just been stored.
func (l *requestLog) arrived(r usage.Record) error {
	if l.filter.Model != "" && r.Model != l.filter.Model {
		return nil
	}
	return l.print(r)
}

// catchUp prints what an event may have been lost of.
func (l *requestLog) catchUp(ctx context.Context, core answerer) error {
	page, err := core.Requests(ctx, l.filter, usage.Page{After: l.newest, Limit: maxLogLines})
	if err != nil {
		return err
	}
	return l.printAll(page.Records)
}

// printAll prints a page, which has the newest first.
func (l *requestLog) printAll(records []usage.Record) error {
	for _, r := range slices.Backward(records) {
		if err := l.print(r); err != nil {
			return err
		}
	}
	return nil
}

func (l *requestLog) print(r usage.Record) error {
	l.newest = max(l.newest, r.ID)
	if !l.json {
		_, err := fmt.Fprintln(l.session.stdout, recordLine(r))
		return err
	}
	return json.NewEncoder(l.session.stdout).Encode(r)
}
