package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/yallmproxy/yallmproxy/proxy/session"
)

var _ session.Store = (*DB)(nil)

// do runs a statement in plain SQL: bun would write a turn's data into its text.
func (db *DB) do(ctx context.Context, tx bun.Tx, text string, args ...any) (int64, error) {
	done, err := tx.Tx.ExecContext(ctx, numbered(text, db.backend.placeholder), args...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// one runs a query for one row.
func (db *DB) one(ctx context.Context, tx bun.Tx, text string, args ...any) *sql.Row {
	return tx.Tx.QueryRowContext(ctx, numbered(text, db.backend.placeholder), args...)
}

// all runs a query and calls row for each of its rows.
func (db *DB) all(ctx context.Context, tx bun.Tx, text string, args []any, row func(scan func(into ...any) error) error) error {
	rows, err := tx.Tx.QueryContext(ctx, numbered(text, db.backend.placeholder), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// position is where a turn goes.
type position struct {
	thread, parent int64
}

// SaveTurn keeps a turn of the Responses API.
func (db *DB) SaveTurn(ctx context.Context, t *session.Turn) error {
	if len(t.ID) > maxName || t.ID == "" {
		return fmt.Errorf("%w: a response with an id of %d bytes", session.ErrRejected, len(t.ID))
	}
	data, size, err := db.zstd.packTurn(t)
	if err != nil {
		return err
	}
	err = db.writer.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if there, err := db.turnSaved(ctx, tx, t, data); err != nil || there {
			return err
		}
		at, err := db.placeOf(ctx, tx, t)
		if err != nil {
			return err
		}
		return db.addTurn(ctx, tx, t, at, data, size)
	})
	return db.sessionError("store a response", err)
}

// nearby is how far from its time an id may be, in microseconds, because
// others were taken.
const nearby = 1000

// turnSaved reports whether a turn was stored although the program was told
// that it failed. Another one at its time may have its id, and says something
// else.
func (db *DB) turnSaved(ctx context.Context, tx bun.Tx, t *session.Turn, data []byte) (bool, error) {
	var n int
	created := t.Created.UnixMicro()
	err := db.one(ctx, tx, "SELECT count(*) FROM turns WHERE response = ? AND caller = ? AND id >= ? AND id < ? AND data = ?",
		clean(t.ID), clean(t.Caller), created, created+nearby, data).Scan(&n)
	return n > 0, err
}

// placeOf finds the thread of a turn and what it follows there.
func (db *DB) placeOf(ctx context.Context, tx bun.Tx, t *session.Turn) (position, error) {
	var at position
	var err error
	switch {
	case t.Conversation != "":
		// Another process may add to the conversation, so its row is taken for
		// writing.
		err = db.one(ctx, tx, "UPDATE threads SET used = used WHERE conversation = ? AND conversation <> '' AND caller = ? "+
			"RETURNING id, head", clean(t.Conversation), clean(t.Caller)).Scan(&at.thread, &at.parent)
	case t.Previous != "" && !t.After.IsZero():
		after := t.After.UnixMicro()
		err = db.one(ctx, tx, "SELECT thread, id FROM turns WHERE response = ? AND caller = ? AND id >= ? AND id < ? ORDER BY id LIMIT 1",
			clean(t.Previous), clean(t.Caller), after, after+nearby).Scan(&at.thread, &at.parent)
	case t.Previous != "":
		err = db.one(ctx, tx, "SELECT thread, id FROM turns WHERE response = ? AND caller = ? ORDER BY id DESC LIMIT 1",
			clean(t.Previous), clean(t.Caller)).Scan(&at.thread, &at.parent)
	default:
		at.thread, err = db.addThread(ctx, tx, t.Created.UnixMicro(), t.Caller, "", "")
	}
	if errors.Is(err, sql.ErrNoRows) {
		return at, fmt.Errorf("what response %s follows: %w", t.ID, session.ErrNotFound)
	}
	return at, err
}

// addThread adds a thread and returns its id, the time it began or soon after.
func (db *DB) addThread(ctx context.Context, tx bun.Tx, began int64, caller, conversation, metadata string) (int64, error) {
	for id := began; ; id++ {
		n, err := db.do(ctx, tx, "INSERT INTO threads (id, caller, conversation, metadata, head, used, bytes) "+
			"VALUES (?, ?, ?, ?, 0, ?, ?) ON CONFLICT (id) DO NOTHING",
			id, clean(caller), conversation, clean(metadata), began, rowBytes+len(metadata))
		if err != nil || n > 0 {
			return id, err
		}
	}
}

// addTurn adds a turn to its thread.
func (db *DB) addTurn(ctx context.Context, tx bun.Tx, t *session.Turn, at position, data []byte, size int) error {
	id := t.Created.UnixMicro()
	for {
		n, err := db.do(ctx, tx, "INSERT INTO turns (id, thread, parent, caller, response, backend, native, hidden, size, data) "+
			"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
			id, at.thread, at.parent, clean(t.Caller), clean(t.ID), clean(t.Backend), t.Native, t.ID == "", size, data)
		if err != nil {
			return err
		}
		if n > 0 {
			break
		}
		id++
	}
	names := itemNames(t)
	for _, item := range names {
		if _, err := db.do(ctx, tx, "INSERT INTO turn_items (item, turn) VALUES (?, ?) ON CONFLICT DO NOTHING", item, id); err != nil {
			return err
		}
	}
	if t.Conversation != "" {
		if _, err := db.do(ctx, tx, "UPDATE threads SET head = ? WHERE id = ?", id, at.thread); err != nil {
			return err
		}
	}
	_, err := db.do(ctx, tx, "UPDATE threads SET bytes = bytes + ?, used = CASE WHEN used < ? THEN ? ELSE used END WHERE id = ?",
		turnBytes(len(data)), id, id, at.thread)
	return err
}

// turnBytes is what a turn counts towards the size cap.
func turnBytes(data int) int { return data + rowBytes }

// CreateConversation keeps a conversation.
func (db *DB) CreateConversation(ctx context.Context, c *session.Conversation, items []json.RawMessage) error {
	first := session.Turn{Caller: c.Caller, Conversation: c.ID, Created: c.Created, Input: items}
	data, size, err := db.zstd.packTurn(&first)
	if err != nil {
		return err
	}
	err = db.writer.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		thread, err := db.addThread(ctx, tx, c.Created.UnixMicro(), c.Caller, c.ID, string(c.Metadata))
		if err != nil || len(items) == 0 {
			return err
		}
		return db.addTurn(ctx, tx, &first, position{thread: thread}, data, size)
	})
	return db.sessionError("store a conversation", err)
}
