package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// batch is what one Append is about to store.
type batch struct {
	entries []usage.Entry
	rows    []row
	dims    []dimension
	routes  []route
	bodies  map[int][]byte // compressed, by index
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
	if err := db.backend.prepareBodies(ctx, b.bodyRows()); err != nil {
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
		rec.ID, rec.HasBodies = usage.ID(b.rows[i].ID), b.rows[i].HasBodies
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
		bodies:  map[int][]byte{},
		stored:  make([]bool, len(entries)),
	}
	for i := range entries {
		var err error
		if b.rows[i], b.dims[i], b.routes[i], err = split(&entries[i]); err != nil {
			return nil, err
		}
		if entries[i].Bodies != nil {
			if b.bodies[i], err = db.zstd.compress(entries[i].Bodies); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// bodyRows are the bodies under the ids their records have now.
func (b *batch) bodyRows() []body {
	rows := make([]body, 0, len(b.bodies))
	for i := range b.rows {
		if data, ok := b.bodies[i]; ok {
			rows = append(rows, body{ID: b.rows[i].ID, Data: data})
		}
	}
	return rows
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
	if err := db.insertRows(ctx, tx, b); err != nil {
		return err
	}
	if err := db.rollUp(ctx, tx, b); err != nil {
		return err
	}
	return db.storeBodies(ctx, tx, b)
}

// chunks are the numbers of rows that one INSERT takes: a full batch is a
// handful of statements, and each is prepared once. This is the hot path:
// bun, which renders values into the text of the statement, takes twice the
// time for it.
var chunks = [...]int{32, 8, 1}

func (db *DB) insertRows(ctx context.Context, tx bun.Tx, b *batch) error {
	values := make([]any, 0, 32*rowWidth)
	for from := 0; from < len(b.rows); {
		n := chunks[len(chunks)-1]
		for _, size := range chunks {
			if size <= len(b.rows)-from {
				n = size
				break
			}
		}
		values = values[:0]
		for i := from; i < from+n; i++ {
			values = b.rows[i].appendValues(values)
		}
		added, err := db.insertChunk(ctx, tx, n, values)
		if err != nil {
			return err
		}
		for i := from; i < from+n; i++ {
			if added[b.rows[i].ID] {
				delete(added, b.rows[i].ID) // a second one of that id was not added
				b.stored[i] = true
				continue
			}
			if b.stored[i], err = db.insertTaken(ctx, tx, &b.rows[i]); err != nil {
				return err
			}
		}
		from += n
	}
	return nil
}

// rowWidth is the number of values in a row.
var rowWidth = strings.Count(rowColumns, ",") + 1

// insertChunk inserts rows and returns the ids that were free.
func (db *DB) insertChunk(ctx context.Context, tx bun.Tx, n int, values []any) (map[int64]bool, error) {
	rows, err := tx.Tx.StmtContext(ctx, db.inserts[n]).QueryContext(ctx, values...)
	if err != nil {
		return nil, fmt.Errorf("insert: %w", err)
	}
	defer rows.Close()
	added := make(map[int64]bool, n)
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("insert: %w", err)
		}
		added[id] = true
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("insert: %w", err)
	}
	return added, nil
}

// prepareInserts is part of Open: inside a transaction there may be no second
// connection to prepare on.
func (db *DB) prepareInserts(ctx context.Context) error {
	for _, n := range chunks {
		stmt, err := db.writer.DB.PrepareContext(ctx, db.insertText(n))
		if err != nil {
			return fmt.Errorf("prepare insert: %w", err)
		}
		db.inserts[n] = stmt
	}
	return nil
}

func (db *DB) insertText(n int) string {
	var s strings.Builder
	s.WriteString("INSERT INTO records (" + rowColumns + ") VALUES ")
	for i := range n {
		if i > 0 {
			s.WriteByte(',')
		}
		s.WriteByte('(')
		for j := range rowWidth {
			if j > 0 {
				s.WriteByte(',')
			}
			s.WriteString(db.backend.placeholder(i*rowWidth + j + 1))
		}
		s.WriteByte(')')
	}
	s.WriteString(" ON CONFLICT (id) DO NOTHING RETURNING id")
	return s.String()
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
			return added[r.ID], err
		case err != nil:
			return false, fmt.Errorf("read record %d: %w", r.ID, err)
		case there == r.RequestID:
			return false, nil
		}
		r.ID++
	}
}

// storeBodies stores the bodies of the rows that were added, last, so that
// little can fail after it.
func (db *DB) storeBodies(ctx context.Context, tx bun.Tx, b *batch) error {
	var bodies []body
	counts := map[int64]int64{}
	for i, data := range b.bodies {
		if b.stored[i] {
			bodies = append(bodies, body{ID: b.rows[i].ID, Data: data})
			counts[b.rows[i].ID/day]++
		}
	}
	if len(bodies) == 0 {
		return nil
	}
	for n, count := range counts {
		_, err := tx.NewRaw("INSERT INTO body_days (day, bodies) VALUES (?, ?) ON CONFLICT (day) DO UPDATE "+
			"SET bodies = body_days.bodies + EXCLUDED.bodies", n, count).Exec(ctx)
		if err != nil {
			return fmt.Errorf("count bodies: %w", err)
		}
	}
	return db.backend.putBodies(ctx, tx, bodies)
}
