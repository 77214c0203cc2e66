package serve

import (
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/serve/metrics"
	"github.com/sluice-sor/sluice/serve/shard"
	"github.com/sluice-sor/sluice/serve/view"
)

// begin starts the projections where the journal's first record is no longer kept: what is in force without a record here
// to say so, the engine says.
func (r *Router) begin() {
	first := r.shard.Journal().First()
	if first <= 1 {
		return
	}
	past := older(r.found.Replayed.Configured, r.shard)
	r.view.Begin(first-1, past)
	for _, p := range past {
		r.metrics.Apply(metrics.Record{At: p.At, Body: p.Body})
		r.ladder.Apply(p.At, p.Body)
	}
}

// older puts the engine's state into events: what was configured, the halts with what they found, and what a rung of the
// ladder is for (KILL-03, OPS-04). The engine may be ahead of the records that follow; they lead to the same, since each
// of these holds until a later event takes it back, and what was taken back already is not in the list.
func older(c *event.Configured, s *shard.Shard) (out []view.Past) {
	if c != nil {
		out = append(out, view.Past{Body: c})
	}
	for _, h := range s.Halts() {
		out = append(out, view.Past{At: h.At, Body: &h.Halted, Children: h.Total}, view.Past{At: h.At, Body: &event.AnswerPerson{}})
	}
	if d := s.Degraded(); d.Level > 0 {
		out = append(out, view.Past{Body: &d})
	}
	if l := s.Learning(); l.Held {
		out = append(out, view.Past{Body: &l})
	}
	for _, o := range s.Orphans() {
		out = append(out, view.Past{At: o.Since, Body: &o})
	}
	return out
}
