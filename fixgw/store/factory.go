package store

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/journal"
)

// A Log is the ordered journal that the store shares with the events.
type Log interface {
	// Append adds a record, copying the payload, and returns its place once it
	// has one. It does not wait for the disk.
	Append(kind uint16, version uint8, payload []byte) (seq uint64, err error)
	// At returns the payload of the record at seq.
	At(seq uint64) (payload []byte, err error)
	// Sync returns when the record at seq, and so all before it, is durable.
	Sync(seq uint64) error
}

// Config describes the stores of one process. A zero number takes the default
// that its comment names.
type Config struct {
	Log   Log
	Kind  uint16 // record type of the store in the journal
	Block int    // outbound numbers reserved at a time; 1,000 (STO-04)
	// Reports says whether a session's application messages are stored and
	// replayed: true for client sessions, false where orders leave (STO-03).
	Reports func(quickfix.SessionID) bool
	// Durable, if set, says whether a session's report must be on disk before it is sent: then no crash
	// makes it be sent again with another number. Each costs a wait for the log.
	Durable func(quickfix.SessionID) bool
	// Lost, if set, is told of a stored report that could not be read back. It
	// is gap-filled: a message that does not parse would drop the session at
	// every reconnect (QF-10).
	Lost func(s quickfix.SessionID, num int, err error)
	// Now is the clock of creation times; time.Now.
	Now func() time.Time
}

// A Factory makes the MessageStore of each session.
type Factory struct {
	cfg    Config
	mu     sync.Mutex
	states map[string]*state
	stores map[string]*Store
	sealed bool
}

var errSealed = errors.New("fix store: recovery has ended")

// NewFactory returns a factory without sessions. Log and Kind must be set.
func NewFactory(cfg Config) *Factory {
	if cfg.Log == nil {
		panic("fix store: no log")
	}
	if cfg.Block <= 0 {
		cfg.Block = 1000
	}
	if cfg.Reports == nil {
		cfg.Reports = func(quickfix.SessionID) bool { return false }
	}
	if cfg.Durable == nil {
		cfg.Durable = func(quickfix.SessionID) bool { return false }
	}
	if cfg.Lost == nil {
		cfg.Lost = func(quickfix.SessionID, int, error) {}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Factory{cfg: cfg, states: make(map[string]*state), stores: make(map[string]*Store)}
}

// Recover books one record of the store's kind. Records come in the order of
// the log, all of them before Seal.
func (f *Factory) Recover(seq uint64, version uint8, payload []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sealed {
		return errSealed
	}
	if version != Version {
		return fmt.Errorf("fix store: record %d has version %d, this program reads %d", seq, version, Version)
	}
	r, err := decodeRecord(payload)
	if err == nil && r.op == opIndex {
		err = fmt.Errorf("%w: an index outside a snapshot", errRecord)
	}
	if err != nil {
		return fmt.Errorf("record %d: %w", seq, err)
	}
	f.state(r.session).apply(seq, &r)
	return nil
}

// Seal ends recovery. Sessions that were not closed go on behind their
// reserved numbers.
func (f *Factory) Seal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sealed {
		return
	}
	f.sealed = true
	for _, s := range f.states {
		s.seal()
	}
}

func (f *Factory) state(session string) *state {
	s := f.states[session]
	if s == nil {
		s = newState(f.cfg.Now().UTC())
		f.states[session] = s
	}
	return s
}

// Create returns the store of a session; it implements
// quickfix.MessageStoreFactory. A session that is created again, as after a
// restart by its supervisor, gets the same store. Create seals the factory.
func (f *Factory) Create(id quickfix.SessionID) (quickfix.MessageStore, error) {
	f.Seal()
	f.mu.Lock()
	defer f.mu.Unlock()
	key := id.String()
	if s := f.stores[key]; s != nil {
		return s, nil
	}
	_, known := f.states[key]
	s := &Store{
		cfg: &f.cfg, id: id, key: key,
		state:   f.state(key),
		reports: f.cfg.Reports(id),
		waits:   f.cfg.Durable(id),
		filler:  newFiller(id),
	}
	s.durable = s.state.limit
	if !known {
		if err := s.SetCreated(s.state.created); err != nil {
			return nil, err
		}
	}
	f.stores[key] = s
	return s, nil
}

// LastReport returns the last report that a session stored since its numbers began at 1, as it was sent; nil if there is
// none, or if it is so old that the log no longer holds it: then nothing that the log holds was stored.
func (f *Factory) LastReport(id quickfix.SessionID) ([]byte, error) {
	f.mu.Lock()
	s := f.states[id.String()]
	f.mu.Unlock()
	if s == nil || len(s.reports) == 0 {
		return nil, nil
	}
	payload, err := f.cfg.Log.At(s.reports[len(s.reports)-1].seq)
	switch {
	case errors.Is(err, journal.ErrGone):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("fix store %s: the last report: %w", id, err)
	}
	r, err := decodeRecord(payload)
	return r.body, err
}

// Close records the exact outbound number of every session, so that the next
// start leaves no hole. Nothing may be sent afterwards.
func (f *Factory) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for _, s := range f.stores {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
