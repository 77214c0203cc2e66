package tca

import (
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
)

// Charge is what one venue and the regulators charged on one trade date, by the schedules that were in force on it. Fees are
// not negative, rebates not positive.
type Charge struct {
	Day    market.Date    `json:"day"` // trade date of the executions, as yyyymmdd
	Venue  market.VenueID `json:"venue"`
	Name   string         `json:"name"`
	Shares market.Qty     `json:"shares"`
	Value  market.Money   `json:"value_micros"`
	Fee    market.Money   `json:"fee_micros"`
	Rebate market.Money   `json:"rebate_micros"`
	Reg    market.Money   `json:"regulatory_micros"`
}

// charge books a surviving execution's charges on its trade date.
func (w *work) charge(x *fill, s *Sums) {
	k := &x.Exec.Key
	w.addCharge(&w.report.Charges, &Charge{Day: k.Date, Venue: k.Venue, Name: w.in.Venues.Of(k.Venue), Shares: s.Filled, Value: s.Value,
		Fee: s.Fee, Rebate: s.Rebate, Reg: s.Reg})
}

// addCharge merges c into the list, which is kept in the order of days, venues and their names. A venue is its name: another journal's
// table may give it another number, and its number to another venue.
func (e *exact) addCharge(list *[]Charge, c *Charge) {
	at, _ := slices.BinarySearchFunc(*list, c.Day, func(a Charge, day market.Date) int { return int(a.Day) - int(day) })
	for k := at; k < len(*list) && (*list)[k].Day == c.Day; k++ {
		x := &(*list)[k]
		if x.Name == c.Name {
			x.Shares += c.Shares
			e.add(&x.Value, c.Value)
			e.add(&x.Fee, c.Fee)
			e.add(&x.Rebate, c.Rebate)
			e.add(&x.Reg, c.Reg)
			return
		}
		if x.Venue < c.Venue || x.Venue == c.Venue && x.Name < c.Name {
			at = k + 1
		}
	}
	*list = slices.Insert(*list, at, *c)
}

// ChargeText is the charges for a terminal, by trade date and venue, in dollars.
func ChargeText(list []Charge) string {
	if len(list) == 0 {
		return ""
	}
	g := &grid{left: map[int]bool{1: true}}
	g.row("trade date", "venue", "shares", "value", "fees", "rebates", "regulatory", "per 100 shares")
	for i := range list {
		c := &list[i]
		net := ratio(c.Fee+c.Rebate, market.Money(c.Shares)*market.Dollar/100, 1)
		g.row(c.Day.String(), clean(c.Name), grouped(c.Shares), dollars(c.Value), dollars(c.Fee), dollars(c.Rebate), dollars(c.Reg), net.text(4))
	}
	var b strings.Builder
	g.write(&b, "")
	return b.String()
}
