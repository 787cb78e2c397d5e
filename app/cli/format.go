package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// recordLine is one request as `logs` shows it.
func recordLine(r usage.Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %3d  %s", r.Time.Local().Format("2006-01-02 15:04:05"), r.Status, orDash(r.Model))
	if r.Backend != "" && r.Backend != r.Model {
		fmt.Fprintf(&b, " → %s", r.Backend)
	}
	if r.Provider != "" {
		fmt.Fprintf(&b, " (%s)", r.Provider)
	}
	if u := r.Usage; u.Known() {
		fmt.Fprintf(&b, "  %s in, %s out", count(u.Prompt()), count(u.Output))
	}
	fmt.Fprintf(&b, "  %s", elapsed(r.Timing.Total))
	asked := slices.DeleteFunc(slices.Clone(r.Attempts), func(a usage.Attempt) bool { return a.Skipped != "" })
	if n := len(asked); n > 1 {
		fmt.Fprintf(&b, "  %d attempts", n)
	}
	if n := len(r.Attempts) - len(asked); n > 0 {
		fmt.Fprintf(&b, "  %d passed over", n)
	}
	switch {
	case r.Outcome == usage.Cancelled:
		b.WriteString("  cancelled by the client")
	case r.ErrorMessage != "":
		fmt.Fprintf(&b, "  %s: %s", r.ErrorKind, oneLine(r.ErrorMessage))
	}
	return b.String()
}

// usageTable is what `usage` prints: a line for each row, then the sum.
func usageTable(by usage.Group, rows []usage.Row, total usage.Totals) [][]string {
	table := [][]string{{
		strings.ToUpper(strings.ReplaceAll(string(by), "_", " ")),
		"REQUESTS", "ERRORS", "INPUT", "CACHED", "OUTPUT", "FIRST TOKEN", "TOTAL TIME", "TOKENS/S",
	}}
	for _, row := range rows {
		table = append(table, usageRow(orDash(row.Key), row.Totals))
	}
	return append(table, usageRow("total", total))
}

func usageRow(name string, t usage.Totals) []string {
	perSecond := "-"
	if t.TokensPerSecond > 0 {
		perSecond = strconv.FormatFloat(t.TokensPerSecond, 'f', 1, 64)
	}
	return []string{
		name, count(t.Requests), count(t.Errors),
		count(t.Usage.Prompt()), count(t.Usage.CacheRead), count(t.Usage.Output),
		elapsed(t.AvgFirstOut), elapsed(t.AvgTotal), perSecond,
	}
}

// count writes a number with a comma between thousands.
func count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// elapsed writes microseconds the way people read them; nothing for none.
func elapsed(micros int64) string {
	d := time.Duration(micros) * time.Microsecond
	switch {
	case micros == 0:
		return "-"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	default:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// oneLine keeps a message from breaking the list it stands in, or the
// terminal it is shown on: what upstreams answer is not ours.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) }), " ")
}
