package shard

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/router"
)

// Summary is what a replay found.
type Summary struct {
	Journal    string `json:"journal"`
	Records    uint64 `json:"records"`
	Events     uint64 `json:"events"`
	Commands   uint64 `json:"commands"`
	Decisions  uint64 `json:"decisions"`
	Starts     int    `json:"starts"`
	FirstSeq   uint64 `json:"first_seq"`
	LastSeq    uint64 `json:"last_seq"`
	LastEvent  string `json:"last_event"`
	TornBytes  int64  `json:"torn_bytes"`     // an unfinished commit at the end, ignored
	CutOff     int    `json:"cut_off"`        // commands the engine gave that the journal does not hold any more
	Identical  bool   `json:"identical"`      // verified: every recorded command came out the same
	Snapshots  int    `json:"snapshots"`      // verified: so many snapshots hold the state that the replay had there
	Foreign    uint64 `json:"foreign_hashes"` // state hashes of builds with other snapshots, not compared
	Parents    int    `json:"parents"`
	Working    int    `json:"working_parents"`
	OpenShares int64  `json:"open_shares"` // at venues or in doubt
}

// Text prints the summary for people.
func (s *Summary) Text(verified bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d records (%d to %d), %d starts, last event %s\n", s.Journal, s.Records, s.FirstSeq, s.LastSeq, s.Starts, s.LastEvent)
	fmt.Fprintf(&b, "  %d events, %d commands, %d decisions\n", s.Events, s.Commands, s.Decisions)
	fmt.Fprintf(&b, "  %d parents, %d working, %d shares at venues\n", s.Parents, s.Working, s.OpenShares)
	if s.TornBytes > 0 || s.CutOff > 0 {
		fmt.Fprintf(&b, "  the end was cut off by a crash: %d bytes of an unfinished commit, %d commands not recorded\n", s.TornBytes, s.CutOff)
	}
	if verified {
		fmt.Fprintf(&b, "verified: all %d commands are byte for byte what the engine gives again\n", s.Commands)
	}
	if s.Foreign > 0 {
		fmt.Fprintf(&b, "  %d state hashes are of builds with other snapshots: they are not compared, the commands are\n", s.Foreign)
	}
	if s.Snapshots > 0 {
		fmt.Fprintf(&b, "verified: the state comes out as in %d of the journal's snapshots\n", s.Snapshots)
	}
	return b.String()
}

// Summarise replays the journal at path, a directory or one segment. With verify a command that differs is an error;
// without, commands are not compared.
func Summarise(ctx context.Context, path string, verify bool) (*Summary, error) {
	r, found, err := replayPath(ctx, path, verify)
	if err != nil {
		return nil, err
	}
	s := &Summary{Journal: path, Records: r.Events + r.Commands + r.Others, Events: r.Events, Commands: r.Commands, Decisions: r.Decisions,
		Starts: r.Starts, FirstSeq: found.First, LastSeq: r.Seq, LastEvent: r.Last.String(), TornBytes: found.TornBytes, CutOff: r.Missing(), Identical: verify, Snapshots: r.Snapshots, Foreign: r.foreign}
	s.Parents, s.Working, s.OpenShares = r.Engine.Count()
	return s, nil
}

// Standings replays the journal at path and gives what it has taught of each venue.
func Standings(ctx context.Context, path string) ([]router.Standing, error) {
	r, _, err := replayPath(ctx, path, false)
	if err != nil {
		return nil, err
	}
	return r.Engine.Standings(), nil
}

// replayPath replays a journal: from its first record, or, if the first segments are archived, from the oldest snapshot
// that what is there continues.
func replayPath(ctx context.Context, path string, verify bool) (*Replayer, journal.Recovery, error) {
	var none journal.Recovery
	if _, err := os.Stat(path); err != nil {
		return nil, none, fmt.Errorf("journal %s: %w: name a journal directory or one of its segment files", path, errors.Unwrap(err))
	}
	in, err := journal.OpenReader(path, func(t journal.Type, v uint8) bool { return event.Known(t, v) })
	if err != nil {
		return nil, none, err
	}
	defer in.Close()
	r := NewReplayer()
	marks, err := readMarks(path)
	if err != nil {
		return nil, none, err
	}
	if first := in.Found().First; first > 1 && len(marks) > 0 {
		if r, err = startAt(marks, first, in); err != nil {
			return nil, none, err
		}
	}
	r.unhashed = !verify
	if !verify {
		marks = nil
	}
	if err := replayAll(ctx, path, in, r, verify, marks); err != nil {
		return nil, none, err
	}
	if r.Configured == nil {
		return nil, none, fmt.Errorf("journal %s has no records", path)
	}
	return r, in.Found(), nil
}

func replayAll(ctx context.Context, path string, in *journal.Reader, r *Replayer, verify bool, marks []mark) error {
	for {
		rec, err := in.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if r.Seq == 0 && event.Kind(rec.Type) != event.KindConfigured {
			return fmt.Errorf("journal %s begins with record %d, which is not a configuration, and no snapshot that this build reads continues there: give the whole directory, with the segments that are archived put back into a copy, or use the build that wrote it", path, rec.Seq)
		}
		if !verify && event.Kind(rec.Type).IsCommand() {
			r.skip(event.Kind(rec.Type), rec.Seq)
			continue
		}
		if err := r.Feed(&rec); err != nil {
			return remedy(err, r, nil)
		}
		for _, m := range marks {
			if err := m.verify(r, rec.Seq); err != nil {
				return err
			}
		}
	}
}

// Configuration gives what a journal's first record was made under, when its own beginning is archived: the
// configuration in its oldest snapshot. It is nil if there is none.
func Configuration(dir string) (*event.Configured, error) {
	all, err := journal.Snapshots(dir)
	if err != nil {
		return nil, err
	}
	for _, at := range slices.Backward(all) {
		_, b, err := journal.LoadSnapshot(at.Path)
		if err != nil {
			continue // damaged: the next one has it too
		}
		if st, err := readState(b); err == nil {
			body, err := event.Decode(event.KindConfigured, st.configured)
			if c, ok := body.(*event.Configured); ok {
				return c, err
			}
		}
	}
	return nil, nil
}

// mark is what a snapshot says of the engine at one event.
type mark struct {
	at    journal.Snapshot
	event uint64
	sum   [32]byte // of the engine's bytes
}

// readMarks reads the snapshots beside the segments, the newest first. One that this build cannot read says nothing.
func readMarks(path string) (marks []mark, err error) {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return nil, err
	}
	all, err := journal.Snapshots(path)
	for _, at := range all {
		at, b, err := journal.LoadSnapshot(at.Path)
		if err != nil {
			continue
		}
		if st, err := readState(b); err == nil && router.Readable(st.engine) == nil {
			marks = append(marks, mark{at, st.event, sha256.Sum256(st.engine)})
		}
	}
	return marks, err
}

// startAt begins with the oldest snapshot that a journal from seq first on continues.
func startAt(marks []mark, first uint64, in *journal.Reader) (*Replayer, error) {
	for _, m := range slices.Backward(marks) {
		if m.at.From < first || m.at.Seq > in.Found().Last {
			continue
		}
		_, b, err := journal.LoadSnapshot(m.at.Path)
		if err != nil {
			return nil, err
		}
		r, st, err := replayerOf(b)
		if err != nil {
			return nil, fmt.Errorf("snapshot %s: %w", m.at.Path, err)
		}
		in.Skip(st.from())
		return r, nil
	}
	return NewReplayer(), nil
}

// verify holds the engine against a snapshot that was taken here (INV-09).
func (m *mark) verify(r *Replayer, seq uint64) error {
	if seq != m.event || r.Engine.Seq() != seq {
		return nil
	}
	if sha256.Sum256(r.Engine.AppendSnapshot(nil)) != m.sum {
		return fmt.Errorf("%w: after event %d the state is not that of snapshot %s (INV-09)", ErrDiverged, seq, m.at.Path)
	}
	r.Snapshots++
	return nil
}

// skip counts a command without comparing it.
func (r *Replayer) skip(kind event.Kind, seq uint64) {
	r.Seq = max(r.Seq, seq)
	r.Commands++
	if kind == event.KindRecordDecision {
		r.Decisions++
	}
	if len(r.waiting) > 0 && seq > r.skips {
		r.waiting = r.waiting[1:]
	}
}
