package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// newMigrator returns the migrations of one database, forward only. Version
// 1 is where a database that a user has today may still be.
func newMigrator(backend string, db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+backend)
	if err != nil {
		return nil, fmt.Errorf("migrations of %s: %w", backend, err)
	}
	dialect := goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if backend == Postgres {
		dialect = goose.DialectPostgres
		// Two programs that start at once on one server must not both
		// create the tables.
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, fmt.Errorf("migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(dialect, db, files, options...)
}

// migrate brings the database to the schema of this program. A database of a
// newer program is refused: writing to it could lose what it knows.
func migrate(ctx context.Context, backend string, db *sql.DB) error {
	m, err := newMigrator(backend, db)
	if err != nil {
		return err
	}
	current, target, err := m.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if current > target {
		return &NewerError{Version: current, Known: target}
	}
	if current == target {
		return nil
	}
	if _, err := m.Up(ctx); err != nil {
		return fmt.Errorf("migrate from schema version %d to %d: %w", current, target, err)
	}
	return nil
}

// NewerError is a database that a newer version of the program has written.
type NewerError struct {
	Version, Known int64
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("written by a newer version of yaLLMproxy (schema %d, this version knows %d): "+
		"install that version again, or name another database", e.Version, e.Known)
}
