package store

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// onBoth runs a test on a fresh store of each database.
func onBoth(t *testing.T, test func(t *testing.T, db *DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, openTest(t, Options{Path: filepath.Join(t.TempDir(), "yallm.db")})) })
	t.Run("postgres", func(t *testing.T) { test(t, openTest(t, Options{Backend: Postgres, DSN: newDatabase(t)})) })
}

func openTest(t testing.TB, o Options) *DB {
	t.Helper()
	db, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

// noon is the middle of a day and of no round number otherwise.
var noon = time.Date(2026, 3, 14, 12, 7, 31, 415926000, time.UTC)

// record is an ordinary streamed chat that arrived at a time.
func record(at time.Time) usage.Record {
	return usage.Record{
		ID: usage.ID(at.UnixMicro()), RequestID: fmt.Sprintf("req-%d", at.UnixMicro()), Time: timeOf(at.UnixMicro()),
		Dialect: llm.OpenAI, Path: "/v1/chat/completions", Client: "cline", Caller: "laptop",
		Model: "fast", Backend: "fast", Provider: "groq", TargetDialect: llm.OpenAI, TargetModel: "llama-4",
		Stream: true, Outcome: usage.Success, Status: 200, StopReason: "stop",
		Usage:        llm.Usage{Input: 1200, CacheRead: 300, Output: 80, Reasoning: 10},
		Timing:       usage.Timing{Queue: 5, Connect: 20_000, FirstByte: 250_000, FirstOut: 260_000, Total: 1_900_000},
		RequestBytes: 5000, ResponseBytes: 9000, ConfigVersion: "c1",
		Attempts: []usage.Attempt{{
			Backend: "fast", Provider: "groq", Dialect: llm.OpenAI, Start: 12, Duration: 250_000, Reused: true, Status: 200,
		}},
	}
}

func entries(records ...usage.Record) []usage.Entry {
	out := make([]usage.Entry, len(records))
	for i := range records {
		out[i].Record = records[i]
	}
	return out
}

func add(t testing.TB, db *DB, e ...usage.Entry) {
	t.Helper()
	if err := db.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

func pick[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

// randomRecord is any record that arrived at a time.
func randomRecord(r *rand.Rand, at time.Time) usage.Record {
	rec := record(at)
	rec.Model = pick(r, "fast", "fast", "fast", "slow", "Größe", "a%b_c!")
	rec.Backend = pick(r, rec.Model, rec.Model, "spare", "")
	rec.Provider = pick(r, "groq", "openai", "ollama")
	rec.Client = pick(r, "cline", "Zed", "curl")
	rec.Caller = pick(r, "", "laptop")
	rec.Dialect = pick(r, llm.OpenAI, llm.OpenAI, llm.Anthropic)
	rec.Outcome = pick(r, usage.Success, usage.Success, usage.Success, usage.Failed, usage.Cancelled)
	rec.StopReason = pick(r, "stop", "tool_calls", "")
	rec.Stream = r.IntN(3) > 0
	rec.ToolCalls = max(r.IntN(6)-3, 0)
	if rec.Outcome == usage.Failed {
		rec.Status, rec.ErrorKind = 502, pick(r, llm.KindConnect, llm.KindTimeout)
		rec.ErrorMessage = pick(r, "Upstream is DOWN", "100% sure_fire")
	}
	rec.Usage = llm.Usage{}
	if r.IntN(5) > 0 {
		rec.Usage = llm.Usage{
			Input: r.Int64N(9000), CacheRead: r.Int64N(3000), CacheWrite: r.Int64N(300), CacheWrite1h: r.Int64N(100),
			Output: r.Int64N(3) * r.Int64N(500), Reasoning: r.Int64N(50),
		}
	}
	rec.Timing.FirstOut = r.Int64N(2) * r.Int64N(1<<pick(r, 5, 15, 22))
	rec.Timing.Total = rec.Timing.FirstOut + r.Int64N(1<<pick(r, 5, 15, 25))
	return rec
}
