package view

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/router"
)

// Options bounds what a View keeps. A zero field takes the default in brackets.
type Options struct {
	DoneParents int // parents that are done, with their children and fills [500]
	DoneRows    int // parents that are done, as rows of the blotter [5000]
	Children    int // per parent; working ones are always kept [1000]
	Steps       int // per child [48]
	Fills       int // per parent [2000]
	Decisions   int // in full [2000]
	Lines       int // decisions listed in a State [100]
	Alerts      int // [200]
	Symbols     int // with books [1000]
}

func (o Options) withDefaults() Options {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	set(&o.DoneParents, 500)
	set(&o.DoneRows, 5000)
	o.DoneRows = max(o.DoneRows, o.DoneParents)
	set(&o.Children, 1000)
	set(&o.Steps, 48)
	set(&o.Fills, 2000)
	set(&o.Decisions, 2000)
	set(&o.Lines, 100)
	set(&o.Alerts, 200)
	set(&o.Symbols, 1000)
	return o
}

// View is the projection. One goroutine applies, any number reads.
type View struct {
	opts Options

	mu        sync.RWMutex
	seq       uint64
	at        market.Time
	engine    Engine
	venues    []venueRow
	parents   map[order.ParentID]*parentRow
	order     []order.ParentID // by arrival, oldest first; may hold parents that were dropped
	done      []order.ParentID // in the order of their ends, with children and fills
	bare      []order.ParentID // likewise, ended before them: rows only
	children  map[order.ChildID]*childRow
	live      map[order.ChildID]*childRow // of children, those that can still fill
	decisions ring[*Decision]
	byID      map[uint64]*Decision
	alerts    ring[Alert]
	clients   []Client
	halts     []Halt
	orphans   []Orphan
	baskets   []Basket
	books     map[market.Symbol]*bookRow
	symbols   []market.Symbol // of books, by first sight

	sampleAt   market.Time // when the venues' histories get their next point
	sampleStep int64

	limits risk.Limits
	used   dayUse
	study  *study                // nil: no experiment was begun
	models map[string]*modelSums // by name
	off    []Off

	asked event.Asked // what people asked for, which counts once the engine has not refused it
}

// New gives an empty View.
func New(opts Options) *View {
	opts = opts.withDefaults()
	return &View{
		opts:      opts,
		parents:   map[order.ParentID]*parentRow{},
		children:  map[order.ChildID]*childRow{},
		live:      map[order.ChildID]*childRow{},
		decisions: newRing[*Decision](opts.Decisions),
		byID:      map[uint64]*Decision{},
		alerts:    newRing[Alert](opts.Alerts),
		books:     map[market.Symbol]*bookRow{},
		models:    map[string]*modelSums{},
	}
}

// Apply takes one record of the journal: its sequence number, the time it carries, and its body. It never fails: a
// record that names what the view no longer keeps changes only counters.
func (v *View) Apply(seq uint64, at market.Time, body event.Body) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if seq <= v.seq {
		return
	}
	v.seq = seq
	v.at = max(v.at, at)
	if body.Kind().IsEvent() {
		v.engine.Events++
		v.asked.Event(body, v.onceAnswered(at, body))
		v.applyEvent(at, body)
	} else {
		v.engine.Commands++
		v.applyCommand(at, body)
	}
	v.sample()
	v.flatten()
}

// Seq gives the sequence number of the last record applied.
func (v *View) Seq() uint64 {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.seq
}

func (v *View) applyEvent(at market.Time, body event.Body) {
	switch b := body.(type) {
	case *event.Configured:
		v.configured(at, b)
	case *event.BookChanged:
		v.bookChanged(at, b)
	case *event.TradePrinted:
		v.tradePrinted(at, b)
	case *event.VenueUp:
		v.venueSession(b.Venue, true, "", at)
	case *event.VenueDown:
		v.venueSession(b.Venue, false, b.Reason, at)
	case *event.ClientUp:
		v.clientSession(b.Client, true, at)
	case *event.ClientDown:
		v.clientSession(b.Client, false, at)
	case *event.Degraded:
		v.engine.Degraded, v.engine.DegradedWhy = int(b.Level), b.Reason
	case *event.Halted:
		v.halted(at, b) // at once, and again when it is answered: a resume before it may be answered in between
	case *event.Recovered:
		for _, c := range v.live {
			c.InDoubt = true
		}
	default:
		v.applyReport(at, body)
	}
}

// applyReport takes what a venue or our own transport said about a child.
func (v *View) applyReport(at market.Time, body event.Body) {
	switch b := body.(type) {
	case *event.ChildSent:
		v.childSent(at, b)
	case *event.ChildDenied:
		v.childDenied(at, b)
	case *event.ChildAccepted:
		v.childAccepted(at, b)
	case *event.ChildDone:
		v.childDone(at, b)
	case *event.ChildRejected:
		v.childRejected(at, b)
	case *event.ChildReplaced:
		v.childReplaced(at, b)
	case *event.CancelRejected:
		v.cancelRejected(at, b)
	case *event.ChildStatus:
		v.childStatus(at, b)
	}
}

func (v *View) applyCommand(at market.Time, body event.Body) {
	switch b := body.(type) {
	case *event.SendChild:
		v.sendChild(at, b)
	case *event.CancelChild:
		v.cancelChild(at, b)
	case *event.ReplaceChild:
		v.replaceChild(at, b)
	case *event.QueryChild:
		if c := v.children[b.Child]; c != nil {
			v.step(c, Step{At: Stamp(at), What: "status asked"})
		}
	case *event.RecordDecision:
		v.decided(b)
	case *event.RecordOutcome:
		v.outcome(b)
	case *event.RecordExecution:
		v.executed(b)
	case *event.RecordChild:
		v.recordChild(b)
	case *event.RecordParent:
		v.recordParent(b)
	case *event.Raise:
		v.raised(at, b)
	case *event.RecordOrphan:
		v.recordOrphan(b)
	case *event.RecordBasket:
		v.recordBasket(b)
	case *event.AnswerPerson:
		v.asked.Answer(b)
	case *event.RecordExperiment:
		v.studied(at, b)
	case *event.RecordModel:
		e := &v.engine
		e.Model, e.Beside, e.BesideShare = b.Serving, b.Beside, Real(b.Share)
		e.ModelChange, e.ModelChanged = b.What.String()+" "+b.Model, Stamp(b.At)
		if b.Reason != "" {
			e.ModelChange += ": " + b.Reason
		}
	case *event.RecordLearning:
		e := &v.engine
		e.LearnerShare, e.DayLossBps, e.DayLossUSD, e.DayOutcomes, e.LearnerHeld = Real(b.Share), Real(b.LossBps), Real(b.Loss), b.Outcomes, ""
		if b.Held {
			e.LearnerHeld = b.Why
		}
	}
}

// configured starts a run: sessions are down until they say otherwise; what was measured stays.
func (v *View) configured(at market.Time, b *event.Configured) {
	e := &v.engine
	e.Build, e.Instance, e.Epoch, e.Configured = b.Build, b.Instance, b.Epoch, Stamp(at)
	var c router.Config
	if err := json.Unmarshal(b.Config, &c); err != nil {
		return // the engine itself refuses such a record; the view goes on with numbers for names
	}
	e.Router, e.Learning, e.Limits = c.Router, !c.Learning.Off, c.Limits.Version
	v.limits = c.Limits
	for i := range c.Venues {
		row := v.venue(market.VenueID(i))
		row.configure(&c.Venues[i])
	}
	for i := range v.venues {
		row := &v.venues[i]
		if row.Up {
			row.Up, row.Since, row.DownReason = false, Stamp(at), "restart"
		}
	}
	for i := range v.clients {
		if v.clients[i].Up {
			v.clients[i].Up, v.clients[i].Since = false, Stamp(at)
		}
	}
}

func (v *View) clientSession(name string, up bool, at market.Time) {
	for i := range v.clients {
		if v.clients[i].Name == name {
			v.clients[i].Up, v.clients[i].Since = up, Stamp(at)
			return
		}
	}
	if len(v.clients) < v.opts.Symbols { // clients are configured; the bound only holds against a damaged journal
		v.clients = append(v.clients, Client{name, up, Stamp(at)})
	}
}

// onceAnswered is what an event comes to once the engine has answered it, nil for nothing that is shown.
func (v *View) onceAnswered(at market.Time, body event.Body) func() {
	switch b := body.(type) {
	case *event.Halted:
		asked := *b
		return func() { v.halted(at, &asked) }
	case *event.Resumed:
		asked := *b
		return func() { v.resumed(&asked) }
	case *event.ControlSwitched:
		asked := *b
		return func() { v.switched(&asked) }
	case *event.LimitsChanged:
		return v.limitsChanged(b)
	}
	return nil
}

func (v *View) halted(at market.Time, b *event.Halted) {
	for _, h := range v.halts {
		if h.Client == b.Client && h.Symbol == string(b.Symbol) && h.Venue == b.Venue && h.Algorithm == b.Algorithm {
			return
		}
	}
	h := Halt{Client: b.Client, Symbol: string(b.Symbol), Venue: b.Venue, Algorithm: b.Algorithm, Actor: b.Actor, Reason: b.Reason, Since: Stamp(at)}
	for _, c := range v.live {
		if v.within(&h, c) {
			h.Progress.Before++
		}
	}
	v.halts = append(v.halts, h)
	v.markHalted()
}

func (v *View) resumed(b *event.Resumed) {
	kept := v.halts[:0]
	for _, h := range v.halts {
		if h.Client != b.Client || h.Symbol != string(b.Symbol) || h.Venue != b.Venue || h.Algorithm != b.Algorithm {
			kept = append(kept, h)
		}
	}
	v.halts = kept
	v.markHalted()
}

// markHalted marks the venues at which nothing at all is sent.
func (v *View) markHalted() {
	for i := range v.venues {
		v.venues[i].Halted = false
		for _, h := range v.halts {
			if h.Client == "" && h.Symbol == "" && h.Algorithm == "" && (h.Venue == "" || h.Venue == v.venues[i].Name) {
				v.venues[i].Halted = true
			}
		}
	}
}

func (v *View) raised(at market.Time, b *event.Raise) {
	names := [...]string{"info", "info", "warn", "page"}
	severity := "page" // an unknown severity is shown as the worst
	if int(b.Severity) < len(names) {
		severity = names[b.Severity]
	}
	if severity == "page" {
		v.engine.AlertsPage++
	}
	v.alerts.add(Alert{v.seq, Stamp(at), severity, b.Code, b.Parent, b.Child, b.Text})
}

// recordOrphan keeps the orphans that nobody has resolved; the router bounds their number.
func (v *View) recordOrphan(b *event.RecordOrphan) {
	r := &b.Report
	row := Orphan{ID: b.Orphan, Since: Stamp(b.Since), Venue: v.venueName(r.Venue), ClOrdID: r.ClOrdID, VenueOrderID: r.VenueOrderID, Symbol: string(r.Symbol),
		Qty: int64(r.Qty), Px: Px(r.Px), Cum: int64(r.Cum), Leaves: int64(r.Leaves), Reports: b.Reports, Text: r.Text}
	if r.Side != 0 {
		row.Side = r.Side.String()
	}
	i := slices.IndexFunc(v.orphans, func(o Orphan) bool { return o.ID == b.Orphan })
	switch {
	case i >= 0 && b.Resolved:
		v.orphans = slices.Delete(v.orphans, i, i+1)
	case i >= 0:
		v.orphans[i] = row
	case !b.Resolved:
		v.orphans = append(v.orphans, row)
	}
}

// venueName gives a venue's name for display.
func (v *View) venueName(id market.VenueID) string {
	if id == market.NoVenue {
		return "unknown"
	}
	if int(id) < len(v.venues) && v.venues[id].Name != "" {
		return v.venues[id].Name
	}
	return fmt.Sprintf("venue %d", id)
}
