package sim

import (
	"errors"
	"sort"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// wildTicks is how far through its venue's quote a recorded trade may be and still fill resting orders: a print further
// away was late or wrong.
const wildTicks = 5

// TapeReplay is the recorded tape of one symbol that plays over several venues.
type TapeReplay struct {
	m     *Market
	sym   int
	data  *Tape
	opt   ReplayOptions
	next  int
	venue [256]*venue
	quote [256][2]tapeQuote // by exchange code: asks, bids
	mids  []tapeMid
}

// tapeQuote is what one exchange shows on one side: the recorded size, and the shares of it in the driven book, first in
// first out. Clients' orders stand among them.
type tapeQuote struct {
	price  market.Price
	size   market.Qty
	orders []*ord
}

type tapeMid struct {
	at  int32
	mid market.Price
}

// ReplayTape drives displayed venues by a tape: each recorded best quote stands in the book of the venue that codes gives
// for its exchange, and recorded trades take from it in queue order. Trades of a code whose venue is dark only print; codes
// without a venue are left out.
func (m *Market) ReplayTape(s market.Symbol, data *Tape, codes []VenueCode, opt ReplayOptions) (*TapeReplay, error) {
	if err := opt.fill(m); err != nil {
		return nil, err
	}
	if len(data.Rows) == 0 {
		return nil, errors.New("sim: replay: the tape is empty")
	}
	p := &TapeReplay{m: m, sym: m.symbol(s), data: data, opt: opt}
	for _, c := range codes {
		if err := c.check(m); err != nil {
			return nil, err
		}
		p.venue[c.Code] = m.byID[c.Venue]
	}
	p.indexMids()
	m.outlooks[p.sym] = p
	for p.next < len(data.Rows) && int64(data.Rows[p.next].At)*market.Millisecond < opt.From {
		if r := &data.Rows[p.next]; r.Kind != TapeTrade {
			p.quoted(r)
		}
		p.next++
	}
	m.flush()
	p.wait()
	return p, nil
}

// Limits states what a replay cannot answer.
func (p *TapeReplay) Limits() string {
	return "Replayed from the recorded tape: other participants do not react to our orders; only each exchange's best quote is " +
		"known, and only since it last held the national best, so depth behind it is missing; our orders rest behind the quoted " +
		"size and move up by recorded trades at their price, cancels are taken from behind us; the tape has no aggressor, so a " +
		"trade's side is judged from its venue's quote; shares we take stay taken until the quote's price changes or its size grows."
}

// Ends gives the market time of the last row.
func (p *TapeReplay) Ends() market.Time { return p.when(len(p.data.Rows) - 1) }

func (p *TapeReplay) when(i int) market.Time {
	return p.opt.at(int64(p.data.Rows[i].At) * market.Millisecond)
}

func (p *TapeReplay) wait() {
	if p.next < len(p.data.Rows) {
		p.m.schedule(p.when(p.next), p, 0)
	}
}

func (p *TapeReplay) run(m *Market, _ int64) {
	for p.next < len(p.data.Rows) && p.when(p.next) <= m.now {
		if r := &p.data.Rows[p.next]; r.Kind == TapeTrade {
			p.traded(r)
		} else {
			p.quoted(r)
		}
		p.next++
	}
	p.wait()
}

func (p *TapeReplay) lob(code byte) *lob {
	if p.venue[code] == nil {
		return nil
	}
	b, _ := p.venue[code].books[p.sym].(*lob)
	return b
}

// quoted sets one side of one exchange, and withdraws what must be gone at the others: had they shown a better price, they
// and not this one would hold the national best.
func (p *TapeReplay) quoted(r *TapeRow) {
	buy, price := r.Kind == TapeBid, r.price()
	for c := byte('A'); c <= 'Z'; c++ {
		q := &p.quote[c][sideIndex(buy)]
		if c != r.Code && q.price > 0 && key(buy, q.price) < key(buy, price) {
			q.clear(p.lob(c))
		}
		// A quote of the other side that this one crosses is gone too.
		o := &p.quote[c][sideIndex(!buy)]
		if o.price > 0 && (key(buy, o.price) > key(buy, price) || c == r.Code && o.price == price) {
			o.clear(p.lob(c))
		}
	}
	if b := p.lob(r.Code); b != nil {
		q := &p.quote[r.Code][sideIndex(buy)]
		if q.price != price {
			p.hitStale(buy, price, market.Qty(r.Size))
		}
		q.set(b, buy, price, market.Qty(r.Size))
	}
}

// hitStale fills clients' orders, at whatever venue, that a new recorded quote would lock or cross: whoever quotes there
// would have taken them first. The recording did not know of them, so its quote stands whole.
func (p *TapeReplay) hitStale(buy bool, price market.Price, size market.Qty) {
	ghost := ord{buy: buy, recorded: true, typ: order.Limit, tif: order.IOC, leaves: size, qty: size}
	for _, v := range p.m.venues {
		if b, ok := v.books[p.sym].(*lob); ok && !b.halted && ghost.leaves > 0 {
			b.feedTaker(&ghost, price, nil, false)
		}
	}
}

func (q *tapeQuote) clear(b *lob) {
	for _, o := range q.orders {
		b.lose(o, o.leaves)
	}
	q.price, q.size, q.orders = 0, 0, q.orders[:0]
}

func (q *tapeQuote) set(b *lob, buy bool, price market.Price, size market.Qty) {
	if price != q.price || size == 0 {
		q.clear(b)
	}
	if size == 0 {
		return
	}
	var have market.Qty
	live := q.orders[:0]
	for _, o := range q.orders {
		if o.resting {
			have += o.leaves
			live = append(live, o)
		}
	}
	q.orders = live
	grown := size - q.size
	q.price, q.size = price, size
	if grown > 0 {
		o := &ord{buy: buy, recorded: true, typ: order.Limit, qty: grown, leaves: grown, limit: price, price: price}
		q.orders = append(q.orders, o)
		b.admit(o)
		return
	}
	for i := len(q.orders) - 1; i >= 0 && have > size; i-- { // cancels, from behind
		n := min(have-size, q.orders[i].leaves)
		b.lose(q.orders[i], n)
		have -= n
	}
}

// traded lets a recorded trade take from its venue's book: the recorded shares and the clients' in queue order.
func (p *TapeReplay) traded(r *TapeRow) {
	v := p.venue[r.Code]
	if v == nil {
		return
	}
	b, price, size := p.lob(r.Code), r.price(), market.Qty(r.Size)
	buy, known := p.taker(r.Code, price)
	if b == nil || !known || b.halted {
		p.m.print(v.books[p.sym].base(), price, size, 0, sideOf(buy))
		return
	}
	ghost := ord{buy: buy, recorded: true, typ: order.Limit, tif: order.IOC, leaves: size, qty: size}
	q := &p.quote[r.Code][sideIndex(!buy)]
	if q.price == price {
		q.size = max(q.size-size, 0)
	}
	b.feedTaker(&ghost, price, nil, true)
	if ghost.leaves > 0 {
		p.m.print(&b.floor, price, ghost.leaves, sideOf(buy), sideOf(buy))
	}
}

// taker judges who took, from the venue's quote or else the national one; known is false at the midpoint, without quotes,
// and far outside them.
func (p *TapeReplay) taker(code byte, price market.Price) (buy, known bool) {
	ask, bid := p.quote[code][0].price, p.quote[code][1].price
	q := p.m.national[p.sym].now()
	if ask == 0 {
		ask = q.Ask
	}
	if bid == 0 {
		bid = q.Bid
	}
	mid, wild := market.Mid(bid, ask), wildTicks*p.m.insts[p.sym].Tick
	if mid == 0 || price == mid || price > ask+wild || price < bid-wild {
		return price > mid, false
	}
	return price > mid, true
}

// indexMids keeps the national midpoint at most once a tenth of a second, for who knows it ahead.
func (p *TapeReplay) indexMids() {
	var side [2]market.Price
	last := int32(-100)
	for i := range p.data.Rows {
		r := &p.data.Rows[i]
		if r.Kind == TapeTrade {
			continue
		}
		side[r.Kind-TapeBid] = r.price()
		if mid := market.Mid(side[0], side[1]); mid > 0 && r.At >= last+100 {
			last = r.At
			p.mids = append(p.mids, tapeMid{r.At, mid})
		}
	}
}

// at implements outlook: the recorded national midpoint, also ahead.
func (p *TapeReplay) at(t market.Time) float64 {
	ms := p.opt.recorded(t) / market.Millisecond
	i := sort.Search(len(p.mids), func(i int) bool { return int64(p.mids[i].at) > ms })
	if len(p.mids) == 0 {
		return 0
	}
	return float64(p.mids[max(i-1, 0)].mid)
}
