package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// The widths of the columns of `logs` that hold names. They are fixed: a line
// that is followed cannot know those after it.
const (
	modelWidth = 26
	wayWidth   = 32
)

// recordLine is one request as `logs` shows it.
func recordLine(r usage.Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %3d  %s  %s", r.Time.Local().Format("2006-01-02 15:04:05"), r.Status,
		cell(orDash(r.Model), modelWidth), cell(way(r), wayWidth))
	in, out := "", ""
	if u := r.Usage; u.Known() {
		in, out = count(u.Prompt())+" in", count(u.Output)+" out"
	}
	fmt.Fprintf(&b, "  %12s  %10s  %8s", in, out, elapsed(r.Timing.Total))
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

// way is where a request went, as far as its model does not say so.
func way(r usage.Record) string {
	provider := ""
	if r.Provider != "" {
		provider = "(" + cut(r.Provider, wayWidth/2) + ")"
	}
	if r.Backend == "" || r.Backend == r.Model {
		return provider
	}
	if provider != "" {
		provider = " " + provider
	}
	return "→ " + cut(r.Backend, wayWidth-2-utf8.RuneCountInString(provider)) + provider
}

// cell makes a text as wide as its column.
func cell(text string, width int) string { return fmt.Sprintf("%-*s", width, cut(text, width)) }

// cut shortens a text that has no room.
func cut(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	return string(runes[:width-1]) + "…"
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
