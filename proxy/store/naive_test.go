package store

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// The naive answers: a loop over all records in memory.

func naiveMatch(f usage.Filter, r usage.Record) bool {
	is := func(want, got string) bool { return want == "" || want == got }
	if !f.Since.IsZero() && r.Time.Before(f.Since) || !f.Until.IsZero() && !r.Time.Before(f.Until) {
		return false
	}
	if f.Stream != nil && *f.Stream != r.Stream || f.ToolCalls != nil && *f.ToolCalls != (r.ToolCalls > 0) {
		return false
	}
	found := f.Search == ""
	for _, text := range []string{r.Model, r.Backend, r.Client, r.RequestID, r.ErrorMessage} {
		found = found || strings.Contains(strings.ToLower(text), strings.ToLower(f.Search))
	}
	return found && is(f.Model, r.Model) && is(f.Backend, r.Backend) && is(f.Provider, r.Provider) &&
		is(f.Client, r.Client) && is(f.Caller, r.Caller) && is(string(f.Outcome), string(r.Outcome)) &&
		is(string(f.Dialect), string(r.Dialect)) && is(f.StopReason, r.StopReason) && is(f.RequestID, r.RequestID) &&
		r.Timing.Total >= f.MinTotal.Microseconds()
}

func naiveKey(r usage.Record, by usage.Group) string {
	return map[usage.Group]string{
		usage.ByNone: "", usage.ByModel: r.Model, usage.ByBackend: r.Backend, usage.ByProvider: r.Provider,
		usage.ByClient: r.Client, usage.ByCaller: r.Caller, usage.ByDialect: string(r.Dialect),
		usage.ByOutcome: string(r.Outcome), usage.ByStopReason: r.StopReason,
	}[by]
}

// naiveTotals has exact percentiles, where a store may be off by a bucket.
func naiveTotals(records []usage.Record) usage.Totals {
	var t usage.Totals
	var first, total []int64
	var sumFirst, sumTotal, tokens, generation int64
	for _, r := range records {
		t.Requests++
		t.Usage = t.Usage.Add(r.Usage)
		if r.Usage != (llm.Usage{}) {
			t.UsageKnown++
		}
		if r.ToolCalls > 0 {
			t.ToolCalls++
		}
		switch r.Outcome {
		case usage.Failed:
			t.Errors++
			continue
		case usage.Cancelled:
			t.Cancelled++
			continue
		}
		total = append(total, r.Timing.Total)
		sumTotal += r.Timing.Total
		began := int64(0)
		if r.Stream && r.Timing.FirstOut > 0 {
			first = append(first, r.Timing.FirstOut)
			sumFirst += r.Timing.FirstOut
			began = r.Timing.FirstOut
		}
		if r.Usage.Output > 0 {
			tokens += r.Usage.Output
			generation += r.Timing.Total - began
		}
	}
	t.AvgFirstOut, t.P50FirstOut, t.P95FirstOut = naiveTimes(first, sumFirst)
	t.AvgTotal, t.P50Total, t.P95Total = naiveTimes(total, sumTotal)
	if generation > 0 {
		t.TokensPerSecond = float64(tokens) / (float64(generation) / 1e6)
	}
	return t
}

func naiveTimes(values []int64, sum int64) (avg, p50, p95 int64) {
	n := len(values)
	if n == 0 {
		return 0, 0, 0
	}
	slices.Sort(values)
	return sum / int64(n), values[(n*50+99)/100-1], values[(n*95+99)/100-1]
}

// roughly puts exact percentiles where the store's are, if they share a
// bucket, so that the rest can be compared exactly.
func roughly(want, got usage.Totals) usage.Totals {
	for _, p := range []struct {
		want *int64
		got  int64
	}{
		{&want.P50FirstOut, got.P50FirstOut},
		{&want.P95FirstOut, got.P95FirstOut},
		{&want.P50Total, got.P50Total},
		{&want.P95Total, got.P95Total},
	} {
		if bucketOf(*p.want) == bucketOf(p.got) {
			*p.want = p.got
		}
	}
	return want
}

func naiveBreakdown(records []usage.Record, by usage.Group) []usage.Row {
	groups := map[string][]usage.Record{}
	for _, r := range records {
		groups[naiveKey(r, by)] = append(groups[naiveKey(r, by)], r)
	}
	rows := []usage.Row{}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		rows = append(rows, usage.Row{Key: key, Totals: naiveTotals(groups[key])})
	}
	slices.SortStableFunc(rows, func(a, b usage.Row) int { return cmp.Compare(b.Totals.Requests, a.Totals.Requests) })
	return rows
}

func naiveSeries(records []usage.Record, f usage.Filter, by usage.Group, step time.Duration, limit int) usage.SeriesSet {
	start := f.Since.Truncate(step)
	if step%time.Hour == 0 {
		start = f.Since.Truncate(time.Hour)
	}
	points := int((f.Until.Sub(start) + step - 1) / step)
	set := usage.SeriesSet{Start: start, Step: step, Series: []usage.Series{}}
	var rest []string
	rows := naiveBreakdown(records, by)
	if by == usage.ByNone && len(rows) == 0 {
		rows = []usage.Row{{}}
	}
	line := func(key string, has func(string) bool) usage.Series {
		s := usage.Series{Key: key, Points: []usage.Sums{}}
		for i := range points {
			from := start.Add(time.Duration(i) * step)
			var in []usage.Record
			for _, r := range records {
				if has(naiveKey(r, by)) && !r.Time.Before(from) && r.Time.Before(from.Add(step)) {
					in = append(in, r)
				}
			}
			s.Points = append(s.Points, naiveTotals(in).Sums)
		}
		return s
	}
	for i, row := range rows {
		if limit > 0 && i >= limit {
			rest = append(rest, row.Key)
			continue
		}
		set.Series = append(set.Series, line(row.Key, func(k string) bool { return k == row.Key }))
	}
	if len(rest) > 0 {
		set.Series = append(set.Series, line(other, func(k string) bool { return slices.Contains(rest, k) }))
	}
	return set
}
