package router

import (
	"time"

	"github.com/sluice-sor/sluice/internal/market"
)

// sessions gives a world's market hours, and a beginning half a minute before a close.
func (w *chaos) sessions() {
	hours, err := market.NewHours("UTC", 9*time.Hour+30*time.Minute, 16*time.Hour)
	if err != nil {
		w.fail("%v", err)
	}
	w.cfg.Hours = hours
	for i := range w.cfg.Venues {
		w.cfg.Venues[i].Hours = hours
	}
	w.clock = market.Time(time.Date(2023, 11, 14, 15, 59, 30, 0, time.UTC).UnixNano())
}

// morning lets time pass until the market is open.
func (w *chaos) morning() {
	if s := w.cfg.Hours.Session(w.now); w.now < s.Open {
		w.cover.seen["night"]++
		w.pass(s.Open.Sub(w.now) + market.Second)
		w.books()
	}
}
