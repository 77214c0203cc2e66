package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Roles are the database users that share a store with its owner, who makes and changes its tables (SEC-07). An empty name is
// nobody.
type Roles struct {
	Writer string // of the router: adds rows; changes the present state of parents and children, and nothing of what was traded or told
	Reader string // of the web page, training and people: reads
}

// Grant lets users of a PostgreSQL database work with the store, by their names. Call it as the owner, and again after an
// upgrade that made tables. Rows of executions are put by a function that runs as the owner and lets a later record replace an
// earlier one: the writer itself may neither update nor delete.
func (s *Store) Grant(ctx context.Context, r Roles) error {
	p, ok := s.db.(*postgres)
	if !ok {
		return fmt.Errorf("store %s: a SQLite file has no users: the file's own permissions say who reads it", s.name)
	}
	if r == (Roles{}) {
		return errors.New("store: name a writer, a reader or both")
	}
	var schema string
	if err := p.pool.QueryRow(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
		return fmt.Errorf("store %s: %w", s.name, err)
	}
	err := pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		for _, statement := range s.grants(pgx.Identifier{schema}.Sanitize(), r) {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w: make the user first with CREATE ROLE … LOGIN, and grant as the owner of the tables", statement, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store %s: %w", s.name, err)
	}
	return nil
}

// grants are the statements of Grant.
func (s *Store) grants(schema string, r Roles) (out []string) {
	add := func(form string, args ...any) { out = append(out, fmt.Sprintf(form, args...)) }
	for _, name := range []string{r.Writer, r.Reader} {
		if name == "" {
			continue
		}
		role := pgx.Identifier{name}.Sanitize()
		add("GRANT USAGE ON SCHEMA %s TO %s", schema, role)
		add("GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s", schema, role)
		add("ALTER DEFAULT PRIVILEGES IN SCHEMA %s GRANT SELECT ON TABLES TO %s", schema, role)
	}
	if r.Writer == "" {
		return out
	}
	role := pgx.Identifier{r.Writer}.Sanitize()
	insert, update := []string{"watermarks", "audit_heads"}, []string{"watermarks"}
	for _, t := range s.schema.all() {
		switch {
		case t.latest && t.daily != "":
			add("GRANT EXECUTE ON FUNCTION sluice_put_%s TO %s", t.name, role)
		case t.latest:
			insert, update = append(insert, t.name), append(update, t.name)
		default:
			insert = append(insert, t.name)
		}
	}
	add("GRANT INSERT ON %s TO %s", strings.Join(insert, ", "), role)
	add("GRANT UPDATE ON %s TO %s", strings.Join(update, ", "), role)
	add("GRANT EXECUTE ON FUNCTION sluice_make_day TO %s", role)
	return out
}
