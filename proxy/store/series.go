package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// maxPoints bounds a chart; no screen has more pixels.
const maxPoints = 10_000

// other is the key of the series that sums what is past the limit.
const other = "other"

// chart is a series in the making.
type chart struct {
	start, step int64 // microseconds
	coarsest    int64 // grain whose spans fit into a step
	lines       map[string]*line
	points      int
}

// line is one value of the group: a tally for each step that has any.
type line struct {
	key      string
	points   []*tally
	requests int64
}

// Series sums requests for each step and value of by. Steps of whole hours
// begin at the hour that holds Since (whatever the time zone of a person's
// midnight, if it is off by whole hours), others at a multiple of the step.
// An open end is now.
func (db *DB) Series(ctx context.Context, f usage.Filter, by usage.Group, step time.Duration, limit int) (usage.SeriesSet, error) {
	q := db.question(f)
	var c *chart
	err := db.read(ctx, "sum records", func(ctx context.Context, tx bun.Tx) (err error) {
		if c, err = q.chart(ctx, tx, step.Microseconds()); err != nil {
			return err
		}
		return q.sum(ctx, tx, sums{by: by, coarsest: c.coarsest, at: c.place})
	})
	if err != nil {
		return usage.SeriesSet{}, err
	}
	if by == usage.ByNone {
		c.line("")
	}
	set := usage.SeriesSet{Start: timeOf(c.start), Step: step, Series: []usage.Series{}}
	for _, l := range c.ranked(limit) {
		points := make([]usage.Sums, c.points)
		for i, t := range l.points {
			if t != nil {
				points[i] = t.sums()
			}
		}
		set.Series = append(set.Series, usage.Series{Key: l.key, Points: points})
	}
	return set, nil
}

// chart lays out the steps.
func (q *question) chart(ctx context.Context, tx bun.Tx, step int64) (*chart, error) {
	if step <= 0 {
		return nil, errors.New("the step of a series must be at least a microsecond")
	}
	from, to := q.from, q.to
	if q.Since.IsZero() {
		var err error
		if from, err = oldestID(ctx, tx); err != nil {
			return nil, err
		}
	}
	if q.Until.IsZero() {
		to = max(time.Now().UnixMicro(), from+1)
	}
	c := &chart{step: step, lines: map[string]*line{}}
	if step%hour == 0 {
		c.start, c.coarsest = floor(from, hour), hourly
	} else {
		c.start = floor(from, step)
	}
	if step%day == 0 && c.start%day == 0 {
		c.coarsest = daily
	}
	points := (to - c.start + step - 1) / step
	if points > maxPoints {
		return nil, fmt.Errorf("%d steps are too many (%d at most): use a longer step or a shorter range", points, maxPoints)
	}
	c.points = int(max(points, 0))
	return c, nil
}

// oldestID is the first record's, or that of now when there is none.
func oldestID(ctx context.Context, tx bun.IDB) (int64, error) {
	var ids []int64
	if err := tx.NewSelect().Model((*row)(nil)).Column("id").OrderExpr("id").Limit(1).Scan(ctx, &ids); err != nil {
		return 0, fmt.Errorf("read oldest record: %w", err)
	}
	if len(ids) == 0 {
		return time.Now().UnixMicro(), nil
	}
	return ids[0], nil
}

func (c *chart) line(key string) *line {
	l, ok := c.lines[key]
	if !ok {
		l = &line{key: key, points: make([]*tally, c.points)}
		c.lines[key] = l
	}
	return l
}

func (c *chart) place(g *group, id int64) *tally {
	i := (id - c.start) / c.step
	if id < c.start || i >= int64(c.points) {
		return nil // from a clock that ran ahead
	}
	if g.line == nil {
		g.line = c.line(g.key)
	}
	point := &g.line.points[i]
	if *point == nil {
		*point = new(tally)
	}
	return *point
}

// ranked returns the lines by requests, those past limit merged into one.
func (c *chart) ranked(limit int) []*line {
	lines := make([]*line, 0, len(c.lines))
	for _, l := range c.lines {
		for _, t := range l.points {
			if t != nil {
				l.requests += t.requests
			}
		}
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b *line) int {
		return cmp.Or(cmp.Compare(b.requests, a.requests), cmp.Compare(a.key, b.key))
	})
	if limit <= 0 || len(lines) <= limit {
		return lines
	}
	rest := &line{key: other, points: make([]*tally, c.points)}
	for _, l := range lines[limit:] {
		for i, t := range l.points {
			switch {
			case t == nil:
			case rest.points[i] == nil:
				rest.points[i] = t
			default:
				rest.points[i].merge(t)
			}
		}
	}
	return append(lines[:limit], rest)
}
