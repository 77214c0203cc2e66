package train

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
)

// Options says which part of a store a dataset is. A field's zero value takes all.
type Options struct {
	Instance uint32      // of the journal
	From, To market.Time // decisions taken at or after From and before To
	// Cut gives the last record of a journal that counts, by instance: the outcomes up to a training cut and no others (SWP-01).
	// A journal that is not in it counts whole.
	Cut map[uint32]uint64
}

// A Dataset is a store as rows to train on. It reads the store anew for each pass, with the memory of a page; rows of one pass
// are of one state of the store, and two passes with the same cut give the same rows.
type Dataset struct {
	store   *store.Store
	options Options
	engines map[uint32][]engine // by instance, in the order of their starts
}

// engine is what rows need of an engine's configuration, in force from its start on.
type engine struct {
	seq         uint64
	Venues      []market.Venue
	Instruments []market.Instrument
	symbols     map[market.Symbol]*market.Instrument
}

// NewDataset reads the configurations of a store's journals. The caller closes the store, after the last pass.
func NewDataset(ctx context.Context, st *store.Store, o Options) (*Dataset, error) {
	starts, err := st.Starts(ctx, o.Instance)
	if err != nil {
		return nil, err
	}
	d := &Dataset{store: st, options: o, engines: map[uint32][]engine{}}
	for i := len(starts) - 1; i >= 0; i-- { // the last comes first
		s := &starts[i]
		e := engine{seq: s.Seq, symbols: map[market.Symbol]*market.Instrument{}}
		if err := json.Unmarshal(s.Body.Config, &e); err != nil {
			return nil, fmt.Errorf("store %v: the configuration of the start at record %d of journal %d cannot be read: %w: rebuild the store from the journal",
				st, s.Seq, s.Instance, err)
		}
		for k := range e.Instruments {
			e.symbols[e.Instruments[k].Symbol] = &e.Instruments[k]
		}
		d.engines[s.Instance] = append(d.engines[s.Instance], e)
	}
	return d, nil
}

// engineAt is the configuration in force at a record. Without one, names are numbers and nothing is known of instruments.
func (d *Dataset) engineAt(instance uint32, seq uint64) *engine {
	starts := d.engines[instance]
	for i := len(starts) - 1; i >= 0; i-- {
		if starts[i].seq <= seq {
			return &starts[i]
		}
	}
	return &engine{}
}

// venue gives a venue's name and kind.
func (e *engine) venue(v market.VenueID) (name, kind string) {
	if int(v) < len(e.Venues) {
		return e.Venues[v].Name, e.Venues[v].Type.String()
	}
	return fmt.Sprintf("venue %d", v), ""
}

// lot is a symbol's round lot, as the router counts in it.
func (e *engine) lot(s market.Symbol) market.Qty {
	if in := e.symbols[s]; in != nil {
		return max(1, in.Lot)
	}
	return 1
}

// Counts says how many rows a pass gave, and what it had to leave out.
type Counts struct {
	Decisions int
	Draws     int // decisions that were a draw whose cost is known, see [DecisionRow.Draw]
	Rows      int
	Fills     int // rows with HasFill
	Lives     int
	Answers   int
	Marks     int // markouts after fills
	Shadows   int
	Blind     int // children left out because the features of their decision are not there, or are of another schema than this build's
}

// Each gives fn every decision with the rows of its children, in the order of time. What it gives is valid until the next
// call. An error of fn ends the pass and is returned.
func (d *Dataset) Each(ctx context.Context, fn func(*DecisionRow, []Row) error) (Counts, error) {
	var n Counts
	r := newReader()
	f := store.ToldFilter{Instance: d.options.Instance, From: d.options.From, To: d.options.To, Upto: d.options.Cut}
	err := d.store.EachTold(ctx, f, func(t *store.Told) error {
		e := d.engineAt(t.Instance, t.Seq)
		r.decide(e, t)
		r.outcomes(e, t)
		n.add(r)
		return fn(&r.decision, r.rows)
	})
	return n, err
}

// Rows gives fn every child's row, in the order of time.
func (d *Dataset) Rows(ctx context.Context, fn func(*Row) error) (Counts, error) {
	return d.Each(ctx, func(_ *DecisionRow, rows []Row) error {
		for i := range rows {
			if err := fn(&rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Decisions gives fn every decision, in the order of time.
func (d *Dataset) Decisions(ctx context.Context, fn func(*DecisionRow) error) (Counts, error) {
	return d.Each(ctx, func(x *DecisionRow, _ []Row) error { return fn(x) })
}

func (n *Counts) add(r *reader) {
	n.Decisions++
	n.Blind += r.blind
	if r.decision.Draw() {
		n.Draws++
	}
	for i := range r.rows {
		row := &r.rows[i]
		n.Rows++
		n.Fills += one(row.HasFill)
		n.Lives += one(row.HasLife)
		n.Answers += one(row.HasAnswer)
		for k := range row.Marks {
			n.Shadows += one(row.Marks[k].Shadow)
			n.Marks += one(!row.Marks[k].Shadow)
		}
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
