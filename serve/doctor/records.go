package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	fixstore "github.com/sluice-sor/sluice/fixgw/store"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/serve/ladder"
)

// mostRead is the largest journal that is read here: some ten seconds. A start reads any.
const mostRead = 4 << 30

// records is what a stopped router's journal says of how the next start goes on.
type records struct {
	first   uint64
	trail   *fixstore.Trail
	ladder  *ladder.Ladder
	asked   event.Asked
	halts   []halted
	baskets map[uint64]*event.RecordBasket
	config  []byte // of the last start
}

// halted is a halt in force, since when.
type halted struct {
	event.Halted
	at market.Time
}

// records reads the journal of a router that does not run: whether it can be read, where the FIX sessions stand, and what
// halts, brakes and baskets the next start goes on with.
func (d *doctor) records(ctx context.Context) {
	if d.running {
		return // it has its own account: asks does that
	}
	dir := d.file.Router.JournalDir
	segments, err := filepath.Glob(filepath.Join(filepath.Clean(dir), "*.seg"))
	if err != nil || len(segments) == 0 {
		return
	}
	if size := sizeOf(segments); size > mostRead {
		d.report.add("journal records", OK, "", "%d MiB are not read here: `sluice replay %s` does", size>>20, dir)
		return
	}
	r, err := read(ctx, dir)
	if err != nil {
		d.report.add("journal records", Fail, "restore the file that it names from the archive or a copy, or start the build that wrote it; delete and edit nothing: a start refuses it too", "%v", err)
		return
	}
	d.report.add("journal records", OK, "", "they read, from record %d on", r.first)
	d.follows(r.config)
	d.numbers(r.trail)
	d.standing(r)
}

// follows says why the next start cannot go on with the journal as this file has its venues.
func (d *doctor) follows(last []byte) {
	var old router.Config
	if json.Unmarshal(last, &old) != nil { // of a journal without a start, or of another build
		return
	}
	next, err := d.file.Engine()
	if err == nil {
		err = router.CanFollow(&old, &next)
	}
	if err != nil {
		d.report.add("journal venues", Fail, "put them back as they were, new ones at the end; a start refuses it", "%v", err)
	}
}

func sizeOf(paths []string) (size int64) {
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			size += info.Size()
		}
	}
	return size
}

// read follows a journal.
func read(ctx context.Context, dir string) (*records, error) {
	in, err := journal.OpenReader(dir, func(t journal.Type, v uint8) bool { return event.Known(t, v) })
	if err != nil {
		return nil, err
	}
	defer in.Close()
	first := in.Found().First
	r := &records{first: first, trail: fixstore.NewTrail(first <= 1), ladder: ladder.New(), baskets: map[uint64]*event.RecordBasket{}}
	for {
		rec, err := in.Next(ctx)
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err == nil {
			err = r.take(&rec)
		}
		if err != nil {
			return nil, fmt.Errorf("journal %s: %w", dir, err)
		}
	}
}

// followed is the kinds that say how the next start goes on, and those that the engine answers as it answers these.
var followed = [...]event.Kind{event.KindConfigured, event.KindHalted, event.KindResumed, event.KindLimitsChanged, event.KindControlSwitched,
	event.KindLearningSteered, event.KindExperimentSteered, event.KindParentSteered, event.KindChildResolved, event.KindOrphanResolved,
	event.KindTrainingCut, event.KindModelActivated, event.KindBasketDecided, event.KindDegraded, event.KindAnswerPerson,
	event.KindRecordLearning, event.KindRecordBasket}

func (r *records) take(rec *journal.Record) error {
	kind := event.Kind(rec.Type)
	if kind == event.KindFIXStore {
		return r.trail.Take(rec.Seq, rec.Wall, rec.Version, rec.Payload)
	}
	if !slices.Contains(followed[:], kind) {
		return nil
	}
	body, err := event.Decode(kind, rec.Payload)
	if err != nil {
		return fmt.Errorf("record %d: %w", rec.Seq, err)
	}
	at := market.Time(rec.Wall)
	r.ladder.Apply(at, body)
	r.asked.Event(body, r.done(at, body))
	switch b := body.(type) {
	case *event.Configured:
		r.config = b.Config
	case *event.AnswerPerson:
		r.asked.Answer(b)
	case *event.RecordBasket:
		if delete(r.baskets, b.Basket); b.Waiting > 0 && !b.Stand.Ended() {
			r.baskets[b.Basket] = b
		}
	}
	return nil
}

// done is what a halt or a resume comes to once the engine has answered it.
func (r *records) done(at market.Time, body event.Body) func() {
	switch b := body.(type) {
	case *event.Halted:
		return func() { r.halts = append(r.without(b.Client, string(b.Symbol), b.Venue, b.Algorithm), halted{*b, at}) }
	case *event.Resumed:
		return func() { r.halts = r.without(b.Client, string(b.Symbol), b.Venue, b.Algorithm) }
	}
	return nil
}

// without gives the halts of other scopes.
func (r *records) without(client, symbol, venue, algorithm string) []halted {
	return slices.DeleteFunc(r.halts, func(h halted) bool {
		return h.Client == client && string(h.Symbol) == symbol && h.Venue == venue && h.Algorithm == algorithm
	})
}
