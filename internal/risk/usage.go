package risk

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

const day = 24 * market.Hour

// usage is how much of the limits is used: per client and for the firm, open and executed.
type usage struct {
	day     int64 // days since 1970, UTC
	firm    account
	clients map[string]*account
	list    []*account // the clients in the order of their first order
	parents map[order.ParentID]*reservation
	names   map[name]struct{}        // ClOrdIDs of the day
	recent  map[likeness]market.Time // when its like was last accepted
}

// account is the use by one client, or by all.
type account struct {
	client   string          // empty for the firm
	open     market.Notional // of working parents, at the price they were judged by
	executed market.Notional // of the day, at the prices traded
	minute   minute
}

// reservation is the open part of one parent, at the price it was judged by.
type reservation struct {
	client *account
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

// used is what a client used in the last minute and today, and the firm today.
func (u *usage) used(client string, now market.Time) (minute, today, firm market.Notional) {
	same := u.day == int64(now)/day
	if a := u.clients[client]; a != nil {
		minute, today = a.minute.sum(now), a.total(same)
	}
	return minute, today, u.firm.total(same)
}

func (a *account) total(sameDay bool) market.Notional {
	if sameDay {
		return a.open.Add(a.executed)
	}
	return a.open
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
	u.firm.executed = market.Notional{}
	for _, a := range u.list {
		a.executed = market.Notional{}
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
		r = &reservation{client: a}
		u.parents[p.ID] = r
	}
	before := r.notional()
	u.free(r, r.open)
	r.px, r.open = max(worst(p.Terms.Limit, ref), 0), max(p.Leaves(), 0)
	after := r.notional()
	a.open, u.firm.open = a.open.Add(after), u.firm.open.Add(after)
	a.minute.add(now, beyond(after, before))
}

func (r *reservation) notional() market.Notional { return market.NotionalOf(r.px, r.open) }

// free gives back q shares of what is open.
func (u *usage) free(r *reservation, q market.Qty) {
	q = min(q, r.open)
	n := market.NotionalOf(r.px, q)
	r.open -= q
	r.client.open, u.firm.open = r.client.open.Sub(n), u.firm.open.Sub(n)
}

// Filled books an execution of q shares at px: its part of the open amount becomes executed. A fill beyond what is open
// (RACE-02) is executed all the same.
func (g *Gate) Filled(p *order.Parent, q market.Qty, px market.Price, now market.Time) {
	u := &g.usage
	u.roll(now)
	if r := u.parents[p.ID]; r != nil {
		u.free(r, q)
	}
	a, n := u.client(p.Client), market.NotionalOf(px, q)
	a.executed, u.firm.executed = a.executed.Add(n), u.firm.executed.Add(n)
}

// Busted takes an execution back. A parent that still works has its quantity open again; one that was closed and works
// again is booked by Replaced.
func (g *Gate) Busted(p *order.Parent, q market.Qty, px market.Price, now market.Time) {
	u := &g.usage
	u.roll(now)
	a, n := u.client(p.Client), market.NotionalOf(px, q)
	a.executed, u.firm.executed = beyond(a.executed, n), beyond(u.firm.executed, n) // a former day's is gone already
	if r := u.parents[p.ID]; r != nil {
		again := market.NotionalOf(r.px, q)
		r.open += q
		a.open, u.firm.open = a.open.Add(again), u.firm.open.Add(again)
	}
}

// Closed frees what is open of a parent that is done. It is idempotent.
func (g *Gate) Closed(p *order.Parent) {
	if r := g.usage.parents[p.ID]; r != nil {
		g.usage.free(r, r.open)
		delete(g.usage.parents, p.ID)
	}
}

// Used is what a client has open, and executed today: for reports and the page.
func (g *Gate) Used(client string, now market.Time) (open, executed market.Notional) {
	if a := g.usage.clients[client]; a != nil {
		open = a.open
		if g.usage.day == int64(now)/day {
			executed = a.executed
		}
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
