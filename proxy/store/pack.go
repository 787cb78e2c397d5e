package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"
)

// lookBack is how many spans before the present are packed, so that a
// restart after a while packs what the last run left. Entries that arrive later
// than that stay beside the packed row, which is as right and only slower.
const lookBack = 7 * 24

// pack makes one row of each span that is over, once when an hour begins.
// Reading a month by the hour is then some 700 rows instead of a hundred
// times as many: the cost of a row, not of what it says, is what a chart
// waits for.
func (db *DB) pack(ctx context.Context, tx bun.Tx, b *batch) error {
	now := b.newest()
	if now <= db.packed {
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
			if err := db.packSpan(ctx, tx, grain, start); err != nil {
				return err
			}
		}
	}
	return nil
}

func (db *DB) packSpan(ctx context.Context, tx bun.Tx, grain, start int64) error {
	var rows []rollupRow
	if err := tx.NewSelect().Model(&rows).Where("grain = ? AND start = ?", grain, start).Scan(ctx); err != nil {
		return fmt.Errorf("read roll-ups to pack: %w", err)
	}
	cells := map[int64]*cell{}
	into := func(dimension, _ int64) *cell {
		c, ok := cells[dimension]
		if !ok {
			c = new(cell)
			cells[dimension] = c
		}
		return c
	}
	for i := range rows {
		if err := decodeCells(rows[i].Cells, into); err != nil {
			// New records matter more than a tidy past.
			db.log.Error("a roll-up is damaged and stays unpacked", "grain", grain, "start", start, "err", err)
			return nil
		}
	}
	packed := []byte{cellFormat}
	for _, dimension := range slices.Sorted(maps.Keys(cells)) {
		packed = appendCell(packed, dimension, cells[dimension].append(nil))
	}
	if _, err := tx.NewDelete().Model((*rollupRow)(nil)).Where("grain = ? AND start = ?", grain, start).Exec(ctx); err != nil {
		return fmt.Errorf("clear packed roll-ups: %w", err)
	}
	row := rollupRow{spanKey: spanKey{Grain: grain, Start: start}, Cells: packed}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return fmt.Errorf("write packed roll-up: %w", err)
	}
	return nil
}
