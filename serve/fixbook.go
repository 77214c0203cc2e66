package serve

import (
	"bytes"
	"log/slog"

	"github.com/quickfixgo/quickfix"

	fixstore "github.com/sluice-sor/sluice/fixgw/store"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/serve/shard"
)

// fixBook collects, while the journal is replayed, what the FIX message store left in it.
type fixBook struct {
	names   map[string]string // FIX session id -> client name
	records []savedRecord
}

type savedRecord struct {
	seq     uint64
	version uint8
	payload []byte
}

// record is shard.Config.Record: it keeps the store's records and tells which report each of them hands over.
func (b *fixBook) record(rec *journal.Record) (client string, key shard.ReportKey, err error) {
	if event.Kind(rec.Type) != event.KindFIXStore {
		return "", key, nil
	}
	b.records = append(b.records, savedRecord{rec.Seq, rec.Version, bytes.Clone(rec.Payload)})
	id, message, ok, err := fixstore.Saved(rec.Payload)
	if err != nil || !ok {
		return "", key, err
	}
	return b.names[id], keyOf(message), nil
}

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
	if key.MsgType == "9" {
		key.ID = field("11")
	}
	return key
}

// factory makes the message store over the journal, with everything that was recovered.
func (b *fixBook) factory(j *journal.Journal, log *slog.Logger) (*fixstore.Factory, error) {
	f := fixstore.NewFactory(fixstore.Config{Log: fixstore.OnJournal(j), Kind: uint16(event.KindFIXStore),
		Reports: func(id quickfix.SessionID) bool { return b.names[id.String()] != "" },
		Lost: func(id quickfix.SessionID, num int, err error) {
			log.Error("a stored report could not be read back and is gap-filled", "session", id.String(), "number", num, "error", err)
		}})
	for _, r := range b.records {
		if err := f.Recover(r.seq, r.version, r.payload); err != nil {
			return nil, err
		}
	}
	f.Seal()
	b.records = nil
	return f, nil
}
