package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"
)

// The grains of roll-ups, in hours.
const (
	hourly = 1
	daily  = 24
)

// spanKey names one cell.
type spanKey struct {
	Grain     int64
	Start     int64 // in grains since 1970
	Dimension int64 // 0: the packed row of all dimensions
}

// rollupRow is a row of the roll-ups.
type rollupRow struct {
	bun.BaseModel `bun:"table:rollups,alias:u"`

	spanKey `bun:",embed"`
	Cells   []byte
}

// selectRolledDays is the first day that has not been summed from its hours;
// the days before it have, and are kept up with what arrives late.
const selectRolledDays = "SELECT coalesce(max(start), -1) + 1 FROM rollups WHERE grain = 24"

func rolledDays(ctx context.Context, tx bun.Tx) (int64, error) {
	var days int64
	if err := tx.QueryRowContext(ctx, selectRolledDays).Scan(&days); err != nil {
		return 0, fmt.Errorf("read the last day: %w", err)
	}
	return days, nil
}

// rollUp adds the new rows of a batch to their hours, and to their days where
// these have been summed already.
func (db *DB) rollUp(ctx context.Context, tx bun.Tx, b *batch) error {
	var rolled int64
	err := each(ctx, tx, db.statements.rolledDays, nil, func(scan func(into ...any) error) error { return scan(&rolled) })
	if err != nil {
		return fmt.Errorf("read the last day: %w", err)
	}
	cells := map[spanKey]*cell{}
	for i := range b.rows {
		if !b.stored[i] {
			continue
		}
		r := &b.rows[i]
		keys := []spanKey{{Grain: hourly, Start: r.ID / hour, Dimension: r.Dimension}}
		if r.ID/day < rolled {
			keys = append(keys, spanKey{Grain: daily, Start: r.ID / day, Dimension: r.Dimension})
		}
		for _, key := range keys {
			c, ok := cells[key]
			if !ok {
				c = new(cell)
				cells[key] = c
			}
			c.add(&b.dims[i], r.ID, r.usage(), r.FirstOut, r.Total)
		}
	}
	if len(cells) == 0 {
		return nil
	}
	if err := db.addStored(ctx, tx, cells); err != nil {
		return err
	}
	if err := db.writeCells(ctx, tx, cells); err != nil {
		return err
	}
	return db.pack(ctx, tx, b, rolled)
}

// addStored adds to each cell what is stored of it. A batch spans one hour
// and one day, rarely two.
func (db *DB) addStored(ctx context.Context, tx bun.Tx, cells map[spanKey]*cell) error {
	spans := map[spanKey][]int64{}
	for k := range cells {
		span := spanKey{Grain: k.Grain, Start: k.Start}
		spans[span] = append(spans[span], k.Dimension)
	}
	for span, all := range spans {
		for dims := range slices.Chunk(all, rollupsAtOnce) {
			args := make([]any, 2, 2+rollupsAtOnce)
			args[0], args[1] = span.Grain, span.Start
			for i := range rollupsAtOnce {
				args = append(args, dims[min(i, len(dims)-1)])
			}
			err := each(ctx, tx, db.statements.readRollups, args, func(scan func(into ...any) error) error {
				key := span
				var blob sql.RawBytes
				if err := scan(&key.Dimension, &blob); err != nil {
					return err
				}
				if err := decodeCells(blob, true, func(head) *cell { return cells[key] }); err != nil {
					return fmt.Errorf("roll-up %v: %w", key, err)
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("read roll-ups: %w", err)
			}
		}
	}
	return nil
}

func (db *DB) writeCells(ctx context.Context, tx bun.Tx, cells map[spanKey]*cell) error {
	// In the order of the key, so that neighbours share a page.
	keys := slices.SortedFunc(maps.Keys(cells), func(a, b spanKey) int {
		return cmp.Or(cmp.Compare(a.Grain, b.Grain), cmp.Compare(a.Start, b.Start), cmp.Compare(a.Dimension, b.Dimension))
	})
	values := make([]any, 0, 4*min(len(keys), manyRows))
	for from, to := range chunks(len(keys)) {
		values = values[:0]
		for _, k := range keys[from:to] {
			values = append(values, k.Grain, k.Start, k.Dimension, encodeCell(k.Dimension, cells[k]))
		}
		if err := run(ctx, tx, db.statements.writeRollups[to-from], values...); err != nil {
			return fmt.Errorf("write roll-ups: %w", err)
		}
	}
	return nil
}
