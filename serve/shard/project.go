package shard

import (
	"context"
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
)

// Record is a journal record with its body.
type Record struct {
	Seq  uint64
	At   market.Time
	Body event.Body
}

// Project reads the journal from a seq and hands batches to apply until ctx ends or the journal closes: every reader has
// its own place, and a slow one never slows the engine (PRJ-04, PRJ-06). A batch ends when nothing more is durable, or at
// most records. Records that are neither event nor command are skipped, but count towards upto.
func Project(ctx context.Context, j *journal.Journal, from uint64, most int, apply func(ctx context.Context, batch []Record, upto uint64) error) error {
	in := j.Read(from)
	defer in.Close()
	var batch []Record
	for {
		rec, err := in.Next(ctx)
		if err != nil {
			return err
		}
		if kind := event.Kind(rec.Type); kind.IsEvent() || kind.IsCommand() {
			body, err := event.Decode(kind, rec.Payload)
			if err != nil {
				return fmt.Errorf("journal record %d: %w", rec.Seq, err)
			}
			batch = append(batch, Record{rec.Seq, market.Time(rec.Wall), body})
		}
		if rec.Seq < j.Durable() && len(batch) < most {
			continue
		}
		if err := apply(ctx, batch, rec.Seq); err != nil {
			return err
		}
		batch = nil
	}
}
