package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/uptrace/bun"
)

// statements are what every Append runs, prepared once: bun, which renders
// values into the text of a statement, and the database, which has to parse
// it, take longer than the work itself.
type statements struct {
	insertRecords map[int]*sql.Stmt // by number of rows
	writeRollups  map[int]*sql.Stmt // by number of rows
	readRollups   *sql.Stmt
	rolledDays    *sql.Stmt
	countBodies   *sql.Stmt
	all           []*sql.Stmt
}

// The numbers of rows that one statement takes: a full batch is a handful.
const (
	manyRows = 32
	someRows = 8
	oneRow   = 1
)

// chunks splits n rows into ranges that there are statements for.
func chunks(n int) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		for from := 0; from < n; {
			to := from + oneRow
			switch left := n - from; {
			case left >= manyRows:
				to = from + manyRows
			case left >= someRows:
				to = from + someRows
			}
			if !yield(from, to) {
				return
			}
			from = to
		}
	}
}

// rollupsAtOnce is how many dimensions one reading of roll-ups asks for.
const rollupsAtOnce = 16

// prepare is part of Open: inside a transaction there may be no second
// connection to prepare on.
func (db *DB) prepare(ctx context.Context) error {
	var failed error
	s := &db.statements
	prepare := func(text string) *sql.Stmt {
		stmt, err := prepareText(ctx, db.writer.DB, numbered(text, db.backend.placeholder))
		if err != nil {
			failed = errors.Join(failed, err)
			return nil
		}
		s.all = append(s.all, stmt)
		return stmt
	}
	s.insertRecords, s.writeRollups = map[int]*sql.Stmt{}, map[int]*sql.Stmt{}
	for _, n := range [...]int{manyRows, someRows, oneRow} {
		s.insertRecords[n] = prepare("INSERT INTO records (" + rowColumns + ") VALUES " + tuples(n, rowWidth) +
			" ON CONFLICT (id) DO NOTHING RETURNING id")
		s.writeRollups[n] = prepare("INSERT INTO rollups (grain, start, dimension, cells) VALUES " + tuples(n, 4) +
			" ON CONFLICT (grain, start, dimension) DO UPDATE SET cells = EXCLUDED.cells")
	}
	s.readRollups = prepare("SELECT dimension, cells FROM rollups WHERE grain = ? AND start = ? AND dimension IN " +
		tuples(1, rollupsAtOnce))
	s.rolledDays = prepare(selectRolledDays)
	s.countBodies = prepare("INSERT INTO body_days (day, bodies) VALUES (?, ?) ON CONFLICT (day) DO UPDATE " +
		"SET bodies = body_days.bodies + EXCLUDED.bodies")
	return failed
}

// prepareText leaves closing to its caller.
func prepareText(ctx context.Context, db *sql.DB, text string) (*sql.Stmt, error) {
	stmt, err := db.PrepareContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("prepare %.40q: %w", text, err)
	}
	return stmt, nil
}

// tuples renders the parameters of n rows.
func tuples(n, width int) string {
	row := "(?" + strings.Repeat(",?", width-1) + ")"
	return row + strings.Repeat(","+row, n-1)
}

// numbered writes parameters the way the database wants them.
func numbered(text string, placeholder func(n int) string) string {
	var s strings.Builder
	for i, part := range strings.Split(text, "?") {
		if i > 0 {
			s.WriteString(placeholder(i))
		}
		s.WriteString(part)
	}
	return s.String()
}

func (s *statements) close() error {
	var errs []error
	for _, stmt := range s.all {
		errs = append(errs, stmt.Close())
	}
	s.all = nil
	return errors.Join(errs...)
}

// run runs a statement in a transaction.
func run(ctx context.Context, tx bun.Tx, stmt *sql.Stmt, args ...any) error {
	in := tx.Tx.StmtContext(ctx, stmt)
	defer in.Close() //nolint:errcheck // the statement itself stays open
	_, err := in.ExecContext(ctx, args...)
	return err
}

// each runs a query in a transaction and calls row for each of its rows.
func each(ctx context.Context, tx bun.Tx, stmt *sql.Stmt, args []any, row func(scan func(into ...any) error) error) error {
	in := tx.Tx.StmtContext(ctx, stmt)
	defer in.Close() //nolint:errcheck // the statement itself stays open
	rows, err := in.QueryContext(ctx, args...)
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
