package store

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// listNarrow lists the newest records of a question about dimensions. The
// roll-ups know which hours hold any, and only these are read: a rare value
// is found among ten million records without an index on it.
func listNarrow(ctx context.Context, tx bun.Tx, q *question, limit int) ([]stored, error) {
	wanted, err := q.groups(ctx, tx, usage.ByNone)
	if err != nil || len(wanted) == 0 {
		return nil, err
	}
	newest, err := newestID(ctx, tx)
	if err != nil {
		return nil, err
	}
	to := min(q.to, newest+1)
	oldest, err := oldestHour(ctx, tx)
	if err != nil {
		return nil, err
	}
	from := max(q.from, oldest*hour)
	var found []stored
	// Look back a day at first and twice as far each time: usual values turn
	// up at once, rare ones deserve the longer look.
	for width := day; from < to && len(found) < limit; width *= 2 {
		low := max(from, floor(to-1, hour)-width)
		hours, err := hoursWith(ctx, tx, wanted, low, to)
		if err != nil {
			return nil, err
		}
		for _, r := range stretches(hours) {
			part := *q
			part.from, part.to = max(r.from, low), min(r.to, to)
			more, err := listRange(ctx, tx, &part, false, limit-len(found))
			if err != nil {
				return nil, err
			}
			if found = append(found, more...); len(found) >= limit {
				return found, nil
			}
		}
		to = low
	}
	return found, nil
}

// oldestHour is the first hour of any roll-up.
func oldestHour(ctx context.Context, tx bun.Tx) (int64, error) {
	var first []int64
	err := tx.NewSelect().Model((*rollupRow)(nil)).Column("start").Where("grain = ?", hourly).
		OrderExpr("start").Limit(1).Scan(ctx, &first)
	if err != nil || len(first) == 0 {
		return 0, err
	}
	return first[0], nil
}

// hoursWith lists the hours that hold a wanted dimension, newest first. Days
// are asked before their hours where the range is long.
func hoursWith(ctx context.Context, tx bun.Tx, wanted map[int64]*group, from, to int64) ([]int64, error) {
	rolled, err := rolledDays(ctx, tx)
	if err != nil {
		return nil, err
	}
	coarsest := int64(hourly)
	if to-from > 2*day {
		coarsest = daily
	}
	var hours []int64
	parts := pieces(floor(from, hour), ceil(to, hour), coarsest, rolled*day)
	for len(parts) > 0 {
		p := parts[0]
		parts = parts[1:]
		var starts []int64
		err := readRollups(ctx, tx, p, false, func(id int64, h head) *cell {
			if _, ok := wanted[h.dimension]; ok {
				starts = append(starts, id)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		slices.Sort(starts)
		for _, id := range slices.Compact(starts) {
			if p.grain == daily {
				parts = append(parts, piece{hourly, id, id + day})
			} else {
				hours = append(hours, id)
			}
		}
	}
	slices.Sort(hours)
	slices.Reverse(hours)
	return hours, nil
}

// stretches joins hours that follow each other, newest first.
func stretches(hours []int64) []piece {
	var out []piece
	for _, h := range hours {
		if n := len(out); n > 0 && out[n-1].from == h+hour {
			out[n-1].from = h
			continue
		}
		out = append(out, piece{from: h, to: h + hour})
	}
	return out
}
