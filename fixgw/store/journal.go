package store

import (
	"context"

	"github.com/sluice-sor/sluice/internal/journal"
)

// OnJournal is the Log that a journal is.
func OnJournal(j *journal.Journal) Log { return onJournal{j} }

type onJournal struct{ *journal.Journal }

// At returns the payload of a record, durable or about to be.
func (l onJournal) At(seq uint64) ([]byte, error) {
	if err := l.Sync(seq); err != nil {
		return nil, err
	}
	r, err := l.Journal.At(seq)
	return r.Payload, err
}

// Sync waits until the record at seq is durable, or the journal fails.
func (l onJournal) Sync(seq uint64) error { return l.Wait(context.Background(), seq) }
