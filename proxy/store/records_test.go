package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

func TestRecordComesBackAsItWas(t *testing.T) {
	usual := record(noon)
	fallback := record(noon.Add(time.Second))
	fallback.Attempts = []usage.Attempt{
		{Backend: "a", Provider: "p", Dialect: llm.OpenAI, Start: 1, Duration: 2, Status: 429, Kind: llm.KindRateLimit, Message: "slow down"},
		{Backend: "fast", Provider: "groq", Dialect: llm.OpenAI, Start: 3, Duration: 4, Status: 200},
	}
	refused := record(noon.Add(2 * time.Second))
	refused.Backend, refused.Provider, refused.Attempts = "", "", []usage.Attempt{}
	refused.Outcome, refused.Status, refused.ErrorKind, refused.ErrorMessage = usage.Failed, 404, llm.KindNotFound, "no such model"
	refused.Usage, refused.Timing = llm.Usage{}, usage.Timing{Total: 90}
	tools := record(noon.Add(3 * time.Second))
	tools.ToolCalls, tools.Stream = 3, false
	tools.Usage = llm.Usage{Input: 1, CacheRead: 2, CacheWrite: 3, CacheWrite1h: 1, Output: 5, Reasoning: 4}
	keyed := record(noon.Add(5 * time.Second))
	keyed.Key, keyed.Attempts[0].Key, keyed.Attempts[0].Why = "work", "work", usage.WhyAffinity
	routed := record(noon.Add(6 * time.Second))
	routed.Key = "spare"
	routed.Attempts = []usage.Attempt{
		{Backend: "a", Provider: "p", Dialect: llm.OpenAI, Skipped: "circuit open after 5 failures for another 9s"},
		{Backend: "b", Provider: "p", Dialect: llm.OpenAI, Start: 1, Duration: 2, Status: 429, Kind: llm.KindRateLimit, Key: "work", Why: usage.WhyMember},
		{Backend: "fast", Provider: "groq", Dialect: llm.OpenAI, Start: 3, Duration: 4, Status: 200, Key: "spare", Why: usage.WhyNextKey, Wait: 250_000},
	}
	waited := record(noon.Add(7 * time.Second))
	waited.Attempts[0].Wait = 12
	failed := record(noon.Add(4 * time.Second))
	failed.Attempts[0].Kind, failed.Attempts[0].Message, failed.Attempts[0].Status = llm.KindConnect, "refused", 0

	onBoth(t, func(t *testing.T, db *DB) {
		want := []usage.Record{waited, routed, keyed, failed, tools, refused, fallback, usual}
		add(t, db, entries(usual, fallback, refused, tools, failed, keyed, routed, waited)...)
		got, err := db.List(t.Context(), usage.Filter{}, usage.Page{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("list (-want +got):\n%s", diff)
		}
		one, err := db.Get(t.Context(), fallback.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fallback, one); diff != "" {
			t.Errorf("get (-want +got):\n%s", diff)
		}
		if _, err := db.Get(t.Context(), 4711); !errors.Is(err, usage.ErrNotFound) {
			t.Errorf("get of nothing: %v", err)
		}
	})
}

// TestUsualAttemptTakesNoText holds the row of the usual request narrow: with a
// key, and in the place where the conversation was before.
func TestUsualAttemptTakesNoText(t *testing.T) {
	rec := record(noon)
	rec.Key, rec.Attempts[0].Key = "work", "work"
	for _, why := range []usage.Why{"", usage.WhyAffinity} {
		rec.Attempts[0].Why = why
		r, _, to, err := split(&usage.Entry{Record: rec})
		if err != nil || r.Attempts != string(why) || r.AttemptStart != 12 || to.KeyName != "work" {
			t.Errorf("%q: %+v, %+v, %v", why, r, to, err)
		}
	}
	rec.Attempts[0].Key = "another"
	if r, _, _, err := split(&usage.Entry{Record: rec}); err != nil || !strings.HasPrefix(r.Attempts, "[") || r.AttemptStart != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestTextThatDatabasesRefuse(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		odd := record(noon)
		odd.Model, odd.RequestID = "a\x00b", "broken \xff utf-8"
		odd.Outcome, odd.ErrorMessage = usage.Failed, strings.Repeat("ü", maxMessage)
		odd.Attempts = append(odd.Attempts, usage.Attempt{Message: "nul \x00 \xfe", Kind: llm.KindServer})
		add(t, db, entries(odd)...)
		got, err := db.Get(t.Context(), odd.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Model != "a\uFFFDb" || got.RequestID != "broken \uFFFD utf-8" || got.Attempts[1].Message != "nul \uFFFD \uFFFD" {
			t.Errorf("cleaned to %q, %q, %q", got.Model, got.RequestID, got.Attempts[1].Message)
		}
		if len(got.ErrorMessage) > maxMessage+len("…") || !strings.HasSuffix(got.ErrorMessage, "ü…") {
			t.Errorf("message of %d bytes ends with %q", len(got.ErrorMessage), got.ErrorMessage[len(got.ErrorMessage)-8:])
		}
		found, err := db.List(t.Context(), usage.Filter{Model: odd.Model}, usage.Page{})
		if err != nil || len(found) != 1 {
			t.Errorf("found %d by its own model, %v", len(found), err)
		}
	})
}

func TestAppendAgainChangesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		first := entries(record(noon), record(noon.Add(time.Second)))
		first[0].Bodies = &usage.Bodies{RequestBody: []byte("hello")}
		again := append(entries(first[0].Record, first[1].Record, record(noon.Add(2*time.Second))), first[1])
		again[0].Bodies = first[0].Bodies
		add(t, db, first...)
		add(t, db, again...)
		totals, err := db.Totals(t.Context(), usage.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		size, err := db.Size(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if totals.Requests != 3 || size.Records != 3 || size.Bodies != 1 {
			t.Errorf("%d requests, %d records, %d bodies", totals.Requests, size.Records, size.Bodies)
		}
		if size.Bytes <= 0 || size.Body <= 0 {
			t.Errorf("size %+v", size)
		}
	})
}

func TestSameMicrosecondOfAnotherProcess(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		mine, theirs, third := record(noon), record(noon), record(noon)
		theirs.RequestID, third.RequestID = "theirs", "third"
		add(t, db, entries(mine)...)
		for range 2 { // the second time nothing is new
			batch := entries(theirs, third)
			batch[0].Bodies = &usage.Bodies{ResponseBody: []byte("theirs")}
			add(t, db, batch...)
			if batch[0].Record.ID != mine.ID+1 || batch[1].Record.ID != mine.ID+2 {
				t.Errorf("ids %d, %d after %d", batch[0].Record.ID, batch[1].Record.ID, mine.ID)
			}
		}
		totals, err := db.Totals(t.Context(), usage.Filter{})
		if err != nil || totals.Requests != 3 {
			t.Errorf("%d requests, %v", totals.Requests, err)
		}
		bodies, err := db.Bodies(t.Context(), mine.ID+1)
		if err != nil || string(bodies.ResponseBody) != "theirs" {
			t.Errorf("bodies %q, %v", bodies.ResponseBody, err)
		}
	})
}

func TestFailedAppendLeavesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		block := "CREATE TRIGGER no BEFORE INSERT ON body_days BEGIN SELECT RAISE(ABORT, 'no'); END"
		allow := "DROP TRIGGER no"
		if db.reader == db.writer { // PostgreSQL
			block, allow = "ALTER TABLE body_days ADD CONSTRAINT no CHECK (bodies < 0)", "ALTER TABLE body_days DROP CONSTRAINT no"
		}
		execute(t, db, block)
		batch := entries(record(noon))
		batch[0].Bodies = &usage.Bodies{RequestBody: []byte("x")}
		if err := db.Append(t.Context(), batch); !errors.Is(err, usage.ErrRejected) {
			t.Fatalf("append: %v", err)
		}
		execute(t, db, allow)
		if totals, err := db.Totals(t.Context(), usage.Filter{}); err != nil || totals.Requests != 0 {
			t.Errorf("after the rollback %d requests, %v", totals.Requests, err)
		}
		// The numbers given in the failed transaction must not be used.
		add(t, db, batch...)
		if got, err := db.Get(t.Context(), batch[0].Record.ID); err != nil || got.Model != "fast" {
			t.Errorf("model %q, %v", got.Model, err)
		}
	})
}

func execute(t testing.TB, db *DB, statement string) {
	t.Helper()
	if _, err := db.writer.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func TestValuesMostRecentFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		at := func(model string, minute int) usage.Record {
			r := record(noon.Add(time.Duration(minute) * time.Minute))
			r.Model = model
			return r
		}
		add(t, db, entries(at("a", 1), at("b", 2), at("c", 3), at("a", 4), at("", 5))...)
		add(t, db, entries(at("b", 0))...) // late
		got, err := db.Values(t.Context(), usage.ByModel, 2)
		if diff := cmp.Diff([]string{"a", "c"}, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		for _, by := range []usage.Group{usage.ByNone, "id; DROP TABLE records"} {
			if _, err := db.Values(t.Context(), by, 2); err == nil {
				t.Errorf("values by %q", by)
			}
		}
	})
}
