package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrate brings a database's schema up to this build's, and refuses one that a newer build made.
func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB, dir string, opts ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, dir)
	if err != nil {
		return err
	}
	opts = append(opts, goose.WithDisableGlobalRegistry(true))
	p, err := goose.NewProvider(dialect, db, files, opts...)
	if err != nil {
		return err
	}
	have, want, err := p.GetVersions(ctx)
	if err == nil && have > want {
		return fmt.Errorf("its schema is version %d, this build knows %d: use the newer build, or another store", have, want)
	}
	if err == nil && have == want {
		return nil // also for a user who may not change the schema (SEC-07)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("schema migration: %w", err)
	}
	return nil
}
