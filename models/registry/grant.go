package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Roles are users of a database who work with its registry.
type Roles struct {
	Writer string // routers, training, and whoever promotes: they add versions and lines, and change none
	Reader string // people and notebooks
}

// Grant lets users that exist work with the registry, as its owner. A directory's permissions are the file system's.
func (r *Registry) Grant(ctx context.Context, roles Roles) error {
	db, ok := r.backend.(*postgres)
	if !ok {
		return errors.New("this registry is a directory: its file permissions say who may do what")
	}
	return pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error {
		var schema string
		if err := tx.QueryRow(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
			return err
		}
		for _, g := range []struct{ role, what string }{{roles.Writer, "SELECT, INSERT"}, {roles.Reader, "SELECT"}} {
			if g.role == "" {
				continue
			}
			role := pgx.Identifier{g.role}.Sanitize()
			_, err := tx.Exec(ctx, "GRANT USAGE ON SCHEMA "+pgx.Identifier{schema}.Sanitize()+" TO "+role)
			if err == nil {
				_, err = tx.Exec(ctx, "GRANT "+g.what+" ON model_versions, model_ledger TO "+role)
			}
			if err != nil {
				return fmt.Errorf("%s: %w: make the user first with CREATE ROLE … LOGIN, and grant as the owner of the tables", g.role, err)
			}
		}
		return nil
	})
}
