package store

import (
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Snapshot returns the state of all sessions at a moment, for a snapshot of the
// journal (JRN-07): Restore and the records appended since then give it back.
// Sessions count as running, so their reserved numbers count as used unless a
// later record says otherwise. Cost: O(stored reports), about 4 bytes each. The
// caller must append no record of the store meanwhile, or take the snapshot's
// place in the log ahead of the call: records may be booked again.
func (f *Factory) Snapshot() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out, one []byte
	for _, key := range slices.Sorted(maps.Keys(f.states)) {
		s := f.states[key]
		unlock := func() {}
		if store := f.stores[key]; store != nil {
			store.mu.Lock()
			unlock = store.mu.Unlock
		}
		for _, r := range s.records() {
			r.session = key
			one = appendRecord(one[:0], &r)
			out = protowire.AppendBytes(out, one)
		}
		unlock()
	}
	return out
}

// Restore books a Snapshot. It comes before any Recover.
func (f *Factory) Restore(snapshot []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sealed {
		return errSealed
	}
	for b := snapshot; len(b) > 0; {
		one, n := protowire.ConsumeBytes(b)
		if n < 0 {
			return fmt.Errorf("snapshot: %w", errRecord)
		}
		b = b[n:]
		r, err := decodeRecord(one)
		if err != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
		s := f.state(r.session)
		if r.op != opIndex {
			s.apply(0, &r)
		} else if s.reports, err = decodeIndex(r.body); err != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
	}
	return nil
}

// records says what apply must be given to make s again.
func (s *state) records() []record {
	sender := record{op: opReserve, value: uint64(s.limit)}
	if s.exact {
		sender = record{op: opSender, value: uint64(s.sender)}
	}
	return []record{
		{op: opCreated, created: s.created.UnixNano()},
		{op: opTarget, value: uint64(s.target)},
		sender,
		{op: opIndex, value: 1, body: encodeIndex(s.reports)},
	}
}

// encodeIndex writes the entries as differences, which are small.
func encodeIndex(entries []entry) []byte {
	out := []byte{}
	var last entry
	for _, e := range entries {
		out = protowire.AppendVarint(out, uint64(e.num-last.num))
		out = protowire.AppendVarint(out, protowire.EncodeZigZag(int64(e.seq)-int64(last.seq)))
		last = e
	}
	return out
}

// decodeIndex is the inverse of encodeIndex; numbers must ascend.
func decodeIndex(b []byte) (entries []entry, err error) {
	var last entry
	for len(b) > 0 {
		num, n := protowire.ConsumeVarint(b)
		if n < 0 || num == 0 || num > numberMax || last.num+int(num) > numberMax {
			return nil, errRecord
		}
		b = b[n:]
		seq, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return nil, errRecord
		}
		b = b[n:]
		last = entry{last.num + int(num), uint64(int64(last.seq) + protowire.DecodeZigZag(seq))}
		entries = append(entries, last)
	}
	return entries, nil
}
