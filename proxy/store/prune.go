package store

import (
	"context"
	"time"
)

// Prune drops bodies past their age or the size cap, whole days at a time,
// oldest first. A limit of zero or less is none. Today goes only when it is
// over the cap by itself.
func (db *DB) Prune(ctx context.Context, now time.Time, maxAge time.Duration, maxBytes int64) error {
	days, err := db.backend.bodyDays(ctx)
	if err != nil {
		return db.fail("list bodies", err)
	}
	var total int64
	for _, d := range days {
		total += d.bytes
	}
	for _, d := range days {
		old := maxAge > 0 && (d.day+1)*day <= now.Add(-maxAge).UnixMicro()
		if !old && (maxBytes <= 0 || total <= maxBytes) {
			continue
		}
		if err := db.dropDay(ctx, d.day); err != nil {
			return db.fail("drop bodies of "+timeOf(d.day*day).Format(time.DateOnly), err)
		}
		total -= d.bytes
	}
	return nil
}

func (db *DB) dropDay(ctx context.Context, n int64) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := db.backend.dropBodies(ctx, n); err != nil {
		return err
	}
	_, err := db.writer.NewDelete().Table("body_days").Where("day = ?", n).Exec(ctx)
	return err
}
