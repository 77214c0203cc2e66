package control

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/serve/words"
)

// Basket is orders of one client that wait for one decision on all their warnings (RISK-20).
type Basket struct {
	Basket   uint64          `json:"basket"`
	Client   string          `json:"client"`
	List     string          `json:"list,omitempty"`
	Of       uint32          `json:"of,omitempty"` // orders that the list has
	Orders   uint32          `json:"orders"`
	Refused  uint32          `json:"refused"`
	Waiting  uint32          `json:"waiting"`
	Amount   string          `json:"amount"`
	Stand    string          `json:"stand"`
	SinceNs  int64           `json:"since_ns"`
	Warnings []BasketWarning `json:"warnings"` // the worst first
}

// BasketWarning is all warnings of one rule in a basket.
type BasketWarning struct {
	Rule   string `json:"rule"`
	Hard   bool   `json:"hard"` // nobody overrides it: its orders are refused
	Orders uint32 `json:"orders"`
	Worst  string `json:"worst"`
}

// Text is the basket in a line, and a line for each kind of warning.
func (b *Basket) Text(now time.Time) string {
	var s strings.Builder
	fmt.Fprintf(&s, "basket %d of %s", b.Basket, b.Client)
	if b.List != "" {
		fmt.Fprintf(&s, ", list %q: %d of %s", b.List, b.Orders, words.Count(b.Of, "order", "orders"))
	} else {
		s.WriteString(": " + words.Count(b.Orders, "order", "orders"))
	}
	fmt.Fprintf(&s, ", %s, %d refused, %d %s since %v\n", b.Amount, b.Refused, b.Waiting, words.Verb(b.Waiting, "waits", "wait"), now.Sub(time.Unix(0, b.SinceNs)).Truncate(time.Second))
	for i := range b.Warnings {
		w := &b.Warnings[i]
		kind := "to be confirmed"
		if w.Hard {
			kind = "refused"
		}
		fmt.Fprintf(&s, "  %s, %d times, %s, such as: %s\n", w.Rule, w.Orders, kind, w.Worst)
	}
	return s.String()
}

func basketsOf(e Engine) []Basket {
	out := []Basket{}
	for _, r := range e.Baskets() {
		b := Basket{Basket: r.Basket, Client: r.Client, List: r.List, Of: r.Of, Orders: r.Orders, Refused: r.Refused, Waiting: r.Waiting,
			Amount: r.Amount.Dollars(), Stand: r.Stand.String(), SinceNs: int64(r.Since), Warnings: []BasketWarning{}}
		for i := range r.Warnings {
			w := &r.Warnings[i]
			b.Warnings = append(b.Warnings, BasketWarning{w.Rule, w.Hard, w.Orders, w.Worst})
		}
		out = append(out, b)
	}
	return out
}

// basket is the decision on one.
func (r *Request) basket() (event.Body, error) {
	if r.Basket == 0 {
		return nil, errors.New("name the basket by its number: `sluice basket` lists those that wait")
	}
	return &event.BasketDecided{Basket: r.Basket, Confirm: r.Do == DoConfirm, Actor: r.Actor, Reason: r.Reason}, nil
}
