package shard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
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
	TornBytes  int64  `json:"torn_bytes"` // an unfinished commit at the end, ignored
	CutOff     int    `json:"cut_off"`    // commands the engine gave that the journal does not hold any more
	Identical  bool   `json:"identical"`  // verified: every recorded command came out the same
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
		Starts: r.Starts, FirstSeq: found.First, LastSeq: r.Seq, LastEvent: r.Last.String(), TornBytes: found.TornBytes, CutOff: r.Missing(), Identical: verify}
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
	for {
		rec, err := in.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, none, err
		}
		if r.Seq == 0 && event.Kind(rec.Type) != event.KindConfigured {
			return nil, none, fmt.Errorf("journal %s begins with record %d, which is not a configuration: give the whole directory", path, rec.Seq)
		}
		if !verify && event.Kind(rec.Type).IsCommand() {
			r.skip(event.Kind(rec.Type), rec.Seq)
			continue
		}
		if err := r.Feed(&rec); err != nil {
			return nil, none, err
		}
	}
	if r.Starts == 0 {
		return nil, none, fmt.Errorf("journal %s has no records", path)
	}
	return r, in.Found(), nil
}

// skip counts a command without comparing it.
func (r *Replayer) skip(kind event.Kind, seq uint64) {
	r.Seq = seq
	r.Commands++
	if kind == event.KindRecordDecision {
		r.Decisions++
	}
	if len(r.waiting) > 0 {
		r.waiting = r.waiting[1:]
	}
}
