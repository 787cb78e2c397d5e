package store

import (
	"context"
	"fmt"
	"maps"

	"github.com/uptrace/bun"
)

// dictionary numbers the distinct values of one table and remembers the
// numbers it has met, so that an ordinary batch needs no query for them. Only
// the one writer uses it.
type dictionary[T comparable] struct {
	known map[T]int64
	// fresh are numbers met in the open transaction; they count once it is
	// committed.
	fresh map[T]int64
	// store returns the number of a value, storing it when it is new.
	store func(ctx context.Context, tx bun.Tx, v T) (int64, error)
}

// maxKnown bounds the memory of a dictionary. A client that makes up model
// names must not make the proxy grow.
const maxKnown = 2048

func newDictionary[T comparable](store func(context.Context, bun.Tx, T) (int64, error)) *dictionary[T] {
	return &dictionary[T]{known: map[T]int64{}, fresh: map[T]int64{}, store: store}
}

func (d *dictionary[T]) number(ctx context.Context, tx bun.Tx, v T) (int64, error) {
	if n, ok := d.known[v]; ok {
		return n, nil
	}
	if n, ok := d.fresh[v]; ok {
		return n, nil
	}
	n, err := d.store(ctx, tx, v)
	if err != nil {
		return 0, err
	}
	d.fresh[v] = n
	return n, nil
}

func (d *dictionary[T]) committed() {
	if len(d.known)+len(d.fresh) > maxKnown {
		clear(d.known)
	}
	maps.Copy(d.known, d.fresh)
	clear(d.fresh)
}

func (d *dictionary[T]) rolledBack() { clear(d.fresh) }

// dimensionRow and routeRow are the dictionaries' tables.
type dimensionRow struct {
	bun.BaseModel `bun:"table:dimensions,alias:d"`

	ID        int64 `bun:"id,pk,autoincrement"`
	dimension `bun:",embed"`
}

type routeRow struct {
	bun.BaseModel `bun:"table:routes,alias:t"`

	ID    int64 `bun:"id,pk,autoincrement"`
	route `bun:",embed"`
}

// storeDimension finds or adds a dimension. Setting a column to itself makes
// the statement return the number in both cases.
func storeDimension(ctx context.Context, tx bun.Tx, v dimension) (int64, error) {
	r := dimensionRow{dimension: v}
	_, err := tx.NewInsert().Model(&r).
		On("CONFLICT (model, backend, provider, client, caller, dialect, outcome, stop_reason, error_kind, stream, tools) DO UPDATE").
		Set("model = d.model").Returning("id").Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("store dimension: %w", err)
	}
	return r.ID, nil
}

func storeRoute(ctx context.Context, tx bun.Tx, v route) (int64, error) {
	r := routeRow{route: v}
	_, err := tx.NewInsert().Model(&r).
		On("CONFLICT (path, target_dialect, target_model, config_version, key_name) DO UPDATE").
		Set("path = t.path").Returning("id").Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("store route: %w", err)
	}
	return r.ID, nil
}
