package store

import (
	"context"
	"fmt"
	"time"
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
