package decisionlog

import "github.com/sluice-sor/sluice/internal/event"

const (
	// folds is how many parts the parents are dealt to: the model of one is fitted on the others (OPE-01).
	folds = 5
	// priorRows is how many rows of what was expected stand in every fit, so that few data change little.
	priorRows = 20
	stages    = int(event.StageHold) + 1
)

// model predicts what a plan costs from what was expected of it, x: x + a + c·x, where a and c are fitted by ridge to what the
// others' parents cost in the same stage of the pecking order.
type model [folds][stages]struct{ a, c float64 }

// moments are the sums that a fit needs; r is what a decision cost more than was expected.
type moments struct{ n, x, xx, r, xr float64 }

func (m *moments) add(o *moments) {
	m.n += o.n
	m.x += o.x
	m.xx += o.xx
	m.r += o.r
	m.xr += o.xr
}

func foldOf(parent uint64) int { return int(parent % folds) }

// fit fits the model of every fold.
func (l *Log) fit() *model {
	var part [folds][stages]moments
	for i := range l.entries {
		e := &l.entries[i]
		if e.state != Usable {
			continue
		}
		x := e.plans[e.chosen].cost
		r := e.cost - x
		part[foldOf(e.parent)][e.stage].add(&moments{1, x, x * x, r, x * r})
	}
	out := new(model)
	for f := range part {
		for s := range stages {
			m := moments{n: priorRows, xx: priorRows}
			for other := range part {
				if other != f {
					m.add(&part[other][s])
				}
			}
			if det := m.n*m.xx - m.x*m.x; det > 0 {
				out[f][s].a = (m.xx*m.r - m.x*m.xr) / det
				out[f][s].c = (m.n*m.xr - m.x*m.r) / det
			}
		}
	}
	return out
}

// predict is what the plan of an entry costs, by the model that did not see its parent.
func (m *model) predict(e *entry, p *plan) float64 {
	fit := &m[foldOf(e.parent)][e.stage]
	return p.cost + fit.a + fit.c*p.cost
}
