package serve

import (
	"bytes"
	"errors"
	"log/slog"

	"github.com/quickfixgo/quickfix"

	fixstore "github.com/sluice-sor/sluice/fixgw/store"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/serve/shard"
)

// fixBook is shard.Sessions: it collects, while the journal is replayed, what the FIX message store left in it, and gives
// the store's state to snapshots.
type fixBook struct {
	names    map[string]string // FIX session id -> client name
	copies   map[string]bool   // FIX session ids of drop copies
	snapshot []byte
	records  []savedRecord
	store    *fixstore.Factory
}

type savedRecord struct {
	seq     uint64
	version uint8
	payload []byte
}

// Restore implements shard.Sessions.
func (b *fixBook) Restore(state []byte) error {
	probe := fixstore.NewFactory(fixstore.Config{Log: fixstore.OnJournal(nil), Kind: uint16(event.KindFIXStore)})
	if err := probe.Restore(state); err != nil {
		return err
	}
	b.snapshot = state
	return nil
}

// Record implements shard.Sessions.
func (b *fixBook) Record(rec *journal.Record) error {
	if event.Kind(rec.Type) == event.KindFIXStore {
		b.records = append(b.records, savedRecord{rec.Seq, rec.Version, bytes.Clone(rec.Payload)})
	}
	return nil
}

// Saved implements shard.Sessions.
func (b *fixBook) Saved(rec *journal.Record) (client string, key shard.ReportKey, err error) {
	if event.Kind(rec.Type) != event.KindFIXStore {
		return "", key, nil
	}
	id, message, ok, err := fixstore.Saved(rec.Payload)
	if err != nil || !ok {
		return "", key, err
	}
	return b.names[id], keyOf(message), nil
}

// Snapshot implements shard.Sessions.
func (b *fixBook) Snapshot() []byte { return b.store.Snapshot() }

// keyOf reads what identifies a report from its bytes: 35, and 17 or 11.
func keyOf(message []byte) (key shard.ReportKey) {
	field := func(tag string) string {
		at := bytes.Index(message, []byte("\x01"+tag+"="))
		if at < 0 {
			return ""
		}
		rest := message[at+len(tag)+2:]
		if end := bytes.IndexByte(rest, 1); end >= 0 {
			return string(rest[:end])
		}
		return string(rest)
	}
	key.MsgType = field("35")
	key.ID = field("17")
	if key.MsgType == "9" || key.MsgType == "r" {
		key.ID = field("11")
	}
	return key
}

// factory makes the message store over the journal, with everything that was recovered.
func (b *fixBook) factory(j *journal.Journal, log *slog.Logger) (*fixstore.Factory, error) {
	f := fixstore.NewFactory(fixstore.Config{Log: fixstore.OnJournal(j), Kind: uint16(event.KindFIXStore),
		Reports: func(id quickfix.SessionID) bool { return b.names[id.String()] != "" || b.copies[id.String()] },
		Durable: func(id quickfix.SessionID) bool { return b.copies[id.String()] },
		Lost: func(id quickfix.SessionID, num int, err error) {
			if errors.Is(err, journal.ErrGone) {
				log.Warn("a report older than the journal keeps is gap-filled", "session", id.String(), "number", num)
				return
			}
			log.Error("a stored report could not be read back and is gap-filled", "session", id.String(), "number", num, "error", err)
		}})
	if err := f.Restore(b.snapshot); err != nil {
		return nil, err
	}
	for _, r := range b.records {
		if err := f.Recover(r.seq, r.version, r.payload); err != nil {
			return nil, err
		}
	}
	f.Seal()
	b.snapshot, b.records, b.store = nil, nil, f
	return f, nil
}
