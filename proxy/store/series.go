package store

import (
	"context"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

func (db *DB) Series(ctx context.Context, f usage.Filter, by usage.Group, step time.Duration, limit int) (usage.SeriesSet, error) {
	return usage.SeriesSet{}, nil
}
