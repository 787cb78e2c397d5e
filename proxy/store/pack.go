package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// lookBack is how many spans before the present are packed, so that a
// restart after a while packs what the last run left. Entries that arrive later
// than that stay beside the packed row, which is as right and only slower.
const lookBack = 7 * 24

// pack makes one row of each hour that is over, once when an hour begins, and
// one of each day. Reading a month by the hour is then some 700 rows instead of
// a hundred times as many: the cost of a row, not of what it says, is what a
// chart waits for. What counts is that the hour is another one, not a later
// one: a clock that once ran ahead must not stop the packing.
func (db *DB) pack(ctx context.Context, tx bun.Tx, b *batch, rolled int64) error {
	now := b.newest()
	if now == 0 || now == db.packed {
		return nil
	}
	for _, grain := range [...]int64{hourly, daily} {
		end := now / grain
		var starts []int64
		err := tx.NewSelect().Model((*rollupRow)(nil)).Column("start").Distinct().
			Where("grain = ? AND start >= ? AND start < ? AND dimension <> 0", grain, end-lookBack, end).Scan(ctx, &starts)
		if err != nil {
			return fmt.Errorf("find roll-ups to pack: %w", err)
		}
		for _, start := range starts {
			if err := db.packSpan(ctx, tx, spanKey{Grain: grain, Start: start}); err != nil {
				return err
			}
		}
	}
	return db.rollDays(ctx, tx, rolled, now/daily)
}

// packSpan makes one row of all rows of a span.
func (db *DB) packSpan(ctx context.Context, tx bun.Tx, span spanKey) error {
	var rows []rollupRow
	if err := tx.NewSelect().Model(&rows).Where("grain = ? AND start = ?", span.Grain, span.Start).Scan(ctx); err != nil {
		return fmt.Errorf("read roll-ups to pack: %w", err)
	}
	packed, err := packRows(rows)
	if err != nil {
		// New records matter more than a tidy past.
		db.log.Error("a roll-up is damaged and stays unpacked", "grain", span.Grain, "start", span.Start, "err", err)
		return nil
	}
	if _, err := tx.NewDelete().Model((*rollupRow)(nil)).Where("grain = ? AND start = ?", span.Grain, span.Start).Exec(ctx); err != nil {
		return fmt.Errorf("clear packed roll-ups: %w", err)
	}
	return writePacked(ctx, tx, span, packed)
}

// rollDays sums the hours of each day that is over and was not summed yet.
func (db *DB) rollDays(ctx context.Context, tx bun.Tx, rolled, today int64) error {
	var days []int64
	err := tx.NewSelect().Model((*rollupRow)(nil)).ColumnExpr("start / ?", daily).Distinct().
		Where("grain = ? AND start >= ? AND start < ?", hourly, rolled*daily, today*daily).Scan(ctx, &days)
	if err != nil {
		return fmt.Errorf("find days to sum: %w", err)
	}
	for _, d := range days {
		var rows []rollupRow
		err := tx.NewSelect().Model(&rows).
			Where("grain = ? AND start >= ? AND start < ?", hourly, d*daily, (d+1)*daily).Scan(ctx)
		if err != nil {
			return fmt.Errorf("read hours: %w", err)
		}
		packed, err := packRows(rows)
		if err != nil {
			return fmt.Errorf("sum the hours of %s: %w", timeOf(d*day).Format(time.DateOnly), err)
		}
		if err := writePacked(ctx, tx, spanKey{Grain: daily, Start: d}, packed); err != nil {
			return err
		}
	}
	return nil
}

// packRows merges rows into one blob.
func packRows(rows []rollupRow) ([]byte, error) {
	cells := map[int64]*cell{}
	into := func(h head) *cell {
		c, ok := cells[h.dimension]
		if !ok {
			c = new(cell)
			cells[h.dimension] = c
		}
		return c
	}
	for i := range rows {
		if err := decodeCells(rows[i].Cells, true, into); err != nil {
			return nil, err
		}
	}
	packed := []byte{cellFormat}
	for _, dimension := range slices.Sorted(maps.Keys(cells)) {
		packed = appendCell(packed, dimension, cells[dimension].append(nil))
	}
	return packed, nil
}

func writePacked(ctx context.Context, tx bun.Tx, span spanKey, packed []byte) error {
	row := rollupRow{spanKey: span, Cells: packed}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return fmt.Errorf("write packed roll-up: %w", err)
	}
	return nil
}
