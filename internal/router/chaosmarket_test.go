package router

import (
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// books gives every displayed venue a book around the mid; some are empty, halted or poisoned.
func (w *chaos) books() {
	for s := range w.cfg.Instruments {
		for i := range w.cfg.Venues {
			v := &w.cfg.Venues[i]
			if !v.Type.Displayed() || !w.lawful && w.chance(30) {
				continue
			}
			b := &event.BookChanged{Venue: v.ID, Symbol: w.cfg.Instruments[s].Symbol}
			wide := market.Price(w.rng.IntN(2)) * 10_000
			for l := range market.Price(3) {
				if !w.lawful && w.chance(10) {
					continue
				}
				size := market.Qty(100 * (1 + w.rng.IntN(20)))
				b.Bids = append(b.Bids, market.Level{Price: w.mids[s] - 10_000 - wide - l*10_000, Size: size})
				b.Asks = append(b.Asks, market.Level{Price: w.mids[s] + 10_000 + wide + l*10_000, Size: size})
			}
			b.Halted, b.Poisoned = !w.lawful && w.chance(3), !w.lawful && w.chance(3)
			w.apply(b)
		}
	}
}

// print is the market's volume.
func (w *chaos) print() {
	i := w.rng.IntN(len(w.cfg.Instruments))
	qty := market.Qty(100 * (1 + w.rng.IntN(50)))
	w.apply(&event.TradePrinted{Venue: market.VenueID(w.rng.IntN(len(w.cfg.Venues))), Symbol: w.cfg.Instruments[i].Symbol, Qty: qty,
		Value: market.NotionalOf(w.mids[i], qty), LastPx: w.mids[i], Prints: 1})
}

// misfortune is what befalls the whole router: links, the process, the machine's clock, the learner and the market's data.
func (w *chaos) misfortune() {
	if w.kind.days && w.chance(15) {
		w.morning()
	}
	switch w.rng.IntN(8) {
	case 0, 1, 2:
		if v := market.VenueID(w.rng.IntN(len(w.cfg.Venues))); w.down[v] || w.goes(faultDisconnect, 60) {
			w.flip(v)
		}
	case 3:
		if w.goes(faultRestart, 40) {
			w.crash()
		}
	case 4:
		if w.goes(faultClockAhead, 10) { // an hour ahead: every timer is due at once
			w.struckAll(faultClockAhead)
			w.clock = w.clock.Add(market.Hour)
			w.pass(0)
		}
	case 5:
		if w.goes(faultClockBack, 20) { // an hour back: the shard holds the time of its events until the clock has caught up
			w.struckAll(faultClockBack)
			w.clock = w.clock.Add(-market.Hour)
			if w.chance(70) { // and it is set right again
				w.hand(3)
				w.deliver(3)
				w.clock = w.now
			}
		}
	case 6:
		if w.goes(faultModel, 40) {
			w.struckAll(faultModel)
			w.cover.seen["model"]++
			w.remodel()
		}
	case 7:
		if w.goes(faultPoison, 50) {
			w.struckAll(faultPoison)
			w.poison()
		}
	}
}

// poison is market data that cannot be: crossed, empty, negative, zero or huge. What the learner sees of it must stay finite.
func (w *chaos) poison() {
	i := w.rng.IntN(len(w.cfg.Instruments))
	b := &event.BookChanged{Venue: market.VenueID(w.rng.IntN(len(w.cfg.Venues))), Symbol: w.cfg.Instruments[i].Symbol}
	if !w.cfg.Venues[b.Venue].Type.Displayed() {
		return // nobody would send it a better one
	}
	level := func() market.Level {
		px := [...]market.Price{0, -1, 1, w.mids[i] * 100, 1 << 45, w.mids[i]}[w.rng.IntN(6)]
		return market.Level{Price: px, Size: [...]market.Qty{0, -100, 1, 1 << 40, 500}[w.rng.IntN(5)]}
	}
	for range w.rng.IntN(4) {
		b.Bids = append(b.Bids, level())
	}
	for range w.rng.IntN(4) {
		b.Asks = append(b.Asks, level())
	}
	if w.chance(40) { // crossed
		b.Bids = []market.Level{{Price: w.mids[i] + 50_000, Size: 300}}
		b.Asks = []market.Level{{Price: w.mids[i] - 50_000, Size: 300}}
	}
	w.apply(b)
	if w.chance(50) {
		l := level()
		w.apply(&event.TradePrinted{Venue: b.Venue, Symbol: b.Symbol, Qty: max(0, l.Size), Value: market.NotionalOf(max(0, l.Price), max(0, l.Size)), LastPx: l.Price, Prints: 1})
	}
}
