package risk

import (
	"cmp"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/snapshot"
)

// Visit carries the gate's state: halts, last trades and the use of the limits. The limits and the reference data
// themselves are configuration: what is read goes into a gate made of the same. Working leaves out what only grows over
// a day, the names and likenesses of orders, but for their number.
func (g *Gate) Visit(c *snapshot.Coder, working bool) {
	g.halts.visit(c)
	known := func(s market.Symbol) bool { return g.instruments[s] != nil }
	for _, s := range symbols(c, snapshot.Sorted(g.instruments), known) {
		snapshot.Int(c, &g.instruments[s].last)
		snapshot.Int(c, &g.instruments[s].low)
		snapshot.Int(c, &g.instruments[s].high)
		g.instruments[s].sends.visit(c)
	}
	snapshot.Int(c, &g.today)
	snapshot.List(c, &g.off, (*off).visit)
	snapshot.Uint(c, &g.arrivals)
	g.usage.visit(c, working)
	g.orphans.visit(c)
}

func symbols(c *snapshot.Coder, sorted []market.Symbol, known func(market.Symbol) bool) []market.Symbol {
	got := snapshot.Keys(c, sorted, func(a, b market.Symbol) bool { return a < b }, func(s *market.Symbol, c *snapshot.Coder) { snapshot.Text(c, s) })
	for _, s := range got {
		if c.Decoding() && !known(s) {
			c.Fail("symbol %q is not configured", s)
			return nil
		}
	}
	return got
}

func (h *halts) visit(c *snapshot.Coder) { snapshot.List(c, (*[]scope)(h), (*scope).visit) }

func (s *scope) visit(c *snapshot.Coder) {
	snapshot.Text(c, &s.client)
	snapshot.Text(c, &s.symbol)
	snapshot.Text(c, &s.venue)
	snapshot.Text(c, &s.algorithm)
}

func (u *usage) visit(c *snapshot.Coder, working bool) {
	snapshot.Int(c, &u.day)
	u.sends.visit(c)
	u.firm.visit(c)
	snapshot.List(c, &u.list, func(a **account, c *snapshot.Coder) {
		if c.Decoding() {
			*a = new(account)
		}
		(*a).visit(c)
	})
	if c.Decoding() {
		for _, a := range u.list {
			u.clients[a.client] = a
		}
		if len(u.clients) != len(u.list) {
			c.Fail("a client has two accounts")
		}
	}
	u.visitParents(c)
	if working {
		snapshot.Count(c, len(u.names), 1)
		snapshot.Count(c, len(u.recent), 1)
		return
	}
	u.visitNames(c)
	u.visitRecent(c)
}

func (a *account) visit(c *snapshot.Coder) {
	snapshot.Text(c, &a.client)
	for i := range a.sides {
		snapshot.Amount(&a.sides[i].open, c)
		snapshot.Amount(&a.sides[i].executed, c)
	}
	a.messages.visit(c)
	for i := range a.minute.second {
		snapshot.Int(c, &a.minute.second[i])
		snapshot.Amount(&a.minute.amount[i], c)
	}
}

func (u *usage) visitParents(c *snapshot.Coder) {
	for _, id := range parentIDs(c, snapshot.Sorted(u.parents)) {
		r := u.parents[id]
		if c.Decoding() {
			r = new(reservation)
			u.parents[id] = r
		}
		client := ""
		if r.client != nil {
			client = r.client.client
		}
		snapshot.Text(c, &client)
		snapshot.Uint(c, &r.side)
		snapshot.Int(c, &r.px)
		snapshot.Int(c, &r.open)
		if !c.Decoding() {
			continue
		}
		if r.client = u.clients[client]; r.client == nil || r.px < 0 || r.open < 0 {
			c.Fail("parent %d reserves %d shares at %v for client %q, which has no account", id, r.open, r.px, client)
			return
		}
	}
}

// parentIDs visits ids that ascend.
func parentIDs(c *snapshot.Coder, sorted []order.ParentID) []order.ParentID {
	return snapshot.Keys(c, sorted, func(a, b order.ParentID) bool { return a < b }, func(id *order.ParentID, c *snapshot.Coder) { snapshot.Uint(c, id) })
}

func compareNames(a, b name) int {
	return cmp.Or(cmp.Compare(a.client, b.client), cmp.Compare(a.clOrdID, b.clOrdID))
}

func visitName(n *name, c *snapshot.Coder) {
	snapshot.Text(c, &n.client)
	snapshot.Text(c, &n.clOrdID)
}

func (u *usage) visitNames(c *snapshot.Coder) {
	less := func(a, b name) bool { return compareNames(a, b) < 0 }
	for _, n := range snapshot.Keys(c, snapshot.SortedBy(u.names, compareNames), less, visitName) {
		u.names[n] = struct{}{}
	}
}

func compareLikes(a, b likeness) int {
	return cmp.Or(cmp.Compare(a.client, b.client), cmp.Compare(a.account, b.account), cmp.Compare(a.symbol, b.symbol),
		cmp.Compare(a.side, b.side), cmp.Compare(a.qty, b.qty), cmp.Compare(a.limit, b.limit), cmp.Compare(a.kind, b.kind))
}

func (u *usage) visitRecent(c *snapshot.Coder) {
	keys := snapshot.Keys(c, snapshot.SortedBy(u.recent, compareLikes), func(a, b likeness) bool { return compareLikes(a, b) < 0 },
		func(l *likeness, c *snapshot.Coder) {
			snapshot.Text(c, &l.client)
			snapshot.Text(c, &l.account)
			snapshot.Text(c, &l.symbol)
			snapshot.Uint(c, &l.side)
			snapshot.Int(c, &l.qty)
			snapshot.Int(c, &l.limit)
			snapshot.Uint(c, &l.kind)
		})
	for _, l := range keys {
		at := u.recent[l]
		snapshot.Int(c, &at)
		u.recent[l] = at
	}
}
