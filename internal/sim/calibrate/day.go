package calibrate

import "github.com/sluice-sor/sluice/internal/market"

// day measures the U shape: activity in the first and the last thirteenth of the session against its middle. Units are symbols.
func (r *Report) day(t *tape, session int64) {
	if session == 0 || int64(t.secs)*market.Second < session {
		r.absent(dayVolume, dayWhy(session))
		r.absent(dayMoves, dayWhy(session))
		return
	}
	var vol, mov []ratio
	for s := range t.syms {
		q, v := t.shape(s, session)
		vol, mov = append(vol, q), append(mov, v)
	}
	r.add(dayVolume, ratioOf(vol))
	r.add(dayMoves, jackknife(len(mov), func(skip int) float64 { return sqrt(ratioWithout(mov, skip)) }))
}

func dayWhy(session int64) string {
	if session == 0 {
		return "the scenario has no session"
	}
	return "needs a whole session"
}

// shape gives the volume and the squared moves of a symbol at the ends of the session over those in its middle.
func (t *tape) shape(s int, session int64) (vol, mov ratio) {
	part := session / 13
	put := func(r *ratio, at market.Time, x float64) {
		switch i := at.Sub(t.start) % session / part; {
		case i == 0 || i == 12:
			r.top += x / 2
		case i >= 5 && i <= 7:
			r.below += x / 3
		}
	}
	for i := range t.syms[s].trades {
		put(&vol, t.syms[s].trades[i].At, float64(t.syms[s].trades[i].Qty))
	}
	for i, x := range t.returns(s, 60) {
		put(&mov, t.start.Add(int64(i)*60*market.Second), x*x*1e8)
	}
	return vol, mov
}
