package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// AuditHead is the end of a router's audit log at a time.
type AuditHead struct {
	Router string
	At     time.Time
	Seq    uint64 // lines
	Hash   string // of the last one
}

// RecordAuditHead keeps the head of a router's audit log where whoever changes that router's files cannot (SEC-05). A SQLite
// file lies beside them and keeps none.
func (s *Store) RecordAuditHead(ctx context.Context, h AuditHead) error {
	p, ok := s.db.(*postgres)
	if !ok {
		return nil
	}
	const insert = "INSERT INTO audit_heads (router, at_ns, seq, hash) VALUES ($1, $2, $3, $4)"
	if _, err := p.pool.Exec(ctx, insert, h.Router, h.At.UnixNano(), int64(h.Seq), h.Hash); err != nil {
		return fmt.Errorf("store %s: audit head: %w: let the router's user, with sluice store grant", s.name, err)
	}
	return nil
}

// AuditHeads gives every head of a router's audit log that was kept, the oldest first; a SQLite file has none. Each must be in
// the log: what was cut off its end, also before a start that went on from there, is found by them.
func (s *Store) AuditHeads(ctx context.Context, router string) ([]AuditHead, error) {
	p, ok := s.db.(*postgres)
	if !ok {
		return nil, nil
	}
	rows, err := p.pool.Query(ctx, "SELECT router, at_ns, seq, hash FROM audit_heads WHERE router = $1 ORDER BY at_ns, seq", router)
	if err != nil {
		return nil, fmt.Errorf("store %s: audit heads: %w", s.name, err)
	}
	heads, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (h AuditHead, err error) {
		var at, seq int64
		err = row.Scan(&h.Router, &at, &seq, &h.Hash)
		h.At, h.Seq = time.Unix(0, at), uint64(max(seq, 0))
		return h, err
	})
	if err != nil {
		return nil, fmt.Errorf("store %s: audit heads: %w", s.name, err)
	}
	return heads, nil
}
