package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/serve/shard"
)

// Books is the journal's account, and what it holds of the clients' and of the drop copies'.
type Books struct {
	Dir      string
	Instance uint32
	First    uint64
	Last     uint64 // of the records read
	Began    market.Time
	Bookings map[Key]*Booking
	Owners   map[order.ParentID]Owner
	Venues   []string
	Hours    map[string]market.Hours // by venue: which day a time belongs to
	Latest   market.Date             // the last trade date
	told     messages
}

// Owner is whose a parent is.
type Owner struct{ Client, Account string }

// ReadJournal reads the journal in dir, which may belong to a router that runs. Durable records are read, up to the last
// one there is.
func ReadJournal(ctx context.Context, dir string) (*Books, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("journal %s: %w: name the journal_dir of a router that has run", dir, errors.Unwrap(err))
	}
	in, err := journal.OpenReader(dir, func(t journal.Type, v uint8) bool { return event.Known(t, v) })
	if err != nil {
		return nil, err
	}
	defer in.Close()
	b := &Books{Dir: dir, Bookings: map[Key]*Booking{}, Owners: map[order.ParentID]Owner{}, Hours: map[string]market.Hours{}, told: messages{newTellings(), newTellings()}}
	if in.Found().First > 1 { // its first segments are archived
		c, err := shard.Configuration(dir)
		if err == nil && c != nil {
			err = b.configured(c)
		}
		if err != nil {
			return nil, fmt.Errorf("journal %s: %w", dir, err)
		}
	}
	for {
		rec, err := in.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if b.Last = rec.Seq; b.First == 0 {
			b.First, b.Began = rec.Seq, market.Time(rec.Wall)
		}
		if err := b.take(&rec); err != nil {
			return nil, fmt.Errorf("journal %s, record %d: %w", dir, rec.Seq, err)
		}
	}
	if b.First == 0 {
		return nil, fmt.Errorf("journal %s has no records", dir)
	}
	return b, nil
}

// take reads one record.
func (b *Books) take(rec *journal.Record) error {
	switch event.Kind(rec.Type) {
	case event.KindFIXStore:
		return b.told.read(rec.Payload)
	case event.KindConfigured, event.KindRecordParent, event.KindRecordExecution:
	default:
		return nil
	}
	body, err := event.Decode(event.Kind(rec.Type), rec.Payload)
	if err != nil {
		return err
	}
	switch r := body.(type) {
	case *event.Configured:
		return b.configured(r)
	case *event.RecordParent:
		b.Owners[r.Parent.ID] = Owner{r.Parent.Client, r.Parent.Terms.Account}
	case *event.RecordExecution:
		x := booking(b.Instance, b.Venues, r)
		b.Bookings[x.Key] = &x
		b.Latest = max(b.Latest, x.Date)
	}
	return nil
}

func (b *Books) configured(c *event.Configured) error {
	var cfg router.Config
	if err := json.Unmarshal(c.Config, &cfg); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	b.Instance, b.Venues = c.Instance, nil
	for i := range cfg.Venues {
		b.Venues = append(b.Venues, cfg.Venues[i].Name)
		b.Hours[cfg.Venues[i].Name] = cfg.Venues[i].Hours
	}
	return nil
}

// covers reports whether the journal still has the whole of a day: its first record is the first of all, or older.
func (b *Books) covers(date market.Date) bool {
	return b.First == 1 || market.DateUTC(b.Began) < date
}
