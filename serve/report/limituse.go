package report

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/store"
)

// WideBeyond is how many times its largest use a limit may be before it is flagged as unreasonably wide (RISK-16).
const WideBeyond = 20

// Use is one limit and the largest use of it.
type Use struct {
	Limit   string  `json:"limit"` // as the key of [limits]
	Of      string  `json:"of"`    // a client, or empty for all
	Value   string  `json:"value"`
	Largest string  `json:"largest"`
	Day     string  `json:"day"`   // of the largest use, or of the order with it
	Times   float64 `json:"times"` // the limit over the use; 0 = no use, or no limit
	Wide    bool    `json:"wide"`
}

// most is the largest of what was seen of one thing.
type most struct {
	value market.Notional
	day   market.Date
}

func (m *most) see(v market.Notional, day market.Date) {
	if m.value.Less(v) {
		m.value, m.day = v, day
	}
}

// day is what one client, or the firm, has open, and executed today, buys first, as parents come and end; and the largest of what
// the gate holds against its limits (RISK-03, RISK-05).
type day struct {
	date               market.Date
	open, executed     [2]market.Notional
	recent             []arrived // of the last minute
	gross, net, minute most
}

// arrived is what came in one second.
type arrived struct {
	second int64
	amount market.Notional
}

// roll begins a new day when date is one: what is open stays.
func (d *day) roll(date market.Date) {
	if d.date != date {
		d.date, d.executed = date, [2]market.Notional{}
	}
}

// come books a parent that was taken.
func (d *day) come(m *turn) {
	d.roll(m.date)
	own, other := m.side(), 1-m.side()
	d.open[own] = d.open[own].Add(m.amount)
	d.gross.see(d.open[0].Add(d.open[1]).Add(d.executed[0]).Add(d.executed[1]), m.date)
	if n, done := d.open[own].Add(d.executed[own]), d.executed[other]; done.Less(n) {
		d.net.see(n.Sub(done), m.date)
	}
	d.minute.see(d.inMinute(int64(m.at)/market.Second, m.amount), m.date)
}

// inMinute adds what came in a second, and gives the sum of the minute that ends with it.
func (d *day) inMinute(second int64, amount market.Notional) (sum market.Notional) {
	d.recent = slices.DeleteFunc(d.recent, func(a arrived) bool { return second-a.second >= 60 })
	if n := len(d.recent); n > 0 && d.recent[n-1].second == second {
		d.recent[n-1].amount = d.recent[n-1].amount.Add(amount)
	} else {
		d.recent = append(d.recent, arrived{second, amount})
	}
	for _, a := range d.recent {
		sum = sum.Add(a.amount)
	}
	return sum
}

// end books a parent that is done: what of it traded is executed, the rest is free.
func (d *day) end(m *turn) {
	d.roll(m.date)
	s := m.side()
	d.open[s], d.executed[s] = d.open[s].Sub(m.amount), d.executed[s].Add(m.parent.Notional)
}

// turn is a parent's arrival, or its end.
type turn struct {
	at     market.Time
	date   market.Date
	ends   bool
	parent *order.Parent
	amount market.Notional // all of it, at the price that it is judged by
}

func (m *turn) side() int {
	if m.parent.Terms.Side.IsBuy() {
		return 0
	}
	return 1
}

// turns gives what came and ended of the parents that use limits, by time. A parent that was refused uses nothing, nor does one that
// was withdrawn from its basket before a person let it go on (RISK-20): a mistake that was noticed is no reason for a limit as wide as it.
func turns(rows []store.Parent) (out []turn) {
	for i := range rows {
		p := &rows[i].Body.Parent
		if p.Received == 0 || p.State == order.Rejected || withdrawn(p) {
			continue
		}
		amount := market.NotionalOf(max(p.Terms.Limit, p.Arrival, 0), max(p.Terms.Qty, 0))
		out = append(out, turn{at: p.Received, date: dateOf(p.Received), parent: p, amount: amount})
		if p.DoneAt != 0 {
			out = append(out, turn{at: max(p.DoneAt, p.Received), date: dateOf(p.DoneAt), ends: true, parent: p, amount: amount})
		}
	}
	slices.SortStableFunc(out, func(a, b turn) int { return cmp.Compare(a.at, b.at) })
	return out
}

// dateOf is the day in UTC, as the gate's days are.
func dateOf(t market.Time) market.Date {
	y, m, d := time.Unix(0, int64(t)).UTC().Date()
	return market.Date(y*10000 + int(m)*100 + d)
}

// LimitUse compares the limits of an order's size and price, and those of a client's minute, a client's day and the firm's day, with
// their largest use by parents received between from and to. One that its client canceled was at work, and counts with all of it while
// it was, as it did in the gate. The fills of a parent count as executed when it is done: a net of sides is taken as no smaller than it was.
func LimitUse(ctx context.Context, st *store.Store, l risk.Limits, from, to time.Time) ([]Use, error) {
	rows, err := st.Parents(ctx, store.ParentFilter{From: market.Time(from.UnixNano()), To: market.Time(to.UnixNano()), Limit: -1})
	if err != nil {
		return nil, err
	}
	return usesOf(l, rows), nil
}

func usesOf(l risk.Limits, rows []store.Parent) []Use {
	var shares, money, through most
	firm, clients := new(day), map[string]*day{}
	for _, m := range turns(rows) {
		p := m.parent
		client := clients[p.Client]
		if client == nil {
			client = new(day)
			clients[p.Client] = client
		}
		if m.ends {
			client.end(&m)
			firm.end(&m)
			continue
		}
		client.come(&m)
		firm.come(&m)
		shares.see(market.NotionalOf(market.Dollar, p.Terms.Qty), m.date)
		money.see(m.amount, m.date)
		through.see(throughArrival(p), m.date)
	}
	uses := []Use{
		use("max_parent_shares", "", market.Money(l.MaxParentQty)*market.Dollar, shares),
		use("max_parent_usd", "", l.MaxParentMoney, money),
		use("max_firm_usd", "", l.MaxFirmMoney, firm.gross),
		use("max_firm_net_usd", "", l.MaxFirmNet, firm.net),
		soft(use("soft_parent_usd", "", l.SoftParentMoney, money)),
		soft(use("soft_collar_bps", "", market.Money(l.SoftCollarBps*float64(market.Dollar)), through)),
	}
	for client, d := range clients {
		own := l.ClientLimits(client)
		uses = append(uses, use("max_client_usd", client, own.MaxClientMoney, d.gross),
			use("max_client_net_usd", client, own.MaxClientNet, d.net),
			use("max_basket_usd", client, own.MaxBasketMoney, d.minute),
			soft(use("soft_basket_usd", client, l.SoftBasketMoney, d.minute)))
	}
	slices.SortFunc(uses, func(a, b Use) int { return cmp.Or(cmp.Compare(a.Limit, b.Limit), cmp.Compare(a.Of, b.Of)) })
	return uses
}

// throughArrival is how many bps a parent's limit, or the quote that a market order takes, lies through the mid at its arrival,
// counted as dollars; 0 where it does not.
func throughArrival(p *order.Parent) market.Notional {
	px := p.Terms.Limit
	if px == 0 {
		px = p.ArrivalNBBO.Far(p.Terms.Side)
	}
	if px <= 0 || p.Arrival <= 0 {
		return market.Notional{}
	}
	by := float64(p.Terms.Side.Sign()) * market.Bps(px, p.Arrival)
	return market.NotionalOf(market.Price(max(by, 0)*float64(market.Dollar)), 1)
}

// soft takes back that a soft limit which does not exist is wide: the hard one stands beyond it.
func soft(u Use) Use {
	u.Wide = u.Wide && u.Times > 0
	return u
}

// withdrawn reports whether a parent ended in its basket: the engine gives the rule as the reason of an end, and takes it away when
// the parent goes on.
func withdrawn(p *order.Parent) bool {
	return p.State == order.Canceled && p.Cum == 0 && strings.HasPrefix(p.Reason, "RISK-20: ")
}

// use judges one limit. One that does not exist is wide, whatever was used.
func use(name, of string, limit market.Money, m most) Use {
	largest, _ := m.value.Money()
	u := Use{Limit: name, Of: of, Value: limit.String(), Largest: largest.String()}
	if !strings.HasSuffix(name, "_usd") { // shares and bps are counted as dollars
		u.Value, u.Largest = strings.TrimSuffix(u.Value, ".00"), strings.TrimSuffix(u.Largest, ".00")
	}
	if m.day != 0 {
		u.Day = m.day.String()
	}
	if limit == 0 {
		u.Value, u.Wide = "none", largest > 0
		return u
	}
	if largest > 0 {
		u.Times = float64(limit) / float64(largest)
		u.Wide = u.Times > WideBeyond
	}
	return u
}
