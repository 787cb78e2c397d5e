package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// batch is what one Append is about to store.
type batch struct {
	entries []usage.Entry
	rows    []row
	dims    []dimension
	routes  []route
	parcels []parcel
	// stored marks the rows that this transaction has added; the others were
	// there before.
	stored []bool
}

// Append stores entries in one transaction. An entry whose id another
// process has taken gets the next free one, in entries as well.
func (db *DB) Append(ctx context.Context, entries []usage.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	b, err := db.newBatch(entries)
	if err != nil {
		return fmt.Errorf("%w: %w", usage.ErrRejected, err)
	}
	if err := db.backend.prepareParcels(ctx, b.parcels); err != nil {
		return db.fail("store bodies", err)
	}
	err = db.writer.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		return db.append(ctx, tx, b)
	})
	if err != nil {
		db.dimensions.rolledBack()
		db.routes.rolledBack()
		return db.fail("store records", err)
	}
	db.dimensions.committed()
	db.routes.committed()
	if newest := b.newest(); newest > 0 {
		db.packed = newest
	}
	for i := range b.rows {
		rec := &entries[i].Record
		rec.ID, rec.HasBodies = usage.ID(b.rows[i].ID), b.rows[i].Parcel != 0
	}
	return nil
}

// newBatch does what needs no database, compression above all, so that the
// transaction is short.
func (db *DB) newBatch(entries []usage.Entry) (*batch, error) {
	b := &batch{
		entries: entries,
		rows:    make([]row, len(entries)),
		dims:    make([]dimension, len(entries)),
		routes:  make([]route, len(entries)),
		stored:  make([]bool, len(entries)),
	}
	for i := range entries {
		var err error
		if b.rows[i], b.dims[i], b.routes[i], err = split(&entries[i]); err != nil {
			return nil, err
		}
	}
	var err error
	if b.parcels, err = db.zstd.parcels(b); err != nil {
		return nil, err
	}
	return b, nil
}

// newest is the hour of the newest row that was added, 0 when none was.
func (b *batch) newest() int64 {
	var newest int64
	for i := range b.rows {
		if b.stored[i] {
			newest = max(newest, b.rows[i].ID/hour)
		}
	}
	return newest
}

func (db *DB) append(ctx context.Context, tx bun.Tx, b *batch) error {
	if err := db.backend.lock(ctx, tx); err != nil {
		return err
	}
	for i := range b.rows {
		var err error
		if b.rows[i].Dimension, err = db.dimensions.number(ctx, tx, b.dims[i]); err != nil {
			return err
		}
		if b.rows[i].Route, err = db.routes.number(ctx, tx, b.routes[i]); err != nil {
			return err
		}
	}
	if err := db.storeParcels(ctx, tx, b); err != nil {
		return err
	}
	if err := db.insertRows(ctx, tx, b); err != nil {
		return err
	}
	if err := db.countBodies(ctx, tx, b); err != nil {
		return err
	}
	return db.rollUp(ctx, tx, b)
}

func (db *DB) insertRows(ctx context.Context, tx bun.Tx, b *batch) error {
	values := make([]any, 0, manyRows*rowWidth)
	for from, to := range chunks(len(b.rows)) {
		values = values[:0]
		for i := from; i < to; i++ {
			values = b.rows[i].appendValues(values)
		}
		added, err := db.insertChunk(ctx, tx, to-from, values)
		if err != nil {
			return err
		}
		for i := from; i < to; i++ {
			if n := slices.Index(added, b.rows[i].ID); n >= 0 {
				added = slices.Delete(added, n, n+1) // a second one of that id was not added
				b.stored[i] = true
				continue
			}
			if b.stored[i], err = db.insertTaken(ctx, tx, &b.rows[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// insertChunk inserts n rows and returns the ids that were free.
func (db *DB) insertChunk(ctx context.Context, tx bun.Tx, n int, values []any) ([]int64, error) {
	added := make([]int64, 0, n)
	err := each(ctx, tx, db.statements.insertRecords[n], values, func(scan func(into ...any) error) error {
		var id int64
		err := scan(&id)
		added = append(added, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("insert: %w", err)
	}
	return added, nil
}

// insertTaken settles a row whose id is in the table. The same request is
// being sent again and is left alone; another one moved into the same
// microsecond from another process, and this one takes the next that is free.
func (db *DB) insertTaken(ctx context.Context, tx bun.Tx, r *row) (bool, error) {
	for {
		var there string
		err := tx.NewSelect().Model((*row)(nil)).Column("request_id").Where("id = ?", r.ID).Scan(ctx, &there)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			added, err := db.insertChunk(ctx, tx, 1, r.appendValues(nil))
			return len(added) > 0, err
		case err != nil:
			return false, fmt.Errorf("read record %d: %w", r.ID, err)
		case there == r.RequestID:
			return false, nil
		}
		r.ID++
	}
}
