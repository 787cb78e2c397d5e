package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// group is what the sums of one answer need to know about a dimension.
type group struct {
	dimension
	key  string
	line *line // its line of a chart, once there is one
}

// sums is how to answer: what a request of a dimension at a time is added to
// (nil: nothing), from which grain down, and whether percentiles are asked for.
type sums struct {
	by          usage.Group
	coarsest    int64
	percentiles bool
	at          func(g *group, id int64) *tally
}

// Totals sums the matching requests.
func (db *DB) Totals(ctx context.Context, f usage.Filter) (usage.Totals, error) {
	var sum tally
	q := db.question(f)
	err := db.read(ctx, "sum records", func(ctx context.Context, tx bun.Tx) error {
		return q.sum(ctx, tx, sums{coarsest: daily, percentiles: true, at: func(*group, int64) *tally { return &sum }})
	})
	if err != nil {
		return usage.Totals{}, err
	}
	return sum.totals(), nil
}

// Breakdown sums them for each value of by, most requests first.
func (db *DB) Breakdown(ctx context.Context, f usage.Filter, by usage.Group) ([]usage.Row, error) {
	lines := map[string]*tally{}
	q := db.question(f)
	err := db.read(ctx, "sum records", func(ctx context.Context, tx bun.Tx) error {
		return q.sum(ctx, tx, sums{by: by, coarsest: daily, percentiles: true, at: func(g *group, _ int64) *tally {
			t, ok := lines[g.key]
			if !ok {
				t = new(tally)
				lines[g.key] = t
			}
			return t
		}})
	})
	if err != nil {
		return nil, err
	}
	rows := make([]usage.Row, 0, len(lines))
	for key, t := range lines {
		if t.requests > 0 {
			rows = append(rows, usage.Row{Key: key, Totals: t.totals()})
		}
	}
	slices.SortFunc(rows, func(a, b usage.Row) int {
		return cmp.Or(cmp.Compare(b.Totals.Requests, a.Totals.Requests), cmp.Compare(a.Key, b.Key))
	})
	return rows, nil
}

// sum adds every matching request to its place, from roll-ups as coarse as
// allowed where they can answer, else from the records.
func (q *question) sum(ctx context.Context, tx bun.Tx, how sums) error {
	groups, err := q.groups(ctx, tx, how.by)
	if err != nil {
		return err
	}
	if !q.exact() {
		how.coarsest = 0
	}
	parts, err := q.pieces(ctx, tx, how.coarsest)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if p.grain == 0 {
			err = q.sumRecords(ctx, tx, p, groups, how)
		} else {
			err = q.sumRollups(ctx, tx, p, groups, how)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// groups reads the dimensions that match, with the value they are grouped by.
func (q *question) groups(ctx context.Context, tx bun.Tx, by usage.Group) (map[int64]*group, error) {
	var rows []dimensionRow
	s := tx.NewSelect().Model(&rows)
	if err := q.whereDimension(s).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read dimensions: %w", err)
	}
	groups := make(map[int64]*group, len(rows))
	for i := range rows {
		key, err := rows[i].value(by)
		if err != nil {
			return nil, err
		}
		groups[rows[i].ID] = &group{dimension: rows[i].dimension, key: key}
	}
	return groups, nil
}

// value is the field of a dimension that by names.
func (d *dimension) value(by usage.Group) (string, error) {
	switch by {
	case usage.ByNone:
		return "", nil
	case usage.ByModel:
		return d.Model, nil
	case usage.ByBackend:
		return d.Backend, nil
	case usage.ByProvider:
		return d.Provider, nil
	case usage.ByClient:
		return d.Client, nil
	case usage.ByCaller:
		return d.Caller, nil
	case usage.ByDialect:
		return d.Dialect, nil
	case usage.ByOutcome:
		return string(d.Outcome), nil
	case usage.ByStopReason:
		return d.StopReason, nil
	}
	return "", fmt.Errorf("cannot group by %q", by)
}

// pieces cuts the range into what is answered from where. A range that
// reaches past the newest record ends with a whole hour, so that the hour
// under way is read from its roll-up and not row by row.
func (q *question) pieces(ctx context.Context, tx bun.Tx, coarsest int64) ([]piece, error) {
	if coarsest == 0 {
		return pieces(q.from, q.to, 0, 0), nil
	}
	newest, err := newestID(ctx, tx)
	if err != nil {
		return nil, err
	}
	rolled, err := rolledDays(ctx, tx)
	if err != nil {
		return nil, err
	}
	to := q.to
	if to > newest {
		to = ceil(newest+1, hour)
	}
	return pieces(q.from, to, coarsest, rolled*day), nil
}

// newestID is the last record's, 0 when there is none.
func newestID(ctx context.Context, tx bun.IDB) (int64, error) {
	var id int64
	err := tx.NewSelect().Model((*row)(nil)).Column("id").OrderExpr("id DESC").Limit(1).Scan(ctx, &id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read newest record: %w", err)
	}
	return id, nil
}

// sumRollups adds stored cells. Their number is that of hours or days times
// the dimensions in use, whatever the number of requests.
func (q *question) sumRollups(ctx context.Context, tx bun.Tx, p piece, groups map[int64]*group, how sums) error {
	return readRollups(ctx, tx, p, how.percentiles, func(id int64, h head) *cell {
		g, ok := groups[h.dimension]
		if !ok {
			return nil
		}
		t := how.at(g, id)
		if t == nil {
			return nil
		}
		t.count(&g.dimension, h.requests)
		return &t.cell
	})
}

// readRollups decodes the cells of a piece; into gets the first id of their
// span.
func readRollups(ctx context.Context, tx bun.IDB, p piece, percentiles bool, into func(id int64, h head) *cell) error {
	span := p.grain * hour
	rows, err := tx.NewSelect().Model((*rollupRow)(nil)).Column("start", "cells").
		Where("grain = ? AND start >= ? AND start < ?", p.grain, p.from/span, p.to/span).Rows(ctx)
	if err != nil {
		return fmt.Errorf("read roll-ups: %w", err)
	}
	defer rows.Close()
	var start int64
	var cells sql.RawBytes
	at := func(h head) *cell { return into(start*span, h) }
	for rows.Next() {
		if err := rows.Scan(&start, &cells); err != nil {
			return fmt.Errorf("read roll-ups: %w", err)
		}
		if err := decodeCells(cells, percentiles, at); err != nil {
			return fmt.Errorf("roll-up %d of grain %d: %w", start, p.grain, err)
		}
	}
	return rows.Err()
}

// sumRecords adds records one by one.
func (q *question) sumRecords(ctx context.Context, tx bun.Tx, p piece, groups map[int64]*group, how sums) error {
	s := tx.NewSelect().Model((*row)(nil)).
		ColumnExpr("r.id, r.dimension, r.input, r.cache_read, r.cache_write, r.cache_write_1h, r.output, r.reasoning, "+
			"r.first_token_us, r.total_us").
		Where("r.id >= ? AND r.id < ?", p.from, p.to)
	rows, err := q.whereRecord(tx, s).Rows(ctx)
	if err != nil {
		return fmt.Errorf("read records: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.ID, &r.Dimension, &r.Input, &r.CacheRead, &r.CacheWrite, &r.CacheWrite1h, &r.Output,
			&r.Reasoning, &r.FirstOut, &r.Total); err != nil {
			return fmt.Errorf("read records: %w", err)
		}
		g, ok := groups[r.Dimension]
		if !ok {
			continue
		}
		if t := how.at(g, r.ID); t != nil {
			t.count(&g.dimension, 1)
			t.add(&g.dimension, r.ID, r.usage(), r.FirstOut, r.Total)
		}
	}
	return rows.Err()
}
