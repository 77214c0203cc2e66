package risk

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// headroomPct is how far beyond a limit of the day the monitor lets what is open and executed go before it halts: the gate
// judges orders at the reference price of their arrival, and what a market does afterwards is no breach.
const headroomPct = 5

// Monitor watches exposure after the trade, from the journal's events alone: it believes nothing that the gate counted, so
// that a fault there is found by what really went out and was filled (RISK-15, INC-01). What it finds halts; it is wired
// to the gate, not to a screen.
//
// The zero value is not usable; see NewMonitor. It must not be used from two goroutines at once.
type Monitor struct {
	limits   Limits
	proposed *Limits // until the engine has answered that they hold
	clients  map[string]*exposure
	list     []*exposure // in the order of their first order
	firm     exposure
	parents  map[order.ParentID]*exposure
	children map[order.ChildID]*watched
	day      int64
}

// exposure is what of one client, or of all, works at venues and was executed today.
type exposure struct {
	client string
	sides  sides
}

// watched is one child that may still fill.
type watched struct {
	of    *exposure
	side  market.Side
	px    market.Price
	open  market.Qty
	fills []watchedFill
}

type watchedFill struct {
	id  string
	qty market.Qty
	px  market.Price
}

// A Breach is a limit of the day that what went out passed.
type Breach struct {
	Client string // empty = the firm
	Text   string
}

// NewMonitor gives a monitor that has seen nothing.
func NewMonitor() *Monitor {
	return &Monitor{clients: map[string]*exposure{}, parents: map[order.ParentID]*exposure{}, children: map[order.ChildID]*watched{}}
}

// Observe takes in an event or a command at its time, in the journal's order.
func (m *Monitor) Observe(body event.Body, now market.Time) {
	if today := int64(now) / day; today > m.day {
		m.newDay(today)
	}
	switch b := body.(type) {
	case *event.Configured:
		var c struct{ Limits Limits }
		if json.Unmarshal(b.Config, &c) == nil {
			m.limits = c.Limits
		}
	case *event.LimitsChanged:
		l := m.limits.Clone()
		if json.Unmarshal(b.Limits, &l) == nil {
			m.proposed = &l
		}
	case *event.AnswerPerson:
		if m.proposed != nil && !b.Refused {
			m.limits = *m.proposed
		}
		m.proposed = nil
	case *event.RecordParent:
		m.parent(&b.Parent)
	case *event.SendChild:
		m.sent(&b.Child)
	case *event.ChildExecuted:
		m.filled(b.Child, watchedFill{b.ExecID, b.Qty, b.Px})
	case *event.ExecutionBusted:
		m.busted(b.Child, b.RefExecID)
	case *event.ExecutionCorrected:
		m.busted(b.Child, b.RefExecID)
		m.filled(b.Child, watchedFill{b.ExecID, b.Qty, b.Px})
	case *event.RecordChild:
		if b.Child.State.Done() {
			m.ended(b.Child.ID)
		}
	}
}

// newDay begins anew what was executed; what is open stays.
func (m *Monitor) newDay(today int64) {
	m.day = today
	for _, e := range append(m.list, &m.firm) {
		for i := range e.sides {
			e.sides[i].executed = market.Notional{}
		}
	}
}

func (m *Monitor) parent(p *order.Parent) {
	if p.State.Done() {
		delete(m.parents, p.ID)
		return
	}
	e := m.clients[p.Client]
	if e == nil {
		e = &exposure{client: p.Client}
		m.clients[p.Client] = e
		m.list = append(m.list, e)
	}
	m.parents[p.ID] = e
}

// sent counts a child at its limit; one without a limit counts by its fills only.
func (m *Monitor) sent(c *order.Child) {
	if m.children[c.ID] != nil {
		return
	}
	w := &watched{of: m.parents[c.Parent], side: c.Side, px: max(c.Limit, 0), open: c.Qty}
	if w.of == nil {
		w.of = &exposure{} // of nobody that is known: the firm's alone
	}
	m.children[c.ID] = w
	m.add(w, market.NotionalOf(w.px, w.open))
}

func (m *Monitor) add(w *watched, n market.Notional) {
	own, firm := w.of.sides.of(w.side), m.firm.sides.of(w.side)
	own.open, firm.open = own.open.Add(n), firm.open.Add(n)
}

func (m *Monitor) free(w *watched, q market.Qty) {
	q = min(q, w.open)
	n := market.NotionalOf(w.px, q)
	w.open -= q
	own, firm := w.of.sides.of(w.side), m.firm.sides.of(w.side)
	own.open, firm.open = own.open.Sub(n), firm.open.Sub(n)
}

// filled counts an execution once. One of a child that ended long ago, or that nobody sent, is in the books of its parent.
func (m *Monitor) filled(id order.ChildID, f watchedFill) {
	w := m.children[id]
	if w == nil || f.qty <= 0 || f.px <= 0 || slices.ContainsFunc(w.fills, func(g watchedFill) bool { return g.id == f.id && f.id != "" }) {
		return
	}
	w.fills = append(w.fills, f)
	m.free(w, f.qty)
	n := market.NotionalOf(f.px, f.qty)
	own, firm := w.of.sides.of(w.side), m.firm.sides.of(w.side)
	own.executed, firm.executed = own.executed.Add(n), firm.executed.Add(n)
}

func (m *Monitor) busted(id order.ChildID, ref string) {
	w := m.children[id]
	if w == nil {
		return
	}
	i := slices.IndexFunc(w.fills, func(f watchedFill) bool { return f.id == ref })
	if i < 0 {
		return
	}
	n, q := market.NotionalOf(w.fills[i].px, w.fills[i].qty), w.fills[i].qty
	w.fills = slices.Delete(w.fills, i, i+1)
	if w.open > 0 { // it rests in its venue's book, with what was taken back
		w.open += q
		m.add(w, market.NotionalOf(w.px, q))
	}
	own, firm := w.of.sides.of(w.side), m.firm.sides.of(w.side)
	own.executed, firm.executed = beyond(own.executed, n), beyond(firm.executed, n)
}

// ended frees what of a child did not fill.
func (m *Monitor) ended(id order.ChildID) {
	if w := m.children[id]; w != nil {
		m.free(w, w.open)
		delete(m.children, id)
	}
}

// Breaches gives every limit of the day that was passed by more than a market can move: of the firm first, then of the
// clients in the order of their first order.
func (m *Monitor) Breaches() (out []Breach) {
	check := func(client string, s *sides, gross, net market.Money) {
		most := func(n market.Notional, limit market.Money, what string) {
			if limit > 0 && over(n, withHeadroom(limit)) {
				out = append(out, Breach{client, fmt.Sprintf("%s of %s at venues and executed today, the limit is $%v", what, dollars(n), limit)})
			}
		}
		most(s.gross(), gross, "gross")
		most(s.net(market.Buy, market.Notional{}), net, "net buys")
		most(s.net(market.Sell, market.Notional{}), net, "net sells")
	}
	check("", &m.firm.sides, m.limits.MaxFirmMoney, m.limits.MaxFirmNet)
	for _, e := range m.list {
		k := m.limits.creditOf(e.client)
		check(e.client, &e.sides, k.gross, k.net)
	}
	return out
}

// withHeadroom is a limit with what a market may move; the largest amount is not passed.
func withHeadroom(limit market.Money) market.Money {
	if more := limit / 100 * headroomPct; limit <= math.MaxInt64-more {
		return limit + more
	}
	return math.MaxInt64
}
