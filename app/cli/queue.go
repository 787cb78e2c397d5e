package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yallmproxy/yallmproxy/app/admin"
	"github.com/yallmproxy/yallmproxy/app/controller"
	"github.com/yallmproxy/yallmproxy/proxy/limit"
)

func (s *session) queueCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "queue",
		Short: "List the requests that wait for their turn, and for what",
		Example: `  yallmproxy queue
  yallmproxy queue rm 01J9Z6         # its client is told`,
		Args: cobra.NoArgs,
		RunE: s.withCore(func(cmd *cobra.Command, core *admin.Client, _ []string) error {
			view, err := core.Queue(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return s.json(view)
			}
			return s.printQueue(view)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.AddCommand(&cobra.Command{
		Use:     "rm ID",
		Short:   "Take a request out of the queue; its client is told",
		Example: `  yallmproxy queue rm 01J9Z6`,
		Args:    oneArg("ID"),
		RunE: s.withCore(func(cmd *cobra.Command, core *admin.Client, args []string) error {
			if args[0] == "" {
				return wrongf("the id is empty; yallmproxy queue lists them")
			}
			return core.Dequeue(cmd.Context(), args[0])
		}),
	})
	return cmd
}

func (s *session) printQueue(view controller.QueueView) error {
	if len(view.Waiting) == 0 {
		fmt.Fprintln(s.stderr, "no request waits")
	} else if err := s.table(waiterTable(view.Waiting, time.Now())); err != nil {
		return err
	}
	if len(view.Uses) == 0 {
		return nil
	}
	if len(view.Waiting) > 0 {
		fmt.Fprintln(s.stdout)
	}
	rows := [][]string{{"LIMIT", "IN USE", "OF", "WAITING"}}
	for _, u := range view.Uses {
		rows = append(rows, []string{u.Name, strconv.Itoa(u.InUse), strconv.Itoa(u.Limit), strconv.Itoa(u.Waiting)})
	}
	return s.table(rows)
}

func waiterTable(waiting []limit.Waiter, now time.Time) [][]string {
	rows := [][]string{{"ID", "MODEL", "CLIENT", "CALLER", "PRIORITY", "WAITS", "FOR"}}
	for _, w := range waiting {
		rows = append(rows, []string{
			oneLine(w.ID), oneLine(w.Model), orDash(oneLine(w.Client)), orDash(w.Caller), strconv.Itoa(w.Priority),
			elapsed(now.Sub(w.Since).Microseconds()), strings.Join(w.For, ", "),
		})
	}
	return rows
}
