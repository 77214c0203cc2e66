package web

import (
	"cmp"
	"html/template"
	"math"
	"slices"

	"github.com/sluice-sor/sluice/serve/view"
)

// venueLine is a venue of the board with its history.
type venueLine struct {
	*view.Venue
	StaticRank, CostRank            int // from 1; 0 = not weighed yet
	Static, Cost, Fill, Toxic, Trip *spark
	Reject, Explore                 *spark
}

// newBoard ranks the venues as the static scorer and the learner would, and draws their histories.
func newBoard(venues []view.Venue, history [][]view.VenuePoint) []venueLine {
	lines := make([]venueLine, len(venues))
	for i := range venues {
		lines[i].Venue = &venues[i]
		if i < len(history) {
			lines[i].draw(history[i])
		}
	}
	rank(lines, func(l *venueLine) (view.Real, bool) {
		if l.Venue.Static == nil {
			return 0, false
		}
		return -*l.Venue.Static, true
	}, func(l *venueLine) *int { return &l.StaticRank })
	rank(lines, func(l *venueLine) (view.Real, bool) {
		if l.Venue.Cost == nil {
			return 0, false
		}
		return l.Venue.Cost.Mean, true
	}, func(l *venueLine) *int { return &l.CostRank })
	return lines
}

// rank numbers the lines that have a figure, the lowest first.
func rank(lines []venueLine, figure func(*venueLine) (view.Real, bool), place func(*venueLine) *int) {
	var have []*venueLine
	for i := range lines {
		if _, ok := figure(&lines[i]); ok {
			have = append(have, &lines[i])
		}
	}
	slices.SortStableFunc(have, func(a, b *venueLine) int {
		x, _ := figure(a)
		y, _ := figure(b)
		return cmp.Compare(x, y)
	})
	for i, l := range have {
		*place(l) = i + 1
	}
}

func (l *venueLine) draw(points []view.VenuePoint) {
	course := func(of func(*view.VenuePoint) view.Real, words func(view.Real) string) *spark {
		values := make([]view.Real, len(points))
		for i := range points {
			values[i] = of(&points[i])
		}
		return newSpark(values, words)
	}
	two := func(r view.Real) string { return real(2, r) }
	l.Static = course(func(p *view.VenuePoint) view.Real { return p.Static }, two)
	l.Cost = course(func(p *view.VenuePoint) view.Real { return p.Cost }, bps)
	l.Fill = course(func(p *view.VenuePoint) view.Real { return p.FillProb }, two)
	l.Toxic = course(func(p *view.VenuePoint) view.Real { return p.Toxicity }, bps)
	percent := func(r view.Real) string { return real(1, 100*r) + " %" }
	l.Reject = course(func(p *view.VenuePoint) view.Real { return p.Reject }, percent)
	l.Explore = course(func(p *view.VenuePoint) view.Real { return p.Explored }, percent)
	l.Trip = course(func(p *view.VenuePoint) view.Real {
		if p.P50Us == 0 {
			return view.Real(math.NaN()) // not measured yet
		}
		return view.Real(p.P50Us)
	}, func(r view.Real) string { return micros(int64(r)) })
}

// column is a heading of the blotter by which it can be sorted.
type column struct {
	Words, Class, Order string
	To                  template.URL
}

func newColumn(q query, name, words, class string) column {
	c := column{Words: words, Class: class, To: q.ToSort(name)}
	switch q.Sort {
	case name:
		c.Order = "ascending"
	case "-" + name:
		c.Order = "descending"
	}
	return c
}
