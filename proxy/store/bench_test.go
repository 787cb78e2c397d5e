package store

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// benchRecords is how many requests the page benchmarks ask about, spread over
// 30 days: go test ./proxy/store -run - -bench Page -records 10000000.
var benchRecords = flag.Int("records", 100_000, "requests in the store of BenchmarkPage")

func benchStore(b *testing.B) *DB {
	return openTest(b, Options{Path: filepath.Join(b.TempDir(), "yallm.db")})
}

// benchAppend stores batches of requests with bodies of so many bytes each, or
// without any.
func benchAppend(b *testing.B, db *DB, size, bodies int) {
	r := rand.New(rand.NewPCG(1, 1))
	at := noon
	batch := make([]usage.Entry, size)
	var used time.Duration
	for b.Loop() {
		b.StopTimer()
		for i := range batch {
			at = at.Add(2 * time.Millisecond)
			batch[i] = usage.Entry{Record: busyRecord(r, at)}
			if bodies > 0 {
				batch[i].Bodies = chat(r, bodies)
			}
		}
		b.StartTimer()
		before := cpuTime()
		add(b, db, batch...)
		used += cpuTime() - before
	}
	b.ReportMetric(float64(used.Microseconds())/float64(b.N*size), "cpu-µs/record")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*size), "µs/record")
}

func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("sqlite/batch=%d", size), func(b *testing.B) { benchAppend(b, benchStore(b), size, 0) })
	}
	b.Run("postgres/batch=100", func(b *testing.B) {
		benchAppend(b, openTest(b, Options{Backend: Postgres, DSN: newDatabase(b)}), 100, 0)
	})
	for _, test := range []struct{ batch, bytes int }{{10, 1500}, {100, 1500}, {100, 20_000}} {
		b.Run(fmt.Sprintf("sqlite/batch=%d/bodies=%d", test.batch, test.bytes), func(b *testing.B) {
			benchAppend(b, benchStore(b), test.batch, test.bytes)
		})
	}
}

// chat is the bodies of a request of that many bytes: half of it is what the
// others say as well, half of it numbers of its own.
func chat(r *rand.Rand, size int) *usage.Bodies {
	request, answer := make([]byte, 0, size), make([]byte, 0, size)
	for i := 0; len(request) < size/2; i++ {
		request = fmt.Appendf(request, `{"n":%d},`, i*i)
	}
	for len(answer) < size/2 {
		answer = fmt.Appendf(answer, `{"n":%d},`, r.IntN(1e6))
	}
	return &usage.Bodies{
		RequestHeader:  http.Header{"Content-Type": {"application/json"}, "User-Agent": {"cline/3.1"}, "Accept": {"*/*"}},
		RequestBody:    request,
		ResponseHeader: http.Header{"Content-Type": {"text/event-stream"}, "Date": {"Sat, 14 Mar 2026 12:07:31 GMT"}},
		ResponseBody:   answer,
	}
}

// busyRecord is a request of a team: twelve models of four providers, six
// clients, some errors.
func busyRecord(r *rand.Rand, at time.Time) usage.Record {
	rec := record(at)
	model := int(r.ExpFloat64()*2) % 12
	rec.Model = fmt.Sprintf("vendor/model-%d", model)
	rec.Backend, rec.TargetModel = rec.Model, rec.Model
	rec.Provider = fmt.Sprintf("provider-%d", model%4)
	rec.Client = fmt.Sprintf("client-%d", (model+int(r.ExpFloat64()))%6)
	rec.Stream = model%3 > 0
	switch n := r.IntN(100); {
	case n < 3:
		rec.Outcome, rec.Status, rec.StopReason = usage.Failed, 502, ""
	case n < 5:
		rec.Outcome, rec.StopReason = usage.Cancelled, ""
	case n < 40:
		rec.StopReason, rec.ToolCalls = "tool_calls", 1
	}
	rec.Timing.FirstOut = 200_000 + int64(r.ExpFloat64()*400_000)
	rec.Timing.Total = rec.Timing.FirstOut + int64(r.ExpFloat64()*4_000_000)
	rec.Attempts[0].Backend, rec.Attempts[0].Provider = rec.Backend, rec.Provider
	return rec
}

// fillFast stores n records over 30 days in transactions of many batches: the
// same rows and roll-ups as ever, without a commit for each hundred.
func fillFast(b *testing.B, db *DB, n int) (from time.Time) {
	r := rand.New(rand.NewPCG(2, 2))
	from = noon.Add(-30 * 24 * time.Hour)
	const perTx = 5000
	batch := make([]usage.Entry, 0, perTx)
	for i := 0; i < n; i += perTx {
		batch = batch[:0]
		for j := i; j < min(i+perTx, n); j++ {
			at := from.Add(time.Duration(float64(j) / float64(n) * float64(30*24*time.Hour)))
			batch = append(batch, usage.Entry{Record: busyRecord(r, at)})
		}
		add(b, db, batch...)
	}
	return from
}

func BenchmarkPage(b *testing.B) {
	db := benchStore(b)
	began := time.Now()
	from := fillFast(b, db, *benchRecords)
	var dims int
	if err := db.reader.NewSelect().Model((*dimensionRow)(nil)).ColumnExpr("count(*)").Scan(b.Context(), &dims); err != nil {
		b.Fatal(err)
	}
	size, err := db.Size(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d records of %d dimensions in %v, %.1f MB", size.Records, dims, time.Since(began).Round(time.Second), float64(size.Bytes)/1e6)
	month := usage.Filter{Since: from.Truncate(time.Hour)}
	month.Until = noon.Add(time.Hour)
	rare := month
	rare.Model, rare.Outcome = "vendor/model-11", usage.Failed
	ragged := month
	ragged.Since = from.Add(20 * time.Minute)
	for _, q := range []struct {
		name string
		ask  func(ctx context.Context) error
	}{
		{"totals", func(ctx context.Context) error { _, err := db.Totals(ctx, month); return err }},
		{"totals-ragged", func(ctx context.Context) error { _, err := db.Totals(ctx, ragged); return err }},
		{"breakdown", func(ctx context.Context) error { _, err := db.Breakdown(ctx, month, usage.ByModel); return err }},
		{"series-day", func(ctx context.Context) error {
			_, err := db.Series(ctx, month, usage.ByModel, 24*time.Hour, 8)
			return err
		}},
		{"series-6h", func(ctx context.Context) error {
			_, err := db.Series(ctx, month, usage.ByModel, 6*time.Hour, 8)
			return err
		}},
		{"series-hour", func(ctx context.Context) error {
			_, err := db.Series(ctx, month, usage.ByModel, time.Hour, 8)
			return err
		}},
		{"last-hour-by-minute", func(ctx context.Context) error {
			_, err := db.Series(ctx, usage.Filter{Since: noon.Add(-time.Hour), Until: noon}, usage.ByModel, time.Minute, 8)
			return err
		}},
		{"list", func(ctx context.Context) error { _, err := db.List(ctx, month, usage.Page{Limit: 100}); return err }},
		{"list-rare", func(ctx context.Context) error { _, err := db.List(ctx, rare, usage.Page{Limit: 100}); return err }},
		{"list-unknown-id", func(ctx context.Context) error {
			_, err := db.List(ctx, usage.Filter{RequestID: "nobody"}, usage.Page{Limit: 100})
			return err
		}},
		{"values", func(ctx context.Context) error { _, err := db.Values(ctx, usage.ByModel, 50); return err }},
		{"size", func(ctx context.Context) error { _, err := db.Size(ctx); return err }},
	} {
		b.Run(q.name, func(b *testing.B) {
			before := cpuTime()
			for b.Loop() {
				if err := q.ask(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpuTime()-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}
