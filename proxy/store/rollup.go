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

// spanKey names one cell. Dimension 0 is the packed row of a span.
type spanKey struct {
	Grain     int64
	Start     int64 // in grains since 1970
	Dimension int64
}

// rollupRow is a row of the roll-ups.
type rollupRow struct {
	bun.BaseModel `bun:"table:rollups,alias:u"`

	spanKey `bun:",embed"`
	Cells   []byte
}

// rollUp adds the new rows of a batch to their hour and day.
func (db *DB) rollUp(ctx context.Context, tx bun.Tx, b *batch) error {
	cells := map[spanKey]*cell{}
	for i := range b.rows {
		if !b.stored[i] {
			continue
		}
		r := &b.rows[i]
		for _, grain := range [...]int64{hourly, daily} {
			key := spanKey{Grain: grain, Start: r.ID / (grain * hour), Dimension: r.Dimension}
			c, ok := cells[key]
			if !ok {
				c = new(cell)
				cells[key] = c
			}
			c.add(&b.dims[i], r.usage(), r.FirstOut, r.Total)
		}
	}
	if len(cells) == 0 {
		return nil
	}
	if err := addStored(ctx, tx, cells); err != nil {
		return err
	}
	return writeCells(ctx, tx, cells)
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
			if err := decodeCells(rows[i].Cells, func(int64, int64) *cell { return c }); err != nil {
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
