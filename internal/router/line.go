package router

import (
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// A line is what waits in a venue's session: orders that were decided and of which nobody has said yet that they left, or
// that they will not. A session sends one message at a time, at its venue's pace (PACE-03, PACE-05): whoever decides more
// than it takes only makes everything late, is overtaken by the market while the orders wait, withdraws them and decides
// anew, which is more of the same.
type line struct {
	waiting int
	since   market.Time // when the first of them came
	leftAt  market.Time // when the last order left
	gaps    [8]int64    // ring of the last times between two orders that left while others waited, ns
	left    int         // how many there were
}

const (
	// firstGap is what is assumed of a session that was not yet seen at work.
	firstGap = market.Millisecond
	// lineStall is how long a session may send nothing at all while orders wait: longer than a commit of the journal ever
	// takes, for which they wait too.
	lineStall = 500 * market.Millisecond
	// lineDelay is how long a new order may be expected to wait in a line: as late as a write is slow (PACE-07).
	lineDelay = 50 * market.Millisecond
	// lineMost is how many may wait, whatever the pace: a quarter of a session's queue (PACE-02), which is so never full.
	lineMost = 256
	// lineFew never count as a line: one slow write holds up three orders and is over.
	lineFew = 4
	// lineRetry is when an order that waits for a line is looked at again.
	lineRetry = 100 * market.Millisecond
	// offLine is how much later than decided an order may leave without being late: below it the waits of all tactics run
	// from the decision, as they do in a simulation, where nothing waits.
	offLine = 10 * market.Millisecond
	// unsentWait is how many ack timeouts an order may be unsent before it is taken out of our queue: a session gives a
	// message up sooner (PACE-07).
	unsentWait = 5
)

// joinLine puts an order that is decided at the end of its venue's line.
func (e *Engine) joinLine(c *childState) {
	l := &e.venues[c.Venue].line
	if l.waiting == 0 {
		l.since = e.now
	}
	c.inLine = true
	l.waiting++
}

// leaveLine takes an order out of the line, if it is in it; left says that it is on the wire.
func (e *Engine) leaveLine(c *childState, left bool) {
	if !c.inLine {
		return
	}
	c.inLine = false
	l := &e.venues[c.Venue].line
	l.waiting = max(0, l.waiting-1)
	if left {
		l.gaps[l.left%len(l.gaps)] = e.now.Sub(max(l.leftAt, l.since))
		l.left++
		l.leftAt = e.now
	}
}

// dropLine forgets the line of a venue whose session went down: what waited comes back as not sent, or is in doubt.
func (e *Engine) dropLine(v *venueState) {
	v.line.waiting = 0
	for _, p := range e.live {
		for _, c := range p.children {
			if c.Venue == v.ID {
				c.inLine = false
			}
		}
	}
}

// behind reports whether another order for a venue's session would not leave soon.
func (l *line) behind(now market.Time) bool {
	return l.waiting >= lineFew &&
		(l.waiting >= lineMost || int64(l.waiting)*l.pace() > lineDelay || now.Sub(max(l.leftAt, l.since)) > lineStall)
}

// reason says how far it is behind.
func (l *line) reason() string { return fmt.Sprintf("its session is %d orders behind", l.waiting) }

// pace is the median of the last times between two orders that left. Orders that became durable together leave in a row: how
// long the first of them waited for its commit is one time among many short ones, and says nothing about the session.
func (l *line) pace() int64 {
	if l.left < len(l.gaps) {
		return firstGap
	}
	sorted := l.gaps
	slices.Sort(sorted[:])
	return sorted[len(sorted)/2-1]
}

// startOfRest is when a child's time at its venue began: with its decision, unless it left much later; now while it waits in
// a line, because a venue cannot answer what it has not got.
func (e *Engine) startOfRest(c *childState) market.Time {
	switch {
	case c.inLine && c.AckedAt == 0 && c.Cum == 0:
		return max(c.DecidedAt, e.now.Add(-offLine))
	case c.WireAt.Sub(c.DecidedAt) > offLine:
		return c.WireAt
	}
	return c.DecidedAt
}

// holdForLine records that an order waits because the sessions of all venues that it could use are behind, at whatever stage:
// once in ten seconds, for it looks again soon.
func (e *Engine) holdForLine(p *parentState, d *event.RecordDecision) bool {
	if p.lineHeldAt != 0 && e.now.Sub(p.lineHeldAt) < 10*market.Second && e.takeBack(d) {
		return false
	}
	p.lineHeldAt = e.now
	d.ExploreBps, d.Vetoed, d.Stage = 0, "the sessions are behind", event.StageHold
	return false
}

// blockedByLine lets an order wait for a session that is behind: a book changes nothing about that.
func (e *Engine) blockedByLine(p *parentState, stage event.Stage) {
	next := e.now.Add(lineRetry)
	switch stage {
	case event.StageInternal:
		p.internalNext = next
	case event.StageDark:
		p.darkNext = max(p.darkNext, next)
	default:
		p.litNext = next
	}
}

// unsent reports whether silence about a child means only that it has not left, and looks again later if so.
func (e *Engine) unsent(c *childState) bool {
	if !c.inLine || c.State != order.PendingNew || e.now.Sub(c.DecidedAt) >= unsentWait*e.cfg.Tactics.AckTimeout {
		return false
	}
	e.timers.push(timer{at: e.now.Add(e.cfg.Tactics.AckTimeout), kind: timerAck, child: c})
	return true
}

// immediate is how long an order that is immediate or canceled may wait for sessions that are behind before it was tried at all.
const immediate = 500 * market.Millisecond

// waitsForLine reports whether an order that had no child yet waits for sessions that are behind, and may.
func (e *Engine) waitsForLine(p *parentState) bool {
	return p.lineHeldAt != 0 && p.childCount == 0 && e.now.Sub(p.Received) < immediate
}
