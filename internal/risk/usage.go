package risk

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

const day = 24 * market.Hour

// usage is how much of the limits is used: per client and for the firm, open and executed.
type usage struct {
	sends   bucket // children of all symbols
	day     int64  // days since 1970, UTC
	firm    account
	clients map[string]*account
	list    []*account // the clients in the order of their first order
	parents map[order.ParentID]*reservation
	names   map[name]struct{}        // ClOrdIDs of the day
	recent  map[likeness]market.Time // when its like was last accepted
}

// account is the use by one client, or by all.
type account struct {
	client   string // empty for the firm
	sides    sides
	minute   minute
	messages bucket
}

// sides is amounts by side, buys first.
type sides [2]amounts

// amounts is what is open of working parents, at the prices they were judged by, and executed today, at the prices traded.
type amounts struct {
	open, executed market.Notional
}

// of gives the amounts of a side.
func (s *sides) of(side market.Side) *amounts {
	if side.IsBuy() {
		return &s[0]
	}
	return &s[1]
}

// gross is all that is open or executed.
func (s *sides) gross() market.Notional {
	return s[0].open.Add(s[0].executed).Add(s[1].open).Add(s[1].executed)
}

// net is how far one side would be ahead of the other if added, and all that is open on its side, filled, and nothing
// open on the other did: what a desk can come to stand with (RISK-03).
func (s *sides) net(side market.Side, added market.Notional) market.Notional {
	own, other := s.of(side), s.of(opposite(side))
	return beyond(own.open.Add(own.executed).Add(added), other.executed)
}

func opposite(side market.Side) market.Side {
	if side.IsBuy() {
		return market.Sell
	}
	return market.Buy
}

// reservation is the open part of one parent, at the price it was judged by.
type reservation struct {
	client *account
	side   market.Side
	px     market.Price
	open   market.Qty
}

// name is a ClOrdID in the scope of its client (RACE-12).
type name struct{ client, clOrdID string }

// likeness is what makes two orders duplicates of each other (RISK-06).
type likeness struct {
	client, account string
	symbol          market.Symbol
	side            market.Side
	qty             market.Qty
	limit           market.Price
	kind            order.Type
}

func likenessOf(client string, t *order.Terms) likeness {
	return likeness{client, t.Account, t.Symbol, t.Side, t.Qty, t.Limit, t.Type}
}

func newUsage() usage {
	return usage{
		clients: map[string]*account{},
		parents: map[order.ParentID]*reservation{},
		names:   map[name]struct{}{},
		recent:  map[likeness]market.Time{},
	}
}

// repeated is RISK-06: a ClOrdID of the day, or the like of an order accepted within the window.
func (u *usage) repeated(client, clOrdID string, t *order.Terms, now market.Time, window int64) Refusal {
	if _, used := u.names[name{client, clOrdID}]; used && u.day == int64(now)/day {
		return refuse("RISK-06", reasonDuplicate, "ClOrdID (11) %q was used before today", clOrdID)
	}
	if at, seen := u.recent[likenessOf(client, t)]; seen && window > 0 && now.Sub(at) <= window {
		return refuse("RISK-06", reasonDuplicate, "the same order was accepted %d ms ago", now.Sub(at)/market.Millisecond)
	}
	return Refusal{}
}

// use is what a client used in the last minute and today, and the firm today.
type use struct {
	minute       market.Notional
	client, firm sides
}

func (u *usage) used(client string, now market.Time) (out use) {
	out.firm = u.firm.sides
	if a := u.clients[client]; a != nil {
		out.minute, out.client = a.minute.sum(now), a.sides
	}
	if u.day != int64(now)/day { // of a day before
		for i := range out.client {
			out.client[i].executed, out.firm[i].executed = market.Notional{}, market.Notional{}
		}
	}
	return out
}

// roll begins a new day when now is in one.
func (u *usage) roll(now market.Time) {
	today := int64(now) / day
	if today <= u.day {
		return
	}
	u.day = today
	clear(u.names)
	clear(u.recent)
	u.firm.newDay()
	for _, a := range u.list {
		a.newDay()
	}
}

func (a *account) newDay() {
	for i := range a.sides {
		a.sides[i].executed = market.Notional{}
	}
}

func (u *usage) client(id string) *account {
	a := u.clients[id]
	if a == nil {
		a = &account{client: id}
		u.clients[id] = a
		u.list = append(u.list, a)
	}
	return a
}

// Accepted books a parent that passed Parent and was taken in; ref is the reference price it was judged by.
func (g *Gate) Accepted(p *order.Parent, ref market.Price) {
	u := &g.usage
	u.roll(p.Received)
	u.names[name{p.Client, p.ClOrdID}] = struct{}{}
	u.recent[likenessOf(p.Client, &p.Terms)] = p.Received
	u.reserve(p, ref, p.Received)
}

// Replaced books the new terms of a parent, or one that became active again after a bust: what is open of it now is its
// Leaves, at the reference price ref.
func (g *Gate) Replaced(p *order.Parent, ref market.Price, now market.Time) {
	g.usage.roll(now)
	g.usage.names[name{p.Client, p.ClOrdID}] = struct{}{}
	g.usage.reserve(p, ref, now)
}

func (u *usage) reserve(p *order.Parent, ref market.Price, now market.Time) {
	a := u.client(p.Client)
	r := u.parents[p.ID]
	if r == nil {
		r = &reservation{client: a, side: p.Terms.Side}
		u.parents[p.ID] = r
	}
	before := r.notional()
	u.free(r, r.open)
	r.px, r.open = max(worst(p.Terms.Limit, ref), 0), max(p.Leaves(), 0)
	after := r.notional()
	u.open(a, r.side, after)
	a.minute.add(now, beyond(after, before))
}

func (r *reservation) notional() market.Notional { return market.NotionalOf(r.px, r.open) }

// open adds to what is open of a client and of the firm.
func (u *usage) open(a *account, side market.Side, n market.Notional) {
	own, firm := a.sides.of(side), u.firm.sides.of(side)
	own.open, firm.open = own.open.Add(n), firm.open.Add(n)
}

// free gives back q shares of what is open.
func (u *usage) free(r *reservation, q market.Qty) {
	q = min(q, r.open)
	n := market.NotionalOf(r.px, q)
	r.open -= q
	own, firm := r.client.sides.of(r.side), u.firm.sides.of(r.side)
	own.open, firm.open = own.open.Sub(n), firm.open.Sub(n)
}

// Filled books an execution of q shares at px: its part of the open amount becomes executed. A fill beyond what is open
// (RACE-02) is executed all the same.
func (g *Gate) Filled(p *order.Parent, q market.Qty, px market.Price, now market.Time) {
	u := &g.usage
	u.roll(now)
	if r := u.parents[p.ID]; r != nil {
		u.free(r, q)
	}
	n := market.NotionalOf(px, q)
	own, firm := u.client(p.Client).sides.of(p.Terms.Side), u.firm.sides.of(p.Terms.Side)
	own.executed, firm.executed = own.executed.Add(n), firm.executed.Add(n)
}

// Revised gives an execution another quantity, 0 for a bust, and price. One of a former day was in that day's amounts and
// changes none of today's. A parent that still works has what is taken back open again; one that was closed and works again
// is booked by Replaced.
func (g *Gate) Revised(p *order.Parent, x *order.Execution, q market.Qty, px market.Price, now market.Time) {
	u := &g.usage
	u.roll(now)
	a := u.client(p.Client)
	if int64(x.At)/day == u.day {
		for _, of := range [...]*amounts{a.sides.of(p.Terms.Side), u.firm.sides.of(p.Terms.Side)} {
			of.executed = beyond(of.executed, market.NotionalOf(x.Px, x.Qty)).Add(market.NotionalOf(px, q))
		}
	}
	if r := u.parents[p.ID]; r != nil {
		r.open += x.Qty
		u.open(a, r.side, market.NotionalOf(r.px, x.Qty))
		u.free(r, q)
	}
}

// Closed frees what is open of a parent that is done. It is idempotent.
func (g *Gate) Closed(p *order.Parent) {
	if r := g.usage.parents[p.ID]; r != nil {
		g.usage.free(r, r.open)
		delete(g.usage.parents, p.ID)
	}
}

// Used is what a client has open, and executed today, both sides together: for reports and the page.
func (g *Gate) Used(client string, now market.Time) (open, executed market.Notional) {
	u := g.usage.used(client, now)
	for i := range u.client {
		open, executed = open.Add(u.client[i].open), executed.Add(u.client[i].executed)
	}
	return open, executed
}

// beyond gives n − m, zero if m is larger.
func beyond(n, m market.Notional) market.Notional {
	if n.Less(m) {
		return market.Notional{}
	}
	return n.Sub(m)
}

// minute is the amounts of the last minute, by the second.
type minute struct {
	second [60]int64 // since 1970; which second the slot holds
	amount [60]market.Notional
}

func (m *minute) add(now market.Time, n market.Notional) {
	s := int64(now) / market.Second
	i := uint64(s) % uint64(len(m.second))
	if m.second[i] != s {
		m.second[i], m.amount[i] = s, market.Notional{}
	}
	m.amount[i] = m.amount[i].Add(n)
}

func (m *minute) sum(now market.Time) (n market.Notional) {
	s := int64(now) / market.Second
	for i, at := range m.second {
		if s-at < int64(len(m.second)) {
			n = n.Add(m.amount[i])
		}
	}
	return n
}
