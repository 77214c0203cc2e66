package tca

import "github.com/sluice-sor/sluice/internal/market"

// shortfallOf books a surviving execution's delay, timing, spread and charges. Without any benchmark the legs are
// zero and the charges alone remain.
func (w *work) shortfallOf(x *fill) {
	f := &w.report.Shortfall
	e := &x.Exec
	w.add(&f.Fees, max(e.Fee, 0))
	w.add(&f.Rebates, min(e.Fee, 0))
	w.add(&f.Regulatory, e.Reg)
	w.add(&w.total, e.Fee)
	w.add(&w.total, e.Reg)
	a := w.report.Arrival
	if a == 0 {
		return
	}
	w.add(&f.Delay, w.times(w.sign*w.minus(x.decided, a), e.Qty))
	w.add(&f.Timing, w.times(w.sign*w.minus(x.seen, x.decided), e.Qty))
	w.add(&f.Spread, w.times(w.sign*w.minus(e.Px, x.seen), e.Qty))
	w.add(&w.total, w.times(w.sign*w.minus(e.Px, a), e.Qty))
}

// concludeShortfall books the unfilled shares, which a market that moved away costs, and the total.
func (w *work) concludeShortfall() {
	r := &w.report
	f := &r.Shortfall
	f.Paper = w.times(r.Arrival, max(r.Qty, r.Filled))
	f.Opportunity = w.times(w.sign*w.minus(r.EndMid, r.Arrival), r.Unfilled)
	w.add(&w.total, f.Opportunity)
	f.Total = w.total
	f.TotalBps = ratio(f.Total, f.Paper, bps)
}

// Parts gives the parts in the order of the package text; they sum to Total.
func (f *Shortfall) Parts() [7]market.Money {
	return [7]market.Money{f.Delay, f.Timing, f.Spread, f.Fees, f.Rebates, f.Regulatory, f.Opportunity}
}
