package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

const inMemory = ":memory:"

// sqliteFile is the SQLite backend: yallm.db for records, and a file for
// each day of bodies.
type sqliteFile struct {
	path string
	*dayFiles
}

func (db *DB) openSQLite(o Options) error {
	if o.Path == "" {
		return errors.New("no path for the SQLite database")
	}
	b := &sqliteFile{path: o.Path, dayFiles: newDayFiles(o.Path, o.BusyTimeout)}
	db.backend = b
	if err := b.prepare(); err != nil {
		return err
	}
	// Writers of one process queue for one connection instead of SQLite's lock,
	// which they would have to poll for.
	writer, err := openSQLiteFile(o.Path, o.BusyTimeout, 1, cacheKiB)
	if err != nil {
		return db.fail("open", err)
	}
	reader := writer
	if o.Path != inMemory {
		if reader, err = openSQLiteFile(o.Path, o.BusyTimeout, sqliteReaders, cacheKiB); err != nil {
			return errors.Join(db.fail("open", err), writer.Close())
		}
	}
	db.writer = bun.NewDB(writer, sqlitedialect.New())
	db.reader = db.writer
	if reader != writer {
		db.reader = bun.NewDB(reader, sqlitedialect.New())
	}
	return nil
}

// sqliteReaders is the most connections that read at a time; one that is idle
// is closed. Each connection keeps up to cacheKiB of pages; one to bodies, which
// are read once, next to nothing.
const (
	sqliteReaders  = 3
	readerIdle     = 10 * time.Second
	cacheKiB       = 2000
	bodiesCacheKiB = 200
)

// openSQLiteFile opens a file with the settings that every connection has.
func openSQLiteFile(path string, busy time.Duration, conns, cacheKiB int) (*sql.DB, error) {
	pragmas := url.Values{
		"_txlock": {"immediate"}, // for transactions that are not read-only
		"_pragma": {
			// First: what follows may have to wait for another process.
			fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()),
			"journal_mode(WAL)",
			// In WAL mode a power cut can lose the last transactions, a crash
			// of the program cannot, and neither damages the file.
			"synchronous(NORMAL)",
			"foreign_keys(ON)",
			fmt.Sprintf("cache_size(-%d)", cacheKiB),
			"temp_store(MEMORY)",
			fmt.Sprintf("journal_size_limit(%d)", 4<<20),
		},
	}
	name := path
	if path != inMemory {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, fmt.Errorf("resolve %s: %w", path, err)
		}
		abs = filepath.ToSlash(abs)
		if !strings.HasPrefix(abs, "/") { // C:/…
			abs = "/" + abs
		}
		name = (&url.URL{Scheme: "file", Path: abs}).String()
	}
	db, err := sql.Open("sqlite", name+"?"+pragmas.Encode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(1)
	if conns > 1 {
		db.SetConnMaxIdleTime(readerIdle)
	}
	return db, nil
}

// prepare makes the folder and the file readable by the user alone, whatever
// the umask. SQLite gives -wal and -shm the mode of the file.
func (s *sqliteFile) prepare() error {
	if s.path == inMemory {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return fmt.Errorf("folder of the database: %w", err)
	}
	return private(s.path)
}

// private creates a file for the user alone, or takes it from everybody else.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("database file: %w: make it writable for this user, or name another path", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("database file: %w", err)
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	if err := f.Chmod(0o600); err != nil {
		return fmt.Errorf("database file: %w", err)
	}
	return nil
}

func (s *sqliteFile) name() string { return "database " + s.path }

// lock has nothing to do: a transaction that writes begins immediate.
func (s *sqliteFile) lock(context.Context, bun.Tx) error { return nil }

func (s *sqliteFile) explain(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%w: the file is damaged or no database: move it away and start again, or put back a copy", err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%w: another program is using the file: close it and try again", err)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: the disk is full: free some space", err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("%w: make the file and its folder writable for this user", err)
	case sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH:
		return fmt.Errorf("%w: %w", usage.ErrRejected, err)
	}
	return err
}

// foldCase: SQLite's lower knows ASCII only.
func (s *sqliteFile) foldCase(column string) string { return "lower(" + column + ")" }

func (s *sqliteFile) placeholder(int) string { return "?" }

func (s *sqliteFile) size(context.Context) (int64, error) {
	if s.path == inMemory {
		return 0, nil
	}
	return fileSize(s.path)
}

// fileSize is what a database takes with the files beside it.
func fileSize(path string) (int64, error) {
	var n int64
	for _, file := range sqliteFiles(path) {
		info, err := os.Stat(file)
		switch {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			return 0, fmt.Errorf("measure %s: %w", path, err)
		default:
			n += info.Size()
		}
	}
	return n, nil
}
