package store

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// span is how much time the random records of these tests cover: enough for
// whole days between two broken ones, over hours that are packed and one that
// is not.
const span = 4 * 24 * time.Hour

// fill stores random records in batches as they come: mostly in order, some
// late, some twice.
func fill(t *testing.T, db *DB, seed uint64, n int) []usage.Record {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	var records []usage.Record
	for i := range n {
		at := noon.Add(time.Duration(i) * span / time.Duration(n)).Add(time.Duration(i) * time.Microsecond)
		switch r.IntN(8) {
		case 0: // on the hour, where off-by-one errors live
			at = at.Truncate(time.Hour).Add(time.Duration(i) * time.Microsecond)
		case 1:
			at = at.Truncate(24 * time.Hour).Add(time.Duration(i) * time.Microsecond)
		}
		records = append(records, randomRecord(r, at))
	}
	late := slices.Clone(records)
	for range min(50, n/10) {
		i := r.IntN(n)
		rec := late[i]
		late = append(slices.Delete(late, i, i+1), rec)
	}
	for len(late) > 0 {
		size := min(len(late), 1+r.IntN(60))
		add(t, db, entries(late[:size]...)...)
		if r.IntN(4) == 0 {
			add(t, db, entries(late[:size]...)...)
		}
		late = late[size:]
	}
	slices.SortFunc(records, func(a, b usage.Record) int { return int(b.ID - a.ID) })
	return records
}

func drawFilter(t *rapid.T, searching bool) usage.Filter {
	edge := func(label string, low time.Time) time.Time {
		at := low.Add(time.Duration(rapid.Int64Range(0, int64(span+2*time.Hour)).Draw(t, label)))
		return at.Truncate(rapid.SampledFrom([]time.Duration{time.Microsecond, time.Minute, time.Hour, 24 * time.Hour}).Draw(t, label+" unit"))
	}
	f := usage.Filter{Since: edge("since", noon.Add(-time.Hour))}
	f.Until = edge("until", f.Since)
	f.Model = rapid.SampledFrom([]string{"", "", "", "fast", "Größe", "nobody"}).Draw(t, "model")
	f.Backend = rapid.SampledFrom([]string{"", "", "", "", "spare"}).Draw(t, "backend")
	f.Provider = rapid.SampledFrom([]string{"", "", "", "groq"}).Draw(t, "provider")
	f.Client = rapid.SampledFrom([]string{"", "", "", "Zed"}).Draw(t, "client")
	f.Caller = rapid.SampledFrom([]string{"", "", "", "laptop"}).Draw(t, "caller")
	f.Outcome = rapid.SampledFrom([]usage.Outcome{"", "", usage.Success, usage.Failed}).Draw(t, "outcome")
	f.Dialect = rapid.SampledFrom([]llm.Dialect{"", "", "", llm.Anthropic}).Draw(t, "dialect")
	f.StopReason = rapid.SampledFrom([]string{"", "", "", "stop"}).Draw(t, "stop")
	yes, no := true, false
	f.Stream = rapid.SampledFrom([]*bool{nil, nil, &yes, &no}).Draw(t, "stream")
	f.ToolCalls = rapid.SampledFrom([]*bool{nil, nil, nil, &yes, &no}).Draw(t, "tools")
	if searching {
		f.Search = rapid.SampledFrom([]string{"", "down", "%", "_", "B_C!", "zED", "req-17", "100%", "!"}).Draw(t, "search")
		f.MinTotal = rapid.SampledFrom([]time.Duration{0, 0, time.Second}).Draw(t, "min total")
	}
	return f
}

var groups = []usage.Group{
	usage.ByNone, usage.ByModel, usage.ByBackend, usage.ByProvider, usage.ByClient, usage.ByCaller, usage.ByDialect,
	usage.ByOutcome, usage.ByStopReason,
}

// TestSumsAgreeWithALoop asks random questions about random records: by way of
// roll-ups, by way of records, and both in one range.
func TestSumsAgreeWithALoop(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		all := fill(t, db, 1, 900)
		rapid.Check(t, func(rt *rapid.T) {
			f := drawFilter(rt, rapid.Bool().Draw(rt, "searching"))
			by := rapid.SampledFrom(groups).Draw(rt, "by")
			step := rapid.SampledFrom([]time.Duration{
				time.Hour, 6 * time.Hour, 24 * time.Hour, 48 * time.Hour, 15 * time.Minute, 90 * time.Minute,
			}).Draw(rt, "step")
			limit := rapid.IntRange(0, 4).Draw(rt, "limit")
			var want []usage.Record
			for _, r := range all {
				if naiveMatch(f, r) {
					want = append(want, r)
				}
			}
			checkTotals(t, rt, db, f, want)
			checkBreakdown(t, rt, db, f, by, want)
			checkSeries(t, rt, db, f, by, step, limit, want)
		})
	})
}

func checkTotals(t *testing.T, rt *rapid.T, db *DB, f usage.Filter, want []usage.Record) {
	got, err := db.Totals(t.Context(), f)
	if err != nil {
		rt.Fatal(err)
	}
	if diff := gocmp.Diff(roughly(naiveTotals(want), got), got); diff != "" {
		rt.Fatalf("totals (-want +got):\n%s", diff)
	}
}

func checkBreakdown(t *testing.T, rt *rapid.T, db *DB, f usage.Filter, by usage.Group, want []usage.Record) {
	got, err := db.Breakdown(t.Context(), f, by)
	if err != nil {
		rt.Fatal(err)
	}
	rows := naiveBreakdown(want, by)
	for i := range min(len(rows), len(got)) {
		rows[i].Totals = roughly(rows[i].Totals, got[i].Totals)
	}
	if diff := gocmp.Diff(rows, got); diff != "" {
		rt.Fatalf("breakdown by %q (-want +got):\n%s", by, diff)
	}
}

func checkSeries(t *testing.T, rt *rapid.T, db *DB, f usage.Filter, by usage.Group, step time.Duration, limit int, want []usage.Record) {
	got, err := db.Series(t.Context(), f, by, step, limit)
	if err != nil {
		rt.Fatal(err)
	}
	set := naiveSeries(want, f, by, step, limit)
	if diff := gocmp.Diff(set, got); diff != "" {
		rt.Fatalf("series by %q every %v (-want +got):\n%s", by, step, diff)
	}
}

// TestListAgreesWithALoop turns the pages of random questions, both ways.
func TestListAgreesWithALoop(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		all := fill(t, db, 2, 500)
		rapid.Check(t, func(rt *rapid.T) {
			f := drawFilter(rt, true)
			if rapid.Bool().Draw(rt, "one request") {
				f = usage.Filter{RequestID: all[rapid.IntRange(0, len(all)-1).Draw(rt, "which")].RequestID}
			}
			var want []usage.ID
			for _, r := range all {
				if naiveMatch(f, r) {
					want = append(want, r.ID)
				}
			}
			limit := rapid.IntRange(1, 300).Draw(rt, "limit")
			var down []usage.ID
			for page := (usage.Page{Limit: limit}); ; page.Before = down[len(down)-1] {
				ids := listIDs(t, rt, db, f, page)
				down = append(down, ids...)
				if len(ids) < limit {
					break
				}
			}
			if diff := gocmp.Diff(want, down); diff != "" {
				rt.Fatalf("pages down (-want +got):\n%s", diff)
			}
			if len(want) == 0 {
				return
			}
			up := []usage.ID{want[len(want)-1]}
			for {
				ids := listIDs(t, rt, db, f, usage.Page{After: up[0], Limit: limit})
				up = append(ids, up...)
				if len(ids) < limit {
					break
				}
			}
			if diff := gocmp.Diff(want, up); diff != "" {
				rt.Fatalf("pages up (-want +got):\n%s", diff)
			}
		})
	})
}

func listIDs(t *testing.T, rt *rapid.T, db *DB, f usage.Filter, p usage.Page) []usage.ID {
	records, err := db.List(t.Context(), f, p)
	if err != nil {
		rt.Fatal(err)
	}
	var ids []usage.ID
	for _, r := range records {
		ids = append(ids, r.ID)
	}
	return ids
}

func TestSeriesOfAnOpenRange(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		empty, err := db.Series(t.Context(), usage.Filter{}, usage.ByNone, time.Hour, 0)
		if err != nil || len(empty.Series) != 1 || len(empty.Series[0].Points) != 1 {
			t.Errorf("of nothing: %+v, %v", empty, err)
		}
		now := time.Now()
		add(t, db, entries(record(now.Add(-3*time.Hour)), record(now.Add(time.Hour)), record(now))...)
		got, err := db.Series(t.Context(), usage.Filter{}, usage.ByModel, time.Hour, 0)
		if err != nil {
			t.Fatal(err)
		}
		points := got.Series[0].Points
		if !got.Start.Equal(now.Add(-3*time.Hour).Truncate(time.Hour)) || len(points) != 4 ||
			points[0].Requests != 1 || points[1].Requests != 0 || points[3].Requests != 1 {
			t.Errorf("series from %v: %+v", got.Start, points)
		}
		for _, step := range []time.Duration{0, time.Millisecond} {
			if _, err := db.Series(t.Context(), usage.Filter{}, usage.ByModel, step, 0); err == nil {
				t.Errorf("a step of %v is no error", step)
			}
		}
		if _, err := db.Breakdown(t.Context(), usage.Filter{}, "shoe size"); err == nil {
			t.Error("a breakdown by shoe size is no error")
		}
	})
}

func TestHoursThatAreOverArePacked(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		fill(t, db, 3, 600)
		var loose, packed int
		for query, n := range map[string]*int{"dimension <> 0": &loose, "dimension = 0": &packed} {
			if err := db.reader.NewSelect().Model((*rollupRow)(nil)).Where("grain = ?", hourly).Where(query).
				ColumnExpr("count(DISTINCT start)").Scan(t.Context(), n); err != nil {
				t.Fatal(err)
			}
		}
		// Late records come in the last batches: they lie loose beside.
		if packed < 90 || loose > 55 {
			t.Errorf("%d hours packed, %d loose", packed, loose)
		}
	})
}

// TestRollUpsOfTheFirstFormat reads what an earlier version stored: there the
// number of streams stood only in their histogram.
func TestRollUpsOfTheFirstFormat(t *testing.T) {
	success := &dimension{Outcome: usage.Success, Stream: true}
	var want cell
	want.add(success, 5, llm.Usage{Input: 10, Output: 4}, 3, 9)
	want.add(success, 6, llm.Usage{Input: 10, Output: 5}, 2, 400)
	want.add(success, 7, llm.Usage{Input: 10, Output: 5}, 0, 90) // without content
	const stored = "\x01\a\x1b\x03\a\x03\x1e\x00\x00\x00\x0e\x00\x0e\xee\x03\xf3\x03\x05\x03\t\x01\x1a\x01\x11\x01\x02\x02\x01\x01\x01"
	for _, percentiles := range []bool{true, false} {
		var got tally
		err := decodeCells([]byte(stored), percentiles, func(h head) *cell {
			got.count(success, h.requests)
			return &got.cell
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff((&tally{cell: want}).totals(), got.totals()); diff != "" {
			t.Errorf("percentiles %v (-want +got):\n%s", percentiles, diff)
		}
	}
}
