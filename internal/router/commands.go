package router

import "github.com/sluice-sor/sluice/internal/event"

// commands collects what one Apply wants done. Bodies are reused by the next Apply, so that a warm engine allocates
// nothing; whoever keeps one longer copies it.
type commands struct {
	list         []event.Body
	sends        pool[event.SendChild]
	cancels      pool[event.CancelChild]
	replaces     pool[event.ReplaceChild]
	queries      pool[event.QueryChild]
	reports      pool[event.ReportParent]
	rejects      pool[event.RejectRequest]
	timers       pool[event.SetTimer]
	watches      pool[event.WatchSymbol]
	decisions    pool[event.RecordDecision]
	outcomes     pool[event.RecordOutcome]
	execs        pool[event.RecordExecution]
	children     pool[event.RecordChild]
	parents      pool[event.RecordParent]
	alerts       pool[event.Raise]
	masses       pool[event.ReportMassCancel]
	orphans      pool[event.RecordOrphan]
	answers      pool[event.AnswerPerson]
	questions    pool[event.QuestionTrade]
	floorAsks    pool[event.QueryVenue]
	floorCancels pool[event.CancelVenue]
	learnings    pool[event.RecordLearning]
	models       pool[event.RecordModel]
	experiments  pool[event.RecordExperiment]
	baskets      pool[event.RecordBasket]
}

// pool hands out values of T whose memory outlives one Apply.
type pool[T any] struct {
	items []*T
	used  int
}

// take gives a value as its last user left it.
func (p *pool[T]) take() *T {
	if p.used == len(p.items) {
		p.items = append(p.items, new(T))
	}
	p.used++
	return p.items[p.used-1]
}

func (c *commands) reset() {
	c.list = c.list[:0]
	c.sends.used, c.cancels.used, c.replaces.used, c.queries.used, c.reports.used = 0, 0, 0, 0, 0
	c.rejects.used, c.timers.used, c.watches.used, c.decisions.used = 0, 0, 0, 0
	c.outcomes.used, c.execs.used, c.children.used, c.parents.used, c.alerts.used = 0, 0, 0, 0, 0
	c.masses.used, c.orphans.used, c.answers.used, c.questions.used = 0, 0, 0, 0
	c.floorAsks.used, c.floorCancels.used, c.learnings.used, c.models.used = 0, 0, 0, 0
	c.experiments.used, c.baskets.used = 0, 0
}

// add puts a zeroed value of T at the end of the list and returns it for filling in.
func add[T any, P interface {
	*T
	event.Body
}](c *commands, p *pool[T]) P {
	v := p.take()
	*v = *new(T)
	c.list = append(c.list, P(v))
	return v
}

// addDecision is add for a decision, whose slices keep their memory.
func (c *commands) addDecision() *event.RecordDecision {
	d := c.decisions.take()
	venues, plans := d.Venues[:0], d.Plans[:0]
	*d = event.RecordDecision{Venues: venues, Plans: plans, Chosen: -1, Static: -1}
	c.list = append(c.list, d)
	return d
}

// nextVenueView extends the decision's views by a zeroed one that keeps the memory of its features.
func nextVenueView(d *event.RecordDecision) *event.VenueView {
	if len(d.Venues) < cap(d.Venues) {
		d.Venues = d.Venues[:len(d.Venues)+1]
	} else {
		d.Venues = append(d.Venues, event.VenueView{})
	}
	v := &d.Venues[len(d.Venues)-1]
	*v = event.VenueView{Features: v.Features[:0]}
	return v
}

// nextPlanView extends the decision's plans by a zeroed one that keeps the memory of its shares.
func nextPlanView(d *event.RecordDecision) *event.PlanView {
	if len(d.Plans) < cap(d.Plans) {
		d.Plans = d.Plans[:len(d.Plans)+1]
	} else {
		d.Plans = append(d.Plans, event.PlanView{})
	}
	p := &d.Plans[len(d.Plans)-1]
	*p = event.PlanView{Shares: p.Shares[:0]}
	return p
}
