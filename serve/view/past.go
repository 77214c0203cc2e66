package view

import (
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// Past is something that is in force although its record is no longer kept.
type Past struct {
	At       market.Time // since when; 0 = not known
	Body     event.Body
	Children int // of a halt: what worked in its scope when it came
}

// Begin starts an empty view behind the records that are archived: upto is the last of them, past is what holds of them.
func (v *View) Begin(upto uint64, past []Past) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seq = upto
	for _, p := range past {
		if p.Body.Kind().IsEvent() {
			v.asked.Event(p.Body, v.onceAnswered(p.At, p.Body))
			v.applyEvent(p.At, p.Body)
		} else {
			v.applyCommand(p.At, p.Body)
		}
		if h, ok := p.Body.(*event.Halted); ok {
			v.found(h, p.Children)
		}
	}
}

// found tells a halt what worked when it came: the children themselves may be gone from the records.
func (v *View) found(b *event.Halted, children int) {
	for i := range v.halts {
		if h := &v.halts[i]; h.Client == b.Client && h.Symbol == string(b.Symbol) && h.Venue == b.Venue && h.Algorithm == b.Algorithm {
			h.Progress.Before = children
		}
	}
}
