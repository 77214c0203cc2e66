package sim

import (
	"errors"
	"fmt"
	"sort"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// ReplayOptions place a recording in the market's time: what was recorded From ns after midnight happens At, and Speed
// recorded seconds pass in one of the market's (0 means 1).
type ReplayOptions struct {
	From  int64
	At    market.Time // 0 means now
	Speed float64
}

// at maps recorded time to the market's.
func (o *ReplayOptions) at(recorded int64) market.Time {
	return o.At.Add(int64(float64(recorded-o.From) / o.Speed))
}

// recorded maps the market's time to recorded time.
func (o *ReplayOptions) recorded(t market.Time) int64 {
	return o.From + int64(float64(t.Sub(o.At))*o.Speed)
}

func (o *ReplayOptions) fill(m *Market) error {
	if o.At == 0 {
		o.At = m.now
	}
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.Speed < 0 || o.At < m.now {
		return errors.New("sim: replay: Speed must be above 0 and At not in the past")
	}
	return nil
}

// LobsterReplay is a recorded venue that plays.
type LobsterReplay struct {
	m    *Market
	b    *lob
	rec  *rebuild
	data *Lobster
	opt  ReplayOptions
	next int
}

// ReplayLobster drives a displayed venue's book of one symbol by a recording. What was recorded before From is applied at
// once, silently. Clients' orders rest in the recorded queue behind what was there before them.
func (m *Market) ReplayLobster(v market.VenueID, s market.Symbol, data *Lobster, opt ReplayOptions) (*LobsterReplay, error) {
	if err := opt.fill(m); err != nil {
		return nil, err
	}
	b, ok := m.venue(v).books[m.symbol(s)].(*lob)
	if !ok || len(data.Messages) == 0 {
		return nil, fmt.Errorf("sim: replay: venue %d must be displayed, and the recording not empty", v)
	}
	p := &LobsterReplay{m: m, b: b, data: data, opt: opt}
	p.rec = newRebuild(data.Depth, p)
	for p.next < len(data.Messages) && data.Messages[p.next].At < opt.From {
		p.rec.apply(&data.Messages[p.next], data.row(p.next))
		p.next++
	}
	m.outlooks[b.sym] = p
	m.flush()
	p.wait()
	return p, nil
}

// Limits states what a replay cannot answer.
func (p *LobsterReplay) Limits() string {
	return "Replayed from recorded messages: other participants do not react to our orders, so there is no impact beyond the " +
		"displayed shares we take, which stay taken until their recorded order leaves; the queue ahead of us shrinks only as " +
		"recorded; shares that were resting before the recording began, or beyond its depth, have no order id and are kept in " +
		"one piece a level; hidden recorded liquidity trades only where it was recorded to trade."
}

// Stats says how well the recorded messages explain the recorded books so far.
func (p *LobsterReplay) Stats() RebuildStats { return p.rec.stats }

// Ends gives the market time of the last recorded message.
func (p *LobsterReplay) Ends() market.Time {
	return p.opt.at(p.data.Messages[len(p.data.Messages)-1].At)
}

func (p *LobsterReplay) wait() {
	if p.next < len(p.data.Messages) {
		p.m.schedule(p.opt.at(p.data.Messages[p.next].At), p, 0)
	}
}

func (p *LobsterReplay) run(m *Market, _ int64) {
	for p.next < len(p.data.Messages) && p.opt.at(p.data.Messages[p.next].At) <= m.now {
		p.play(p.next)
		p.next++
	}
	p.wait()
}

func (p *LobsterReplay) play(i int) {
	msg := &p.data.Messages[i]
	switch msg.Type {
	case LobsterExecute:
		var until *ord
		if o := p.rec.hit(msg); o != nil {
			until = o.twin
		}
		p.aggress(msg, until)
	case LobsterHidden:
		p.aggress(msg, nil)
	case LobsterHalt:
		p.m.setHalted(p.b.v.spec.ID, p.b.inst.Symbol, msg.Price < 0)
	}
	p.rec.apply(msg, p.data.row(i))
}

// aggress lets a recorded taker meet the clients' orders that stand before what it was recorded to hit: at better prices,
// and at the same price ahead of until (all of them where until is nil: a hidden order stands behind displayed ones). What
// clients did not get prints as recorded.
func (p *LobsterReplay) aggress(msg *LobsterMessage, until *ord) {
	ghost := ord{buy: !msg.Buy, recorded: true, typ: order.Limit, tif: order.IOC, leaves: msg.Size, qty: msg.Size}
	reach := msg.Price
	if until != nil && !until.resting { // a client took it: who stands before it at its price is not known, so nobody does
		reach, until = reach+market.Price(ghost.side().Opposite().Sign()), nil
	}
	p.b.feedTaker(&ghost, reach, until, false)
	if ghost.leaves > 0 {
		p.m.print(&p.b.floor, msg.Price, ghost.leaves, ghost.side(), ghost.side())
	}
}

// feedTaker fills clients' orders on the side opposite to ghost, up to price p and, at p, up to the order until. With eats
// it takes recorded orders in its way too.
func (b *lob) feedTaker(ghost *ord, p market.Price, until *ord, eats bool) {
	side := b.ladder(!ghost.buy)
	for lv := side.best(); lv != nil && lv.key <= key(!ghost.buy, p) && ghost.leaves > 0; {
		above := lv.next[0]
		last := lv.key == key(!ghost.buy, p)
		for _, q := range [2]*fifo{&lv.disp, &lv.hid} {
			for c := q.head; c != nil && ghost.leaves > 0; {
				if last && c == until {
					return
				}
				next := c.next
				if n := min(ghost.leaves, c.open()); n >= c.least() && (!c.recorded || eats) {
					b.hit(c, ghost, n, c.price, market.Added, market.Removed)
					if next == nil && c.resting && ghost.leaves > 0 {
						next = c
					}
				}
				c = next
			}
			if last && until != nil {
				break // hidden orders stand behind the displayed one that was hit
			}
		}
		lv = above
	}
}

// joined implements follower: the recorded order meets clients' orders that it crosses, and rests with what remains.
func (p *LobsterReplay) joined(r *recOrder) {
	r.twin = &ord{buy: r.buy, recorded: true, typ: order.Limit, qty: r.qty, leaves: r.qty, limit: r.lvl.price, price: r.lvl.price}
	p.b.admit(r.twin)
}

// admit lets a recorded order in: it trades with clients only, since the recording knows that it did not trade otherwise.
func (b *lob) admit(o *ord) {
	b.m.nextID++
	o.id = b.m.nextID
	b.feedTaker(o, o.price, nil, false)
	if o.leaves > 0 {
		b.rest(o)
	}
}

// lost implements follower.
func (p *LobsterReplay) lost(r *recOrder, q market.Qty) { p.b.lose(r.twin, q) }

// lose takes q shares from a recorded order, as far as clients have left them.
func (b *lob) lose(o *ord, q market.Qty) {
	switch {
	case !o.resting:
	case o.leaves <= q:
		b.leave(o)
	default:
		b.shrink(o, o.leaves-q)
	}
}

// at implements outlook: the recorded midpoint, also ahead.
func (p *LobsterReplay) at(t market.Time) float64 {
	when := p.opt.recorded(t)
	n := sort.Search(len(p.data.Messages), func(i int) bool { return p.data.Messages[i].At > when })
	for i := min(max(n-1, 0), len(p.data.Messages)-1); i >= 0; i-- {
		if mid := p.data.mid(i); mid > 0 {
			return float64(mid)
		}
	}
	return 0
}
