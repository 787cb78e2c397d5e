package store

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// TestOlderDatabase opens a database that an earlier version of the program has
// written, at each version of its schema.
func TestOlderDatabase(t *testing.T) {
	for _, name := range []string{SQLite, Postgres} {
		t.Run(name, func(t *testing.T) {
			for _, version := range olderVersions(t, name) {
				o := Options{Backend: name}
				var db *sql.DB
				var err error
				if name == SQLite {
					o.Path = filepath.Join(t.TempDir(), "yallm.db")
					db, err = openSQLiteFile(o.Path, time.Second, 1, cacheKiB)
				} else {
					o.DSN = newDatabase(t)
					db, err = sql.Open("pgx", o.DSN)
				}
				if err != nil {
					t.Fatal(err)
				}
				m, err := newMigrator(name, db)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := m.UpTo(t.Context(), version); err != nil {
					t.Fatal(err)
				}
				before := record(noon.Add(-time.Hour))
				addRaw(t, db, before)
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
				now := openTest(t, o)
				add(t, now, entries(record(noon))...)
				save(t, now, turnOf("a", "", noon))
				wantChain(t, now, "a", "a")
				old, err := now.Get(t.Context(), before.ID)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(before, old); diff != "" {
					t.Errorf("a record of version %d (-want +got):\n%s", version, diff)
				}
				if totals, err := now.Totals(t.Context(), usage.Filter{}); err != nil || totals.Requests != 1 {
					t.Errorf("from version %d: %d requests, %v", version, totals.Requests, err)
				}
			}
		})
	}
}

// olderVersions lists the schemas before this one.
func olderVersions(t *testing.T, backend string) []int64 {
	t.Helper()
	files, err := migrations.ReadDir("migrations/" + backend)
	if err != nil {
		t.Fatal(err)
	}
	var out []int64
	for _, f := range files {
		number, _, _ := strings.Cut(f.Name(), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, version)
	}
	if len(out) < 2 {
		t.Fatal("there is no older version")
	}
	return out[:len(out)-1]
}

// addRaw stores a record the way the first version did.
func addRaw(t *testing.T, db *sql.DB, rec usage.Record) {
	t.Helper()
	e := usage.Entry{Record: rec}
	r, d, to, err := split(&e)
	if err != nil {
		t.Fatal(err)
	}
	r.Dimension, r.Route = 1, 1 // the first of their tables
	insert := func(table, columns string, values ...any) {
		var quoted []string
		for _, v := range values {
			switch v := v.(type) {
			case string, usage.Outcome:
				quoted = append(quoted, fmt.Sprintf("'%s'", v))
			default:
				quoted = append(quoted, fmt.Sprint(v))
			}
		}
		text := "INSERT INTO " + table + " (" + columns + ") VALUES (" + strings.Join(quoted, ", ") + ")"
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	insert("dimensions", "model, backend, provider, client, caller, dialect, outcome, stop_reason, error_kind, stream, tools",
		d.Model, d.Backend, d.Provider, d.Client, d.Caller, d.Dialect, d.Outcome, d.StopReason, d.ErrorKind, d.Stream, d.Tools)
	insert("routes", "path, target_dialect, target_model, config_version", to.Path, to.TargetDialect, to.TargetModel, to.ConfigVersion)
	insert("records", rowColumns, r.appendValues(nil)...)
}
