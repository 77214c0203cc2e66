package risk

import (
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/snapshot"
)

// OrphansMax is how many orphans are kept at once. A router with more has lost its books: its engine sends nothing new
// until people have resolved some (ER-16).
const OrphansMax = 1000

// orphanTradesMax is how many executions of one orphan are told apart; beyond it the venue's own total counts.
const orphanTradesMax = 1000

// An Orphan is an order at a venue that we do not know, by all that the venue reported of it (ER-16, RACE-11).
type Orphan struct {
	ID      uint64
	Report  event.ReportOrphaned // the last that said something new
	Since   market.Time
	Reports uint32
	Trades  []OrphanTrade
	before  order.ParentID // an order that came later cannot be its owner
	money   market.Notional
	on      bool // money counts on the buying side
}

// OrphanTrade is one execution of an orphan.
type OrphanTrade struct {
	ExecID string
	Qty    market.Qty
	Px     market.Price
}

// Exposure is what the orphan filled and may still fill.
func (o *Orphan) Exposure() market.Qty {
	var filled market.Qty
	for i := range o.Trades {
		filled += o.Trades[i].Qty
	}
	open := max(0, o.Report.Leaves)
	switch o.Report.Status {
	case '2', '3', '4', '8', 'C':
		open = 0
	}
	return max(filled, o.Report.Cum) + open
}

// orphans is the book of them, oldest first. The gate and the last gate each keep their own, from the same events.
type orphans struct {
	list []*Orphan
	last uint64 // the number of the newest there ever was
}

// news is what a report of an orphan brought.
type news uint8

const (
	nothingNew news = iota
	newReport       // of an orphan that is known
	newOrphan
	noRoom
)

// report takes in a venue's report. The same execution, or the same state, again says nothing new.
func (b *orphans) report(r *event.ReportOrphaned, before order.ParentID, now market.Time) (*Orphan, news) {
	trade := OrphanTrade{r.ExecID, r.Qty, r.Px}
	isTrade := (r.ExecType == 'F' || r.ExecType == '1' || r.ExecType == '2') && r.Qty > 0
	i := slices.IndexFunc(b.list, func(o *Orphan) bool { return sameOrder(&o.Report, r) })
	if i < 0 {
		if len(b.list) >= OrphansMax {
			return nil, noRoom
		}
		b.last++
		o := &Orphan{ID: b.last, Report: *r, Since: now, Reports: 1, before: before}
		if isTrade {
			o.Trades = append(o.Trades, trade)
		}
		b.list = append(b.list, o)
		return o, newOrphan
	}
	o := b.list[i]
	old := &o.Report
	known := slices.ContainsFunc(o.Trades, func(t OrphanTrade) bool { return t.ExecID == r.ExecID && r.ExecID != "" })
	revision := (r.ExecType == 'G' || r.ExecType == 'H') && r.ExecID != old.ExecID
	if isTrade && known || !isTrade && !revision && r.ExecType == old.ExecType && r.Status == old.Status && r.Cum == old.Cum && r.Leaves == old.Leaves {
		return o, nothingNew
	}
	if isTrade && len(o.Trades) < orphanTradesMax {
		o.Trades = append(o.Trades, trade)
	}
	next := *r
	next.Symbol, next.Cum = orElse(r.Symbol, old.Symbol), max(r.Cum, old.Cum)
	next.Side, next.Px = orElse(r.Side, old.Side), orElse(r.Px, old.Px)
	next.VenueOrderID, next.ClOrdID = orElse(r.VenueOrderID, old.VenueOrderID), orElse(r.ClOrdID, old.ClOrdID)
	o.Report = next
	o.Reports++
	return o, newReport
}

func orElse[T comparable](v, other T) T {
	if v == *new(T) {
		return other
	}
	return v
}

// sameOrder reports whether two reports are of one order: by the venue's id, else by ours, else by the execution.
func sameOrder(a, b *event.ReportOrphaned) bool {
	switch {
	case a.Venue != b.Venue:
		return false
	case a.VenueOrderID != "" && b.VenueOrderID != "" && a.VenueOrderID != "NONE":
		return a.VenueOrderID == b.VenueOrderID
	case a.ClOrdID != "" && b.ClOrdID != "":
		return a.ClOrdID == b.ClOrdID
	}
	return a.ExecID != "" && a.ExecID == b.ExecID
}

// resolve takes an orphan off the book, nil if it is not there.
func (b *orphans) resolve(id uint64) *Orphan {
	return b.take(func(o *Orphan) bool { return o.ID == id })
}

// resolveOrder takes an orphan off the book by what its venue reported: whoever numbers orphans on its own has other
// numbers, because the engine also keeps orphans that came as reports of an order it has forgotten.
func (b *orphans) resolveOrder(r *event.ReportOrphaned) *Orphan {
	return b.take(func(o *Orphan) bool { return sameOrder(&o.Report, r) })
}

func (b *orphans) take(is func(*Orphan) bool) *Orphan {
	i := slices.IndexFunc(b.list, is)
	if i < 0 {
		return nil
	}
	o := b.list[i]
	b.list = slices.Delete(b.list, i, i+1)
	return o
}

// held is what of a parent may not be routed, because an orphan may be its own: it names the parent's symbol and side, at a
// venue to which something of the parent went, and was there when the orphan appeared. One that names neither symbol nor
// side is an alarm and holds nothing back.
func (b *orphans) held(id order.ParentID, symbol market.Symbol, side market.Side, venues uint64) (q market.Qty) {
	for _, o := range b.list {
		r := &o.Report
		if id <= o.before && r.Symbol == symbol && r.Side != 0 && r.Side.IsBuy() == side.IsBuy() && venueBit(r.Venue)&venues != 0 {
			q += o.Exposure()
		}
	}
	return q
}

// venueBit is a venue in a set of venues; one that is not in the table is in none.
func venueBit(v market.VenueID) uint64 {
	if v >= market.MaxVenues {
		return 0
	}
	return 1 << v
}

func (b *orphans) visit(c *snapshot.Coder) {
	snapshot.Uint(c, &b.last)
	snapshot.List(c, &b.list, func(o **Orphan, c *snapshot.Coder) {
		if c.Decoding() {
			*o = new(Orphan)
		}
		(*o).visit(c)
	})
}

func (o *Orphan) visit(c *snapshot.Coder) {
	r := &o.Report
	snapshot.Uint(c, &o.ID)
	snapshot.Uint(c, &r.Venue)
	for _, s := range []*string{&r.ClOrdID, &r.VenueOrderID, &r.ExecID, &r.Text} {
		snapshot.Text(c, s)
	}
	snapshot.Uint(c, &r.ExecType)
	snapshot.Uint(c, &r.Status)
	snapshot.Text(c, &r.Symbol)
	snapshot.Uint(c, &r.Side)
	snapshot.Int(c, &r.Qty)
	snapshot.Int(c, &r.Px)
	snapshot.Int(c, &r.Cum)
	snapshot.Int(c, &r.Leaves)
	snapshot.Int(c, &o.Since)
	snapshot.Uint(c, &o.Reports)
	snapshot.List(c, &o.Trades, func(t *OrphanTrade, c *snapshot.Coder) {
		snapshot.Text(c, &t.ExecID)
		snapshot.Int(c, &t.Qty)
		snapshot.Int(c, &t.Px)
	})
	snapshot.Uint(c, &o.before)
	snapshot.Amount(&o.money, c)
	snapshot.Flag(c, &o.on)
}

// Orphaned takes in a venue's report for an order that we do not know, and gives what the book has of it: nil when there
// is no room. Fresh says that it said something new. What the orphan is worth counts for the firm (RISK-05). Parents up to
// before may be its owners.
func (g *Gate) Orphaned(r *event.ReportOrphaned, before order.ParentID, ref market.Price, now market.Time) (o *Orphan, fresh bool) {
	o, what := g.orphans.report(r, before, now)
	if what == newOrphan || what == newReport {
		n := market.NotionalOf(worst(max(o.Report.Px, 0), ref), max(o.Exposure(), 0))
		firm := g.usage.firm.sides.of(o.Report.Side)
		if o.on != o.Report.Side.IsBuy() { // its side was not known before
			other := g.usage.firm.sides.of(opposite(o.Report.Side))
			other.open, o.money, o.on = other.open.Sub(o.money), market.Notional{}, o.Report.Side.IsBuy()
		}
		firm.open, o.money = firm.open.Sub(o.money).Add(n), n
	}
	return o, what != nothingNew
}

// OrphanResolved takes an orphan off the book, nil if it is not there.
func (g *Gate) OrphanResolved(id uint64) *Orphan {
	o := g.orphans.resolve(id)
	if o != nil {
		firm := g.usage.firm.sides.of(o.Report.Side)
		firm.open = firm.open.Sub(o.money)
	}
	return o
}

// Orphans gives the book, oldest first. The caller changes nothing in it.
func (g *Gate) Orphans() []*Orphan { return g.orphans.list }

// OrphansFull reports whether there is no room for another orphan.
func (g *Gate) OrphansFull() bool { return len(g.orphans.list) >= OrphansMax }

// Held is what of a parent may not be routed while orphans that may be its own are not resolved; venues is the set of
// those to which something of it went.
func (g *Gate) Held(p *order.Parent, venues uint64) market.Qty {
	return g.orphans.held(p.ID, p.Terms.Symbol, p.Terms.Side, venues)
}
