package store

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// Values lists the values a field has taken, most recent use first. The
// roll-ups know when each dimension was last used.
func (db *DB) Values(ctx context.Context, by usage.Group, limit int) ([]string, error) {
	if by == usage.ByNone {
		return nil, errors.New("values need a field")
	}
	q := db.question(usage.Filter{})
	last := map[string]int64{}
	err := db.read(ctx, "list values", func(ctx context.Context, tx bun.Tx) error {
		groups, err := q.groups(ctx, tx, by)
		if err != nil {
			return err
		}
		return q.scan(ctx, tx, func(h head) {
			if g, ok := groups[h.dimension]; ok && g.key != "" {
				last[g.key] = max(last[g.key], h.last)
			}
		})
	})
	if err != nil {
		return nil, err
	}
	values := make([]string, 0, len(last))
	for v := range last {
		values = append(values, v)
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Or(cmp.Compare(last[b], last[a]), cmp.Compare(a, b)) })
	if limit > 0 && len(values) > limit {
		values = values[:limit]
	}
	return values, nil
}

// scan visits every roll-up that is needed to cover all records, without
// decoding more than its head.
func (q *question) scan(ctx context.Context, tx bun.Tx, visit func(head)) error {
	parts, err := q.pieces(ctx, tx, daily)
	if err != nil {
		return err
	}
	for _, p := range parts {
		err := readRollups(ctx, tx, p, false, func(_ int64, h head) *cell {
			visit(h)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Size measures the store.
func (db *DB) Size(ctx context.Context) (usage.Size, error) {
	var s usage.Size
	q := db.question(usage.Filter{})
	err := db.read(ctx, "measure", func(ctx context.Context, tx bun.Tx) error {
		if err := q.scan(ctx, tx, func(h head) { s.Records += h.requests }); err != nil {
			return err
		}
		return tx.NewSelect().Table("body_days").ColumnExpr("coalesce(sum(bodies), 0)").Scan(ctx, &s.Bodies)
	})
	if err != nil {
		return s, err
	}
	if s.Bytes, err = db.backend.size(ctx); err != nil {
		return s, db.fail("measure", err)
	}
	days, err := db.backend.bodyDays(ctx)
	if err != nil {
		return s, db.fail("measure bodies", err)
	}
	for _, d := range days {
		s.Body += d.bytes
	}
	return s, nil
}
