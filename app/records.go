package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/session"
	"github.com/yallmproxy/yallmproxy/proxy/usage"
)

// reopenEvery is how long a database that could not be opened is left alone.
const reopenEvery = 5 * time.Second

// errClosed answers questions that come while the program ends.
var errClosed = errors.New("the records are closed")

// errReadOnly answers questions where nothing can be written.
var errReadOnly = errors.New("the database is not opened while the data folder cannot be written")

// database is what the program keeps in one place: records, and the state of
// conversations.
type database interface {
	usage.Store
	session.Store
}

// records is a database that opens its database when it is first needed,
// and again after a failure. A database that is away, full or broken at start
// so costs nothing but its own answers: requests pass, and the recorder keeps
// what it should have written.
type records struct {
	open func(context.Context) (database, error)
	now  func() time.Time

	mu     sync.Mutex
	store  database
	err    error // of the last attempt
	retry  time.Time
	closed bool
}

var _ database = (*records)(nil)

func (r *records) get(ctx context.Context) (database, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return nil, errClosed
	case r.store != nil:
		return r.store, nil
	case r.now().Before(r.retry):
		return nil, r.err
	}
	// A migration must not stop half-way because the one who asked first has
	// gone away.
	store, err := r.open(context.WithoutCancel(ctx))
	if err != nil {
		r.err, r.retry = err, r.now().Add(reopenEvery)
		return nil, err
	}
	r.store = store
	return store, nil
}

// ask answers a question with the opened store.
func ask[T any](ctx context.Context, r *records, question func(database) (T, error)) (T, error) {
	store, err := r.get(ctx)
	if err != nil {
		var none T
		return none, err
	}
	return question(store)
}

// Append implements usage.Store, as do the methods below; those of
// session.Store are in turns.go.
func (r *records) Append(ctx context.Context, entries []usage.Entry) error {
	store, err := r.get(ctx)
	if err != nil {
		return err
	}
	return store.Append(ctx, entries)
}

func (r *records) List(ctx context.Context, f usage.Filter, p usage.Page) ([]usage.Record, error) {
	return ask(ctx, r, func(s database) ([]usage.Record, error) { return s.List(ctx, f, p) })
}

func (r *records) Get(ctx context.Context, id usage.ID) (usage.Record, error) {
	return ask(ctx, r, func(s database) (usage.Record, error) { return s.Get(ctx, id) })
}

func (r *records) Bodies(ctx context.Context, id usage.ID) (usage.Bodies, error) {
	return ask(ctx, r, func(s database) (usage.Bodies, error) { return s.Bodies(ctx, id) })
}

func (r *records) Totals(ctx context.Context, f usage.Filter) (usage.Totals, error) {
	return ask(ctx, r, func(s database) (usage.Totals, error) { return s.Totals(ctx, f) })
}

func (r *records) Breakdown(ctx context.Context, f usage.Filter, by usage.Group) ([]usage.Row, error) {
	return ask(ctx, r, func(s database) ([]usage.Row, error) { return s.Breakdown(ctx, f, by) })
}

func (r *records) Series(ctx context.Context, f usage.Filter, by usage.Group, step time.Duration, limit int) (usage.SeriesSet, error) {
	return ask(ctx, r, func(s database) (usage.SeriesSet, error) { return s.Series(ctx, f, by, step, limit) })
}

func (r *records) Values(ctx context.Context, by usage.Group, limit int) ([]string, error) {
	return ask(ctx, r, func(s database) ([]string, error) { return s.Values(ctx, by, limit) })
}

func (r *records) Prune(ctx context.Context, now time.Time, maxAge time.Duration, maxBytes int64) error {
	store, err := r.get(ctx)
	if err != nil {
		return err
	}
	return store.Prune(ctx, now, maxAge, maxBytes)
}

func (r *records) Size(ctx context.Context) (usage.Size, error) {
	return ask(ctx, r, func(s database) (usage.Size, error) { return s.Size(ctx) })
}

func (r *records) Ping(ctx context.Context) error {
	store, err := r.get(ctx)
	if err != nil {
		return err
	}
	return store.Ping(ctx)
}

// Close closes the database, if it was ever opened.
func (r *records) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.store == nil {
		return nil
	}
	return r.store.Close()
}
