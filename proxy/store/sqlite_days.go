package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// sqliteFiles are the files of a database: -wal and -shm are there while it is
// open, and after a crash.
func sqliteFiles(path string) [3]string { return [...]string{path, path + "-wal", path + "-shm"} }

// dayFiles keeps bodies in one SQLite file a day, so that the space of an old
// day comes back with its file and no VACUUM is ever needed. The files are
// separate databases: bodies are committed just before the records that name
// them, and a crash in between leaves bodies that nothing names until the same
// batch is sent again.
type dayFiles struct {
	folder string // "" in memory
	busy   time.Duration

	mu   sync.Mutex
	open map[int64]*dayFile // at most maxOpenDays
}

type dayFile struct {
	*sql.DB

	insert *sql.Stmt
}

func (f *dayFile) Close() error { return errors.Join(f.insert.Close(), f.DB.Close()) }

// maxOpenDays: today's, and an older one that somebody reads or replays.
const maxOpenDays = 2

func newDayFiles(path string, busy time.Duration) *dayFiles {
	d := &dayFiles{busy: busy, open: map[int64]*dayFile{}}
	if path != inMemory {
		d.folder = filepath.Dir(path)
	}
	return d
}

const (
	dayPrefix = "bodies-"
	daySuffix = ".db"
	dayTable  = "CREATE TABLE IF NOT EXISTS bodies (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT"
)

func (d *dayFiles) path(n int64) string {
	if d.folder == "" {
		return inMemory
	}
	return filepath.Join(d.folder, dayPrefix+timeOf(n*day).Format(time.DateOnly)+daySuffix)
}

// handle returns the open file of a day. Without create a missing file is
// usage.ErrNotFound. The caller holds mu.
func (d *dayFiles) handle(ctx context.Context, n int64, create bool) (*dayFile, error) {
	if f, ok := d.open[n]; ok {
		return f, nil
	}
	path := d.path(n)
	if !create {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return nil, usage.ErrNotFound
		}
	}
	if path != inMemory {
		if err := private(path); err != nil {
			return nil, err
		}
		d.closeOldest()
	}
	db, err := openSQLiteFile(path, d.busy, 1, bodiesCacheKiB)
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, dayTable); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
	}
	insert, err := prepareText(ctx, db, insertParcel)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
	}
	d.open[n] = &dayFile{DB: db, insert: insert}
	return d.open[n], nil
}

func (d *dayFiles) closeOldest() {
	for len(d.open) >= maxOpenDays {
		oldest := int64(-1)
		for n := range d.open {
			if oldest < 0 || n < oldest {
				oldest = n
			}
		}
		// Closing folds the -wal into the file; a failure leaves it there for
		// the next opening.
		_ = d.open[oldest].Close()
		delete(d.open, oldest)
	}
}

// prepareParcels has nothing to do: putParcel opens files as it goes.
func (d *dayFiles) prepareParcels(context.Context, []parcel) error { return nil }

func (d *dayFiles) putParcel(ctx context.Context, _ bun.Tx, p *parcel) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, err := d.handle(ctx, p.id/day, true)
	if err != nil {
		return false, err
	}
	done, err := f.insert.ExecContext(ctx, p.id, p.data)
	if err != nil {
		return false, fmt.Errorf("%s: insert bodies: %w", d.path(p.id/day), err)
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

func (d *dayFiles) parcel(ctx context.Context, id int64) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, err := d.handle(ctx, id/day, false)
	if err != nil {
		return nil, err
	}
	var data []byte
	err = f.QueryRowContext(ctx, "SELECT data FROM bodies WHERE id = ?", id).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, usage.ErrNotFound
	}
	return data, err
}

func (d *dayFiles) bodyDays(ctx context.Context) ([]bodyDay, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.folder == "" {
		return d.memoryDays(ctx)
	}
	entries, err := os.ReadDir(d.folder)
	if err != nil {
		return nil, fmt.Errorf("list bodies: %w", err)
	}
	var days []bodyDay
	for _, e := range entries {
		date, ok := strings.CutPrefix(e.Name(), dayPrefix)
		if !ok {
			continue
		}
		date, ok = strings.CutSuffix(date, daySuffix)
		if !ok {
			continue
		}
		at, err := time.Parse(time.DateOnly, date)
		if err != nil {
			continue // somebody else's file
		}
		n := at.UnixMicro() / day
		size, err := fileSize(d.path(n))
		if err != nil {
			return nil, err
		}
		days = append(days, bodyDay{day: n, bytes: size})
	}
	slices.SortFunc(days, func(a, b bodyDay) int { return int(a.day - b.day) })
	return days, nil
}

func (d *dayFiles) memoryDays(ctx context.Context) ([]bodyDay, error) {
	var days []bodyDay
	for n, db := range d.open {
		var size int64
		if err := db.QueryRowContext(ctx, "SELECT coalesce(sum(length(data)), 0) FROM bodies").Scan(&size); err != nil {
			return nil, fmt.Errorf("measure bodies: %w", err)
		}
		days = append(days, bodyDay{day: n, bytes: size})
	}
	slices.SortFunc(days, func(a, b bodyDay) int { return int(a.day - b.day) })
	return days, nil
}

func (d *dayFiles) dropBodies(_ context.Context, n int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if db, ok := d.open[n]; ok {
		delete(d.open, n)
		if err := db.Close(); err != nil {
			return fmt.Errorf("close bodies: %w", err)
		}
	}
	if d.folder == "" {
		return nil
	}
	for _, file := range sqliteFiles(d.path(n)) {
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("drop bodies: %w", err)
		}
	}
	return nil
}

func (d *dayFiles) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, db := range d.open {
		errs = append(errs, db.Close())
	}
	clear(d.open)
	return errors.Join(errs...)
}
