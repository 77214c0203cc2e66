package tca

import "github.com/sluice-sor/sluice/internal/market"

// shortfallOf books a surviving execution's charges, and s, its delay, timing and spread. Without any benchmark the legs are
// zero and the charges alone remain.
func (w *work) shortfallOf(x *fill, s *Sums) {
	f := &w.report.Shortfall
	e := &x.Exec
	w.add(&f.Fees, s.Fee)
	w.add(&f.Rebates, s.Rebate)
	w.add(&f.Regulatory, s.Reg)
	w.add(&f.Delay, s.Delay)
	w.add(&f.Timing, s.Timing)
	w.add(&f.Spread, s.Spread)
	w.add(&w.total, e.Fee)
	w.add(&w.total, e.Reg)
	w.add(&w.total, s.ArrivalCost)
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
