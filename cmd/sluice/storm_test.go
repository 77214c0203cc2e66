//go:build linux

package main

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// storm is a desk's day in a hurry: many small orders a second, most of them marketable, sent while the session lets them out.
type storm struct {
	b    *blotter
	rand *rand.Rand
	rate int // parents a second
	draw func(*rand.Rand, time.Time) order.Terms

	mu   sync.Mutex
	on   bool
	sent int
	ran  time.Duration // how long orders could leave
	done chan struct{}
	stop chan struct{}
}

// stormTick is how often the storm looks at its clock.
const stormTick = 5 * time.Millisecond

func newStorm(b *blotter, r *rand.Rand, rate int) *storm { return newStormOf(b, r, rate, quick) }

// newStormOf is newStorm with orders of one's own.
func newStormOf(b *blotter, r *rand.Rand, rate int, draw func(*rand.Rand, time.Time) order.Terms) *storm {
	l := &storm{b: b, rand: rand.New(rand.NewPCG(r.Uint64(), r.Uint64())), rate: rate, draw: draw, done: make(chan struct{}), stop: make(chan struct{})}
	go l.run()
	b.t.Cleanup(l.close)
	return l
}

func (l *storm) close() {
	close(l.stop)
	<-l.done
}

// let starts or pauses the orders.
func (l *storm) let(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.on = on
}

func (l *storm) run() {
	defer close(l.done)
	tick := time.NewTicker(stormTick)
	defer tick.Stop()
	last, due := time.Now(), 0.0
	for {
		select {
		case <-l.stop:
			return
		case now := <-tick.C:
			gap := now.Sub(last)
			last = now
			due = l.send(min(due+gap.Seconds()*float64(l.rate), float64(l.rate)/10), gap)
		}
	}
}

// send sends what is due, until the session refuses, and gives what is left.
func (l *storm) send(due float64, gap time.Duration) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.on || !l.b.up() {
		return 0
	}
	l.ran += gap
	for ; due >= 1; due-- {
		if _, err := l.b.try(l.draw(l.rand, time.Now())); err != nil {
			return 0
		}
		l.sent++
	}
	return due
}

// quick gives a small order: four of five are done in one sweep, the fifth works for a second or two.
func quick(r *rand.Rand, now time.Time) order.Terms {
	s := prices[r.IntN(len(prices))]
	t := order.Terms{Account: "ACC1", Symbol: s.symbol, Side: market.Buy + market.Side(r.IntN(2)), Type: order.Limit, TIF: order.IOC,
		Limit: market.Price(s.cents * 10_000), Qty: market.Qty(1+r.IntN(3)) * 100, Capacity: 'A', Urgency: order.Urgency(r.IntN(3))}
	through := market.Price(10_000 * (10 + r.IntN(20)))
	if t.Side == market.Sell {
		through = -through
	}
	t.Limit += through
	if r.IntN(5) > 0 {
		return t
	}
	t.TIF, t.End = order.Day, market.Time(now.Add(time.Duration(300+r.IntN(1200))*time.Millisecond).UnixNano())
	switch r.IntN(4) {
	case 0:
		t.Limit -= 2 * through // rests
	case 1:
		t.Strategy, t.Qty = order.Block, t.Qty*10
	case 2:
		t.Strategy, t.Qty = order.VWAP, t.Qty*3
	}
	return t
}
