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

// LimitUse compares the limits of an order's size, of a client's day and of the firm's day with their largest use by
// parents received between from and to. A parent that was refused uses nothing, nor does one that was withdrawn from its basket
// before a person let it go on (RISK-20): a mistake that was noticed is no reason for a limit as wide as it. One that its client
// canceled was at work, and counts with all of it, as it did in the gate. Days are UTC, as the gate's are.
func LimitUse(ctx context.Context, st *store.Store, l risk.Limits, from, to time.Time) ([]Use, error) {
	rows, err := st.Parents(ctx, store.ParentFilter{From: market.Time(from.UnixNano()), To: market.Time(to.UnixNano()), Limit: -1})
	if err != nil {
		return nil, err
	}
	var shares, money, firm most
	days := map[market.Date]market.Notional{}
	type clientDay struct {
		client string
		day    market.Date
	}
	clients := map[clientDay]market.Notional{}
	for i := range rows {
		p := &rows[i].Body.Parent
		if p.Received == 0 || p.State == order.Rejected || withdrawn(p) {
			continue
		}
		y, m, d := time.Unix(0, int64(p.Received)).UTC().Date()
		day := market.Date(y*10000 + int(m)*100 + d)
		amount := market.NotionalOf(max(p.Terms.Limit, p.Arrival, 0), max(p.Terms.Qty, 0))
		shares.see(market.NotionalOf(market.Dollar, p.Terms.Qty), day)
		money.see(amount, day)
		days[day] = days[day].Add(amount)
		k := clientDay{p.Client, day}
		clients[k] = clients[k].Add(amount)
	}
	for day, n := range days {
		firm.see(n, day)
	}
	byClient := map[string]*most{}
	for k, n := range clients {
		if byClient[k.client] == nil {
			byClient[k.client] = new(most)
		}
		byClient[k.client].see(n, k.day)
	}
	uses := []Use{
		use("max_parent_shares", "", market.Money(l.MaxParentQty)*market.Dollar, shares),
		use("max_parent_usd", "", l.MaxParentMoney, money),
		use("max_firm_usd", "", l.MaxFirmMoney, firm),
	}
	for client, m := range byClient {
		limit := l.MaxClientMoney
		for i := range l.Credits {
			if l.Credits[i].Client == client && l.Credits[i].MaxClientMoney > 0 {
				limit = l.Credits[i].MaxClientMoney
			}
		}
		uses = append(uses, use("max_client_usd", client, limit, *m))
	}
	slices.SortFunc(uses, func(a, b Use) int { return cmp.Or(cmp.Compare(a.Limit, b.Limit), cmp.Compare(a.Of, b.Of)) })
	return uses, nil
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
	if strings.HasSuffix(name, "_shares") { // counted as dollars
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
