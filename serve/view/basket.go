package view

import (
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
)

// Basket is orders of one client that wait for one decision on all their warnings (RISK-20).
type Basket struct {
	ID       uint64          `json:"id"`
	Client   string          `json:"client"`
	List     string          `json:"list,omitempty"`
	Of       uint32          `json:"of,omitempty"` // orders that the list has
	Orders   uint32          `json:"orders"`
	Refused  uint32          `json:"refused"`
	Waiting  uint32          `json:"waiting"`
	Amount   string          `json:"amount"`
	Warnings []BasketWarning `json:"warnings"` // the worst first
	Since    Stamp           `json:"since"`
}

// BasketWarning is all warnings of one rule.
type BasketWarning struct {
	Rule   string `json:"rule"`
	Hard   bool   `json:"hard"` // nobody overrides it: its orders are refused
	Orders uint32 `json:"orders"`
	Worst  string `json:"worst"`
}

// basketsKept bounds what is shown; the router bounds it per client.
const basketsKept = 1_000

// recordBasket keeps the baskets of which something waits.
func (v *View) recordBasket(b *event.RecordBasket) {
	v.baskets = slices.DeleteFunc(v.baskets, func(x Basket) bool { return x.ID == b.Basket })
	if b.Stand.Ended() || b.Waiting == 0 || len(v.baskets) >= basketsKept {
		return
	}
	v.baskets = append(v.baskets, BasketOf(b))
}

// BasketOf is a basket as the page and the command show it.
func BasketOf(b *event.RecordBasket) Basket {
	row := Basket{ID: b.Basket, Client: b.Client, List: b.List, Of: b.Of, Orders: b.Orders, Refused: b.Refused, Waiting: b.Waiting,
		Amount: b.Amount.Dollars(), Warnings: []BasketWarning{}, Since: Stamp(b.Since)}
	for i := range b.Warnings {
		w := &b.Warnings[i]
		row.Warnings = append(row.Warnings, BasketWarning{w.Rule, w.Hard, w.Orders, w.Worst})
	}
	return row
}
