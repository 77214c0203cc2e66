package sim

import "github.com/sluice-sor/sluice/internal/market"

// reservationBins is the resolution of reservations, over three times their reach on each side of the fundamental.
const reservationBins = 256

// reservations is the interest of very many small value traders in one symbol that is not an order yet: how many shares would be
// sold, or bought, at each distance from the fundamental. News moves everybody's price alike; besides, each revises it on
// grounds of one's own, gives up after a while, and others come, sellers above the fundamental and buyers below. So interest
// is thin near the price, where it trades, and grows in proportion to the distance. This latent order book, and why
// the impact of a large order in it is concave, are in Toth et al. (2011), Mastromatteo, Toth and Bouchaud (2014) and Donier,
// Bonart, Mastromatteo and Bouchaud (2015): ∂φ/∂t = D ∂²φ/∂y² − φ/life ± arrivals, D = reach²/life.
//
// Distances are in standard deviations of a day's return. Cost: O(reservationBins) an update.
type reservations struct {
	share [reservationBins]float64 // shares for sale in a bin, below 0 for shares wanted
	next  [reservationBins]float64
	width float64 // of a bin
	most  float64 // shares in a bin far from the price
	last  market.Time
}

// newReservations gives the state to which reservations tend while the price is at the fundamental: φ = ±most·(1 − e^(−|y|/reach)).
func newReservations(f *Flow, inst *market.Instrument, now market.Time) *reservations {
	r := &reservations{last: now}
	r.tune(f, inst)
	fade := 1 - r.width/f.ValueReach // e^(−width/reach), of one bin
	left := 1 - r.width/f.ValueReach/2
	for i := reservationBins / 2; i < reservationBins; i++ {
		r.share[i] = r.most * (1 - left)
		r.share[reservationBins-1-i] = -r.share[i]
		left *= fade
	}
	return r
}

func (r *reservations) tune(f *Flow, inst *market.Instrument) {
	r.width = 6 * f.ValueReach / reservationBins
	r.most = f.ValueDepth * float64(inst.ADV) * f.ValueReach * r.width
}

// at gives a bin's distance.
func (r *reservations) at(i int) float64 { return (float64(i) + .5 - reservationBins/2) * r.width }

// update brings them to now.
func (r *reservations) update(now market.Time, f *Flow) {
	t := float64(now.Sub(r.last)) / float64(market.Second) / f.ValueLife // in lives
	r.last = now
	spread := t * f.ValueReach * f.ValueReach / (r.width * r.width)
	n := 1 + int(spread/.4) // explicit differences are stable below one half
	for range n {
		r.step(spread/float64(n), t/float64(n))
	}
}

// step is one explicit difference: spread is D·dt over the bin's width squared, t is dt over the life.
func (r *reservations) step(spread, t float64) {
	s := &r.share
	for i := range s {
		left, right := s[max(i-1, 0)], s[min(i+1, reservationBins-1)]
		come := r.most
		if i < reservationBins/2 {
			come = -come
		}
		r.next[i] = s[i] + spread*(left-2*s[i]+right) + t*(come-s[i])
	}
	r.share = r.next
}

// eager gives how many shares would be sold at distance y or less (bought at y or more), and the distance of the first.
func (r *reservations) eager(buy bool, y float64) (q, first float64) {
	first = y
	if buy {
		for i := reservationBins - 1; i >= 0 && r.at(i) >= y; i-- {
			if r.share[i] < 0 {
				if q == 0 {
					first = r.at(i)
				}
				q -= r.share[i]
			}
		}
		return q, first
	}
	for i := 0; i < reservationBins && r.at(i) <= y; i++ {
		if r.share[i] > 0 {
			if q == 0 {
				first = r.at(i)
			}
			q += r.share[i]
		}
	}
	return q, first
}

// traded takes q shares out, the most eager first.
func (r *reservations) traded(buy bool, q float64) {
	for i := 0; i < reservationBins && q > 0; i++ {
		k, sign := i, 1.0
		if buy {
			k, sign = reservationBins-1-i, -1
		}
		if have := r.share[k] * sign; have > 0 {
			take := min(have, q)
			r.share[k] -= sign * take
			q -= take
		}
	}
}
