package router

import (
	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/snapshot"
)

// visitRamp carries the ramp and its trials. Working leaves out the trials: the ramp has their sum, and single data are not
// hashed.
func (l *learner) visitRamp(c *snapshot.Coder, working bool) {
	on := l.ramp != nil
	if snapshot.Flag(c, &on); on {
		var state []byte
		if !c.Decoding() {
			state = l.ramp.AppendSnapshot(nil)
		}
		snapshot.Blob(c, &state)
		if c.Decoding() && c.Err() == nil {
			var err error
			if l.ramp, err = bandit.RestoreRamp(state); err != nil {
				c.Fail("%w", err)
				return
			}
		}
	}
	l.trials.visit(c, working)
	l.loss.visit(c)
}

func (t *trials) visit(c *snapshot.Coder, working bool) {
	for _, n := range []*uint64{&t.counts.Told, &t.counts.Overdue, &t.counts.Moved, &t.counts.Void, &t.counts.Revised, &t.counts.Unknown} {
		snapshot.Uint(c, n)
	}
	kept := t.list[t.first:]
	if working {
		snapshot.Count(c, len(kept), 1)
		return
	}
	snapshot.List(c, &kept, (*trial).visit)
	if !c.Decoding() {
		return
	}
	t.list, t.first = kept, 0
	for i := 1; i < len(kept); i++ {
		if kept[i].decision <= kept[i-1].decision {
			c.Fail("trial %d is out of order", i)
			return
		}
	}
}

func (t *trial) visit(c *snapshot.Coder) {
	snapshot.Uint(c, &t.decision)
	snapshot.Int(c, &t.at)
	snapshot.Flag(c, &t.ramp)
	snapshot.Flag(c, &t.canary)
	snapshot.Uint(c, &t.stage)
	snapshot.Uint(c, &t.first)
	snapshot.Int(c, &t.children)
	snapshot.Int(c, &t.plans)
	snapshot.Int(c, &t.static)
	snapshot.Int(c, &t.chosen)
	n := t.plans
	if n < 2 || n > mostPlans || t.static < 0 || t.static >= n || t.chosen < 0 || t.chosen >= n || t.children < 0 || t.want < 0 {
		c.Fail("trial %d chose %d, static %d, of %d plans with %d children", t.decision, t.chosen, t.static, n, t.children)
		t.plans = 0
		return
	}
	snapshot.Reals(c, t.p[:n])
	snapshot.Reals(c, t.learned[:n])
	snapshot.Reals(c, t.costs[:n])
	snapshot.Int(c, &t.mid)
	snapshot.Uint(c, &t.side)
	snapshot.Int(c, &t.want)
	snapshot.Real(c, &t.opp)
	if snapshot.Uint(c, &t.state); t.state > trialDropped {
		c.Fail("trial %d is in state %d", t.decision, t.state)
	}
	snapshot.Real(c, &t.cost)
	snapshot.Real(c, &t.share)
	snapshot.Real(c, &t.loss)
	snapshot.Uint(c, &t.lossPeriod)
	snapshot.Int(c, &t.lossGot)
}

func (s *dayLoss) visit(c *snapshot.Coder) {
	snapshot.Int(c, &s.date)
	snapshot.Uint(c, &s.period)
	snapshot.Int(c, &s.n)
	snapshot.Real(c, &s.bps)
	snapshot.Real(c, &s.dollars)
	snapshot.Real(c, &s.squares)
	snapshot.Real(c, &s.value)
	snapshot.Flag(c, &s.held)
	snapshot.Int(c, &s.since)
	snapshot.Text(c, &s.why)
}
