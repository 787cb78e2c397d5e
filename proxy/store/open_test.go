package store

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// says checks an error for what a person needs: which database, what to do.
func says(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Error("no error")
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error does not say %q: %v", w, err)
		}
	}
}

func TestMigrationsGoForwardFromTheFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		backend := SQLite
		if db.reader == db.writer {
			backend = Postgres
		}
		m, err := newMigrator(backend, db.writer.DB)
		if err != nil {
			t.Fatal(err)
		}
		current, target, err := m.GetVersions(t.Context())
		if err != nil || current != target || current != m.ListSources()[len(m.ListSources())-1].Version {
			t.Errorf("at version %d of %d, %v", current, target, err)
		}
		if m.ListSources()[0].Version != 1 {
			t.Errorf("begins with version %d", m.ListSources()[0].Version)
		}
		add(t, db, entries(record(noon))...)
		if err := migrate(t.Context(), backend, db.writer.DB); err != nil {
			t.Errorf("again: %v", err)
		}
		if _, err := db.Get(t.Context(), record(noon).ID); err != nil {
			t.Error(err)
		}
		_, err = db.writer.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, ?)", target+1, true)
		if err != nil {
			t.Fatal(err)
		}
		err = migrate(t.Context(), backend, db.writer.DB)
		var newer *NewerError
		if !errors.As(err, &newer) || newer.Version != target+1 {
			t.Errorf("a newer database: %v", err)
		}
		says(t, err, "newer version of yaLLMproxy", "install that version")
	})
}

func TestEveryFileIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	path := filepath.Join(dir, "yallm.db")
	loose := filepath.Join(t.TempDir(), "old.db")
	if err := os.WriteFile(loose, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	openTest(t, Options{Path: loose})
	db := openTest(t, Options{Path: path})
	add(t, db, withBodies(noon, 100), withBodies(noon.Add(24*time.Hour), 100))
	seen := 0
	for _, root := range []string{dir, filepath.Dir(loose)} {
		err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
			if err != nil || p == filepath.Dir(loose) {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			want := fs.FileMode(0o600)
			if d.IsDir() {
				want = 0o700
			}
			if info.Mode().Perm() != want {
				t.Errorf("%s has mode %v", p, info.Mode())
			}
			seen++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 8 { // the folder; yallm.db, -wal, -shm; two days; old.db, -wal, -shm
		t.Errorf("only %d files", seen)
	}
}

func TestDamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "yallm.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Options{Path: path})
	says(t, err, path, "damaged", "move it away")
}

func TestFolderInTheWay(t *testing.T) {
	path := t.TempDir()
	_, err := Open(t.Context(), Options{Path: path})
	says(t, err, path, "name another path")
}

func TestLockedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "yallm.db")
	db := openTest(t, Options{Path: path, BusyTimeout: 50 * time.Millisecond})
	rude, err := sql.Open("sqlite", path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer rude.Close()
	tx, err := rude.Begin()
	if err != nil {
		t.Fatal(err)
	}
	says(t, db.Append(t.Context(), entries(record(noon))), path, "another program is using the file")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	add(t, db, entries(record(noon))...)
}

func TestTwoProcessesOneDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "yallm.db")
	dsn := newDatabase(t)
	for name, o := range map[string]Options{"sqlite": {Path: path}, "postgres": {Backend: Postgres, DSN: dsn}} {
		t.Run(name, func(t *testing.T) {
			a, b := openTest(t, o), openTest(t, o)
			errs := make(chan error)
			for i, db := range []*DB{a, b} {
				go func() {
					for n := range 20 {
						r := record(noon.Add(time.Duration(n) * time.Second)) // the same microseconds in both
						r.RequestID += string(rune('a' + i))
						if err := db.Append(t.Context(), entries(r)); err != nil {
							errs <- err
							return
						}
					}
					errs <- nil
				}()
			}
			for range 2 {
				if err := <-errs; err != nil {
					t.Error(err)
				}
			}
			totals, err := a.Totals(t.Context(), usage.Filter{})
			if err != nil || totals.Requests != 40 {
				t.Errorf("%d requests, %v", totals.Requests, err)
			}
		})
	}
}

func TestPostgresThatIsNotThere(t *testing.T) {
	secret := "s3cret"
	for dsn, word := range map[string]string{
		"host=" + t.TempDir() + " user=me password=" + secret + " dbname=d": "check that the server runs",
		"postgres://me:" + secret + "%zz@localhost/d":                       "percent-encoded",
		"postgres://me:" + secret + "@127.0.0.1:notaport/d":                 "cannot be read",
	} {
		_, err := Open(t.Context(), Options{Backend: Postgres, DSN: dsn})
		says(t, err, word)
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the password is in the error: %v", err)
		}
	}
	_, err := Open(t.Context(), Options{Backend: "mysql"})
	says(t, err, "mysql", "postgres")
}

func TestMemory(t *testing.T) {
	db := openTest(t, Options{Path: inMemory})
	e := withBodies(noon, 100)
	add(t, db, e)
	add(t, db, withBodies(noon.Add(72*time.Hour), 100), withBodies(noon.Add(144*time.Hour), 100))
	if _, err := db.Bodies(t.Context(), e.Record.ID); err != nil {
		t.Error(err)
	}
	if totals, err := db.Totals(t.Context(), usage.Filter{}); err != nil || totals.Requests != 3 {
		t.Errorf("%d requests, %v", totals.Requests, err)
	}
	if err := db.Prune(t.Context(), noon.Add(150*time.Hour), 48*time.Hour, 0); err != nil {
		t.Error(err)
	}
	if size, err := db.Size(t.Context()); err != nil || size.Bodies != 1 {
		t.Errorf("size %+v, %v", size, err)
	}
}
