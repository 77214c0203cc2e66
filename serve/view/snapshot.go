package view

import (
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Snapshot gives everything small, as of now, in a copy that nothing changes later.
func (v *View) Snapshot() State {
	v.mu.RLock()
	defer v.mu.RUnlock()
	s := State{
		Seq: v.seq, At: Stamp(v.at), Engine: v.engine, Venues: v.board(), Books: v.symbolBooks(),
		Parents: make([]Parent, 0, len(v.parents)), Decisions: []DecisionLine{}, Alerts: v.alerts.newest(v.opts.Alerts),
		Clients: append([]Client{}, v.clients...), Halts: append([]Halt{}, v.halts...), Orphans: append([]Orphan{}, v.orphans...), Baskets: append([]Basket{}, v.baskets...),
	}
	for _, d := range v.decisions.newest(v.opts.Lines) {
		s.Decisions = append(s.Decisions, d.DecisionLine)
	}
	s.Off = []Off{}
	for _, o := range v.off {
		if o.Until > s.At {
			s.Off = append(s.Off, o)
		}
	}
	for i := range s.Halts {
		s.Halts[i].Progress = v.progress(&v.halts[i])
	}
	at := v.exposures()
	for _, id := range slices.Backward(v.order) {
		p := v.parents[id]
		if p == nil {
			continue
		}
		x := at[id]
		s.Parents = append(s.Parents, p.row(v.engine.Instance, x.working, x.doubt))
		if !p.State.Done() {
			s.Engine.ParentsActive++
		}
		s.Engine.ChildrenWorking += x.children
		s.Engine.ChildrenInDoubt += x.doubtful
	}
	return s
}

// Working gives how many children are at venues, and how many of them are in doubt; it is cheap.
func (v *View) Working() (children, inDoubt int) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	for _, c := range v.live {
		if c.InDoubt {
			inDoubt++
		}
	}
	return len(v.live), inDoubt
}

// Orphans gives how many orders at venues we do not know.
func (v *View) Orphans() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return len(v.orphans)
}

// exposure is what one parent has at venues.
type exposure struct {
	working, doubt     market.Qty
	children, doubtful int
}

func (v *View) exposures() map[order.ParentID]exposure {
	out := map[order.ParentID]exposure{}
	for _, c := range v.live {
		x := out[c.Parent]
		x.children++
		if c.InDoubt {
			x.doubt += c.Exposure()
			x.doubtful++
		} else {
			x.working += c.Exposure()
		}
		out[c.Parent] = x
	}
	return out
}

// Parent gives one parent with its children, fills and decisions; ok is false if it is not kept.
func (v *View) Parent(id order.ParentID) (d ParentDetail, ok bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	p := v.parents[id]
	if p == nil {
		return d, false
	}
	var x exposure
	parts := map[market.VenueID]*VenuePart{}
	d.Timeline = make([]Child, 0, len(p.children))
	for _, cid := range p.children {
		c := v.children[cid]
		if c == nil {
			continue
		}
		d.Timeline = append(d.Timeline, c.detail(v.venueName(c.Venue)))
		v.part(parts, c.Venue).Sent += int64(c.Qty)
		switch {
		case !c.Live():
		case c.InDoubt:
			x.doubt += c.Exposure()
		default:
			x.working += c.Exposure()
		}
	}
	d.Market = []Quote{}
	if row := v.books[p.Terms.Symbol]; row != nil {
		to := Stamp(v.at)
		if p.State.Done() && p.DoneAt != 0 {
			to = Stamp(p.DoneAt)
		}
		d.Market = append(d.Market, row.trace.between(Stamp(p.Received), to)...)
	}
	d.Parent, d.Dropped = p.row(v.engine.Instance, x.working, x.doubt), p.lost
	d.Executions = v.executions(p, parts)
	d.ByVenue = make([]VenuePart, 0, len(parts))
	for _, part := range parts {
		d.ByVenue = append(d.ByVenue, *part)
	}
	slices.SortFunc(d.ByVenue, func(a, b VenuePart) int { return strings.Compare(a.Venue, b.Venue) })
	d.DecisionLines = []DecisionLine{}
	for _, id := range slices.Backward(p.lines) {
		if dec := v.byID[id]; dec != nil {
			d.DecisionLines = append(d.DecisionLines, dec.DecisionLine)
		}
	}
	return d, true
}

func (v *View) part(parts map[market.VenueID]*VenuePart, id market.VenueID) *VenuePart {
	if parts[id] == nil {
		parts[id] = &VenuePart{Venue: v.venueName(id)}
	}
	return parts[id]
}

// executions gives a parent's fills and adds them to its venues' parts.
func (v *View) executions(p *parentRow, parts map[market.VenueID]*VenuePart) []Fill {
	out := make([]Fill, 0, len(p.fills))
	sums := map[market.VenueID]market.Notional{}
	for i := range p.fills {
		f := &p.fills[i]
		x := &f.Exec
		out = append(out, Fill{ExecID: f.ExecID, Child: x.Child, Venue: v.venueName(x.Key.Venue), LastMkt: x.LastMkt, Style: styleName(f.Style),
			Qty: int64(x.Qty), Px: Px(x.Px), Mid: Px(f.Mid), Liquidity: x.Liquidity.String(), Fee: USD(x.Fee), Regulatory: USD(x.Reg),
			At: Stamp(x.At), Busted: x.Busted, Corrected: f.corrected, Late: f.Late})
		b := booked(&f.RecordExecution)
		part := v.part(parts, x.Key.Venue)
		part.Shares += b.qty
		part.Fees += USD(b.fee)
		sums[x.Key.Venue] = sums[x.Key.Venue].Add(b.notional)
	}
	for id, part := range parts {
		part.AvgPx = Px(average(sums[id], market.Qty(part.Shares)))
	}
	return out
}

// Decision gives one decision in full; ok is false if it is not kept. What it points to is never changed.
func (v *View) Decision(id uint64) (d Decision, ok bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	p := v.byID[id]
	if p == nil {
		return d, false
	}
	return *p, true
}
