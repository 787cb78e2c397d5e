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

// maxPage bounds one page of a list.
const maxPage = 1000

// List returns matching records, newest first. Conditions that roll-ups do not
// know (request id, text, duration) are tried on every record of the range:
// some 0.2 s for each million. An index on the request id would add a third to
// the size of the table and a random page to every insert, for a question
// that is rare.
//
// With Page.After alone they are the ones next to it, so that repeating the
// call with the newest seen catches up without a gap.
func (db *DB) List(ctx context.Context, f usage.Filter, p usage.Page) ([]usage.Record, error) {
	q := db.question(f)
	if p.Before > 0 {
		q.to = min(q.to, int64(p.Before))
	}
	if p.After > 0 {
		q.from = max(q.from, int64(p.After)+1)
	}
	limit := p.Limit
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	ascending := p.After > 0 && p.Before == 0
	var found []stored
	err := db.read(ctx, "list records", func(ctx context.Context, tx bun.Tx) (err error) {
		if q.narrow() && !ascending {
			found, err = listNarrow(ctx, tx, &q, limit)
		} else {
			found, err = listRange(ctx, tx, &q, ascending, limit)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if ascending {
		slices.Reverse(found)
	}
	return db.joinAll(found)
}

func listRange(ctx context.Context, tx bun.Tx, q *question, ascending bool, limit int) ([]stored, error) {
	order := "r.id DESC"
	if ascending {
		order = "r.id ASC"
	}
	var found []stored
	s := selectStored(tx, &found).Where("r.id >= ? AND r.id < ?", q.from, q.to).OrderExpr(order).Limit(int64(limit))
	if err := q.whereRecord(tx, s).Scan(ctx); err != nil {
		return nil, fmt.Errorf("select records: %w", err)
	}
	return found, nil
}

// selectStored reads records with their text. The joins are outer ones to
// keep SQLite from beginning with the dictionary: the order of the rows is
// that of their key, and only as many are read as are wanted.
func selectStored(tx bun.IDB, into *[]stored) *bun.SelectQuery {
	return tx.NewSelect().Model(into).ColumnExpr("r.*").
		ColumnExpr("d.model, d.backend, d.provider, d.client, d.caller, d.dialect, d.outcome, d.stop_reason, d.error_kind, d.stream, d.tools").
		ColumnExpr("t.path, t.target_dialect, t.target_model, t.config_version, t.key_name").
		Join("LEFT JOIN dimensions AS d ON d.id = r.dimension").
		Join("LEFT JOIN routes AS t ON t.id = r.route")
}

func (db *DB) joinAll(found []stored) ([]usage.Record, error) {
	records := make([]usage.Record, len(found))
	for i := range found {
		var err error
		if records[i], err = found[i].join(); err != nil {
			return nil, db.fail("read record", err)
		}
	}
	return records, nil
}

// Get returns one record with its attempts.
func (db *DB) Get(ctx context.Context, id usage.ID) (usage.Record, error) {
	var found []stored
	err := selectStored(db.reader, &found).Where("r.id = ?", int64(id)).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return usage.Record{}, db.fail("read record", err)
	}
	if len(found) == 0 {
		return usage.Record{}, fmt.Errorf("request %d: %w", id, usage.ErrNotFound)
	}
	records, err := db.joinAll(found)
	if err != nil {
		return usage.Record{}, err
	}
	return records[0], nil
}
