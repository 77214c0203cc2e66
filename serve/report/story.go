package report

import (
	"cmp"
	"context"
	"slices"

	"github.com/sluice-sor/sluice/internal/compare"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/tca"
)

// Story is what became of one parent in the order of time.
type Story struct {
	TCA       tca.Report
	Simulated bool           // the journal is of a simulated market
	Steps     []compare.Step // decisions that sent something, fills, and the end
	Lanes     []Lane         // a venue each, in the pecking order
}

// Lane is what one venue had of the parent, and when. Times are nanoseconds after the parent's arrival.
type Lane struct {
	Venue, Type string
	Spans       []Span // of its children, by their beginnings
	Fills       []LaneFill
	Sent        market.Qty
	Filled      market.Qty
	Children    int
}

// Span is how long a child was at its venue.
type Span struct{ From, Until int64 }

// LaneFill is one fill.
type LaneFill struct {
	At  int64
	Qty market.Qty
	Px  market.Price
}

// ReadStory reads one parent's, named as in Read.
func ReadStory(ctx context.Context, st *store.Store, instance uint32, parent string) (*Story, error) {
	key, err := find(ctx, st, instance, parent)
	if err != nil {
		return nil, err
	}
	settings := map[uint32]*setting{}
	r, in, err := reconcile(ctx, st, settings, key)
	if err != nil {
		return nil, err
	}
	return newStory(settings[key.Instance], in, r), nil
}

func newStory(k *setting, in *tca.Input, r tca.Report) *Story {
	s := &Story{TCA: r, Simulated: k.simulated}
	t := teller{story: s, venues: k.venues, names: in.Venues}
	for _, d := range in.Decisions {
		t.decided(d)
	}
	for _, x := range in.Executions {
		t.filled(x)
	}
	slices.SortStableFunc(s.Steps, func(a, b compare.Step) int { return cmp.Compare(a.At, b.At) })
	t.end()
	for _, c := range in.Children {
		t.lived(&c.Child)
	}
	for _, kind := range [...]market.VenueType{market.Internalizer, market.Dark, market.Lit, market.ECN, market.Inverted, 0} {
		for i := range t.lanes {
			if l := t.lanes[i]; t.kind(market.VenueID(i)) == kind && l != nil {
				slices.SortFunc(l.Spans, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
				s.Lanes = append(s.Lanes, *l)
			}
		}
	}
	return s
}

// teller makes a story from records.
type teller struct {
	story  *Story
	venues []market.Venue
	names  tca.Names
	lanes  [market.MaxVenues]*Lane
}

func (t *teller) kind(v market.VenueID) market.VenueType {
	if int(v) < len(t.venues) {
		return t.venues[v].Type
	}
	return 0
}

func (t *teller) typeName(v market.VenueID) string {
	if k := t.kind(v); k != 0 {
		return k.String()
	}
	return "venue"
}

func (t *teller) lane(v market.VenueID) *Lane {
	v = min(v, market.MaxVenues-1)
	if t.lanes[v] == nil {
		t.lanes[v] = &Lane{Venue: t.names.Of(v), Type: t.typeName(v)}
	}
	return t.lanes[v]
}

// step begins a step at a time and a mid.
func (t *teller) step(kind string, at market.Time, mid market.Price) compare.Step {
	r := &t.story.TCA
	s := compare.Step{At: max(0, at.Sub(r.Received)), Kind: kind, Mid: mid, Of: r.Qty}
	if mid > 0 && r.Arrival > 0 {
		s.Moved = market.Bps(mid, r.Arrival)
	}
	return s
}

func (t *teller) decided(d *event.RecordDecision) {
	if d.Stage == event.StageHold || d.Chosen < 0 || int(d.Chosen) >= len(d.Plans) || len(d.Plans[d.Chosen].Shares) == 0 {
		return
	}
	s := t.step(compare.StepDecision, d.At, market.Mid(d.Quote.Bid, d.Quote.Ask))
	s.Decision, s.Stage, s.Why = d.Decision, d.Stage.String(), d.Why
	for _, share := range d.Plans[d.Chosen].Shares {
		s.Shares = append(s.Shares, compare.StepShare{Venue: t.names.Of(share.Venue), Type: t.typeName(share.Venue), Qty: share.Qty})
	}
	t.story.Steps = append(t.story.Steps, s)
}

func (t *teller) filled(x *event.RecordExecution) {
	if x.Exec.Busted || x.Exec.Qty <= 0 {
		return
	}
	v := x.Exec.Key.Venue
	s := t.step(compare.StepFill, x.Exec.At, x.Mid)
	s.Decision, s.Stage, s.Venue, s.Type, s.Qty, s.Px = x.Decision, x.Style.String(), t.names.Of(v), t.typeName(v), x.Exec.Qty, x.Exec.Px
	t.story.Steps = append(t.story.Steps, s)
	l := t.lane(v)
	l.Fills = append(l.Fills, LaneFill{s.At, x.Exec.Qty, x.Exec.Px})
	l.Filled += x.Exec.Qty
}

// end counts what was done at each step, carries a mid that is not known, and adds the end.
func (t *teller) end() {
	s, r := t.story, &t.story.TCA
	last := t.step(compare.StepEnd, r.Received.Add(r.DurationNs), r.EndMid)
	last.Why = r.State
	if n := len(s.Steps); n > 0 {
		last.At = max(last.At, s.Steps[n-1].At)
	}
	s.Steps = append(s.Steps, last)
	done, mid, moved := market.Qty(0), r.Arrival, 0.0
	for i := range s.Steps {
		x := &s.Steps[i]
		if x.Kind == compare.StepFill {
			done += x.Qty
		}
		if x.Done = done; x.Mid > 0 {
			mid, moved = x.Mid, x.Moved
		}
		x.Mid, x.Moved = mid, moved
	}
}

func (t *teller) lived(c *order.Child) {
	if c.State == order.NeverSent {
		return
	}
	l, r := t.lane(c.Venue), &t.story.TCA
	l.Children++
	l.Sent += c.Qty
	until := c.DoneAt
	if until == 0 {
		until = r.Ended
	}
	from := max(0, c.DecidedAt.Sub(r.Received))
	l.Spans = append(l.Spans, Span{from, max(from, until.Sub(r.Received))})
}
