package store

import (
	"cmp"
	"context"
	"fmt"
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

// rolledDays is the first day that has not been summed from its hours; the
// days before it have, and are kept up with what arrives late.
func rolledDays(ctx context.Context, tx bun.IDB) (int64, error) {
	var last []int64
	err := tx.NewSelect().Model((*rollupRow)(nil)).Column("start").Where("grain = ?", daily).
		OrderExpr("start DESC").Limit(1).Scan(ctx, &last)
	if err != nil {
		return 0, fmt.Errorf("read the last day: %w", err)
	}
	if len(last) == 0 {
		return 0, nil
	}
	return last[0] + 1, nil
}

// rollUp adds the new rows of a batch to their hours, and to their days where
// these have been summed already.
func (db *DB) rollUp(ctx context.Context, tx bun.Tx, b *batch) error {
	rolled, err := rolledDays(ctx, tx)
	if err != nil {
		return err
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
	if err := addStored(ctx, tx, cells); err != nil {
		return err
	}
	if err := writeCells(ctx, tx, cells); err != nil {
		return err
	}
	return db.pack(ctx, tx, b, rolled)
}

// addStored adds to each cell what is stored of it. A batch spans one hour
// and one day, rarely two.
func addStored(ctx context.Context, tx bun.Tx, cells map[spanKey]*cell) error {
	spans := map[spanKey][]int64{}
	for k := range cells {
		span := spanKey{Grain: k.Grain, Start: k.Start}
		spans[span] = append(spans[span], k.Dimension)
	}
	for span, dims := range spans {
		var rows []rollupRow
		err := tx.NewSelect().Model(&rows).Where("grain = ? AND start = ? AND dimension IN (?)",
			span.Grain, span.Start, bun.List(dims)).Scan(ctx)
		if err != nil {
			return fmt.Errorf("read roll-ups: %w", err)
		}
		for i := range rows {
			c := cells[rows[i].spanKey]
			if err := decodeCells(rows[i].Cells, func(head) *cell { return c }); err != nil {
				return fmt.Errorf("roll-up %v: %w", rows[i].spanKey, err)
			}
		}
	}
	return nil
}

func writeCells(ctx context.Context, tx bun.Tx, cells map[spanKey]*cell) error {
	rows := make([]rollupRow, 0, len(cells))
	for k, c := range cells {
		rows = append(rows, rollupRow{spanKey: k, Cells: encodeCell(k.Dimension, c)})
	}
	// In the order of the key, so that neighbours share a page.
	slices.SortFunc(rows, func(a, b rollupRow) int {
		return cmp.Or(cmp.Compare(a.Grain, b.Grain), cmp.Compare(a.Start, b.Start), cmp.Compare(a.Dimension, b.Dimension))
	})
	_, err := tx.NewInsert().Model(&rows).On("CONFLICT (grain, start, dimension) DO UPDATE").
		Set("cells = EXCLUDED.cells").Exec(ctx)
	if err != nil {
		return fmt.Errorf("write roll-ups: %w", err)
	}
	return nil
}
