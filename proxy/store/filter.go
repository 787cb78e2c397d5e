package store

import (
	"math"
	"strings"

	"github.com/uptrace/bun"

	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// question is a usage.Filter in terms of the tables: a range of ids,
// conditions on dimensions, and conditions on single records.
type question struct {
	usage.Filter
	from, to int64 // ids, [from, to)
	fold     func(column string) string
}

func (db *DB) question(f usage.Filter) question {
	q := question{Filter: f, to: math.MaxInt64, fold: db.backend.foldCase}
	if !f.Since.IsZero() {
		q.from = max(f.Since.UnixMicro(), 0)
	}
	if !f.Until.IsZero() {
		q.to = max(f.Until.UnixMicro(), 0)
	}
	return q
}

// exact reports whether the question can be answered from roll-ups: they know
// dimensions, not single records.
func (q *question) exact() bool {
	return q.RequestID == "" && q.Search == "" && q.MinTotal == 0
}

// narrow reports whether the question has a condition on dimensions.
func (q *question) narrow() bool {
	f := q.Filter
	return f.Model != "" || f.Backend != "" || f.Provider != "" || f.Client != "" || f.Caller != "" || f.Outcome != "" ||
		f.Dialect != "" || f.StopReason != "" || f.Stream != nil || f.ToolCalls != nil
}

// whereDimension adds the conditions on dimensions, with the alias d.
func (q *question) whereDimension(s *bun.SelectQuery) *bun.SelectQuery {
	for _, c := range [...]struct{ column, value string }{
		{"model", q.Model},
		{"backend", q.Backend},
		{"provider", q.Provider},
		{"client", q.Client},
		{"caller", q.Caller},
		{"outcome", string(q.Outcome)},
		{"dialect", string(q.Dialect)},
		{"stop_reason", q.StopReason},
	} {
		if c.value != "" {
			s = s.Where("d.? = ?", bun.Ident(c.column), clean(c.value))
		}
	}
	if q.Stream != nil {
		s = s.Where("d.stream = ?", *q.Stream)
	}
	if q.ToolCalls != nil {
		s = s.Where("d.tools = ?", *q.ToolCalls)
	}
	return s
}

// whereRecord adds the conditions on records, with the alias r, those on
// their dimension included.
func (q *question) whereRecord(tx bun.IDB, s *bun.SelectQuery) *bun.SelectQuery {
	if q.narrow() {
		ids := q.whereDimension(tx.NewSelect().Model((*dimensionRow)(nil)).Column("d.id"))
		s = s.Where("r.dimension IN (?)", ids)
	}
	if q.RequestID != "" {
		s = s.Where("r.request_id = ?", clean(q.RequestID))
	}
	if q.MinTotal > 0 {
		s = s.Where("r.total_us >= ?", q.MinTotal.Microseconds())
	}
	if q.Search == "" {
		return s
	}
	pattern := like(clean(q.Search))
	found := tx.NewSelect().Model((*dimensionRow)(nil)).Column("d.id")
	for _, column := range [...]string{"d.model", "d.backend", "d.client"} {
		found = found.WhereOr(q.fold(column)+" LIKE ? ESCAPE '!'", pattern)
	}
	return s.WhereGroup(" AND ", func(s *bun.SelectQuery) *bun.SelectQuery {
		return s.Where("r.dimension IN (?)", found).
			WhereOr(q.fold("r.request_id")+" LIKE ? ESCAPE '!'", pattern).
			WhereOr(q.fold("r.error_message")+" LIKE ? ESCAPE '!'", pattern)
	})
}

// like is the pattern of a substring, its ASCII letters in lower case.
func like(text string) string {
	lower := strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(lower) + "%"
}
