package store

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

func TestFirst(t *testing.T) {
	db, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "d", "yallm.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	at := time.UnixMicro(1700000000000001).UTC()
	rec := usage.Record{ID: usage.ID(at.UnixMicro()), RequestID: "r1", Time: at, Dialect: llm.OpenAI, Model: "m", Backend: "b", Provider: "p",
		Outcome: usage.Success, Status: 200, Stream: true, Usage: llm.Usage{Input: 10, Output: 20}, Timing: usage.Timing{FirstOut: 1000, Total: 5000},
		TargetDialect: llm.OpenAI, HasBodies: true,
		Attempts: []usage.Attempt{{Backend: "b", Provider: "p", Dialect: llm.OpenAI, Start: 3, Duration: 4, Reused: true, Status: 200}}}
	e := []usage.Entry{{Record: rec, Bodies: &usage.Bodies{RequestBody: []byte("hi")}}}
	for range 2 {
		if err := db.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.List(t.Context(), usage.Filter{Model: "m", Search: "B"}, usage.Page{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]usage.Record{rec}, got); d != "" {
		t.Fatal(d)
	}
	g, err := db.Get(t.Context(), rec.ID)
	if d := cmp.Diff(rec, g); d != "" || err != nil {
		t.Fatal(d, err)
	}
	b, err := db.Bodies(t.Context(), rec.ID)
	if err != nil || string(b.RequestBody) != "hi" {
		t.Fatal(err)
	}
	tot, err := db.Totals(t.Context(), usage.Filter{})
	t.Logf("%+v %v", tot, err)
	tot, err = db.Totals(t.Context(), usage.Filter{Search: "R1"})
	t.Logf("%+v %v", tot, err)
	s, err := db.Size(t.Context())
	t.Logf("%+v %v", s, err)
	v, err := db.Values(t.Context(), usage.ByModel, 5)
	t.Logf("%+v %v", v, err)
	if err := db.Prune(t.Context(), time.Now(), time.Hour, 0); err != nil {
		t.Fatal(err)
	}
	_, err = db.Bodies(t.Context(), rec.ID)
	t.Log(err)
}
