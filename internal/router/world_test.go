package router

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// world drives an engine as the process does: it gives events their place, takes the commands, and checks the order
// invariants after every event. Venues answer by its own small rules.
type world struct {
	t         testing.TB
	e         *Engine
	seq       uint64
	now       market.Time
	rng       *rand.Rand
	log       []byte                        // every command, encoded: two equal runs have equal logs
	children  map[order.ChildID]*venueChild // what the venues have
	ids       []order.ChildID
	todo      []event.Body // venue reports on their way
	timer     market.Time
	reports   []event.ReportParent
	rejects   []event.RejectRequest
	alerts    []event.Raise
	baskets   []event.RecordBasket
	masses    []event.ReportMassCancel
	answers   []event.AnswerPerson
	orphans   []event.RecordOrphan
	questions []event.QuestionTrade
	queries   int
	floors    []event.Body // mass requests to venues
	decided   []event.RecordDecision
	outcomes  []event.RecordOutcome
	changes   []event.RecordModel
	hidden    map[market.VenueID]market.Qty // liquidity of the dark venues
	pools     map[market.VenueID]poolTruth  // of those that fill at random, see random
	ticks     int                           // how far the mid is from where it began
	shown     map[market.VenueID]market.Qty // at a displayed venue's best, each side
	events    []event.Event
	execs     int
	silent    map[market.VenueID]bool // venues that do not answer
	unsent    map[market.VenueID]bool // venues whose session sends nothing
	toVenues  []string                // replaces, cancels and questions, see asks
	autoFill  bool
}

type venueChild struct {
	order.Child
	orig order.Child
	done bool
}

const (
	venueInternal = market.VenueID(iota)
	venueDarkA
	venueDarkB
	venueDarkC
	venueLitX
	venueLitY
	venueInverted
)

func testConfig() Config {
	cfg := DefaultConfig()
	fee := func(take, post market.Money) []market.FeeSchedule {
		f := market.FeeSchedule{From: 20200101}
		f.PerShare[market.Removed], f.PerShare[market.Added] = take, post
		f.PerShare[market.AddedMid], f.PerShare[market.RemovedMid] = 1000, 1000
		return []market.FeeSchedule{f}
	}
	caps := market.CapMidpoint | market.CapMinQty | market.CapStatus | market.CapPostOnly | market.CapReplace | market.CapKeepsPriority
	row := func(name string, t market.VenueType, latency, fill, impact float64, take, post market.Money) {
		cfg.Venues = append(cfg.Venues, market.Venue{ID: market.VenueID(len(cfg.Venues)), Name: name, MIC: "X" + name, Type: t,
			Caps: caps, Fees: fee(take, post), History: market.History{LatencyUs: latency, FillRatePct: fill, Impact: impact}})
	}
	row("INT", market.Internalizer, 50, 20, 1, 0, 0)
	row("DA", market.Dark, 550, 65, 2, 1500, 1500)
	row("DB", market.Dark, 700, 40, 1, 1000, 1000)
	row("DC", market.Dark, 600, 50, 2, 1200, 1200)
	row("LX", market.ECN, 150, 98, 8, 3000, -2000)
	row("LY", market.Lit, 250, 95, 7, 2800, -1800)
	row("IV", market.Inverted, 200, 90, 7, -1600, 1900)
	cfg.Instruments = []market.Instrument{{Symbol: "ABC", Tick: 10_000, Lot: 100, ADV: 3_000_000, DayVolBps: 150, PriorClose: 50 * market.Dollar}}
	cfg.Regulatory = []market.Regulatory{{From: 20200101, Section31: 27_800, TAF: 166, TAFCap: 8_300_000}}
	return cfg
}

func newWorld(t testing.TB, cfg Config) *world {
	w := &world{t: t, e: New(), now: market.Time(1_700_000_000 * market.Second), rng: rand.New(rand.NewPCG(1, 2)),
		children: map[order.ChildID]*venueChild{}, hidden: map[market.VenueID]market.Qty{}, shown: map[market.VenueID]market.Qty{},
		silent: map[market.VenueID]bool{}, unsent: map[market.VenueID]bool{}, autoFill: true}
	w.configured(cfg)
	for i := range cfg.Venues {
		w.apply(&event.VenueUp{Venue: market.VenueID(i)})
	}
	for _, v := range cfg.Venues {
		if v.Type.Displayed() {
			w.shown[v.ID] = 2000
		}
	}
	w.quote(50*market.Dollar, 50*market.Dollar+10_000)
	return w
}

func (w *world) configured(cfg Config) {
	b, err := json.Marshal(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.apply(&event.Configured{Config: b, Instance: 77, Epoch: 1})
}

// quote gives every displayed venue the same book: ten levels of its shown size a tick apart.
func (w *world) quote(bid, ask market.Price) {
	for v := market.VenueID(0); int(v) < len(w.e.venues); v++ {
		if !w.e.venues[v].Type.Displayed() {
			continue
		}
		b := event.BookChanged{Venue: v, Symbol: "ABC"}
		for i := range market.Price(5) {
			if q := w.shown[v]; q > 0 {
				b.Bids = append(b.Bids, market.Level{Price: bid - i*10_000, Size: q})
				b.Asks = append(b.Asks, market.Level{Price: ask + i*10_000, Size: q})
			}
		}
		w.apply(&b)
	}
}

func (w *world) apply(body event.Body) {
	w.t.Helper()
	w.seq++
	w.now++
	ev := event.Event{Seq: w.seq, At: w.now, Body: body}
	w.events = append(w.events, ev)
	for _, cmd := range w.e.Apply(ev) {
		w.log = append(w.log, byte(cmd.Kind()), byte(cmd.Kind()>>8))
		w.log = event.Append(w.log, cmd)
		w.take(cmd)
	}
	w.check()
}

func (w *world) take(cmd event.Body) {
	switch c := cmd.(type) {
	case *event.SendChild:
		v := &venueChild{Child: c.Child, orig: c.Child}
		if w.children[c.Child.ID] != nil {
			w.t.Fatalf("child %d sent twice", c.Child.ID)
		}
		w.children[c.Child.ID] = v
		w.ids = append(w.ids, c.Child.ID)
		if w.unsent[c.Child.Venue] {
			return
		}
		w.todo = append(w.todo, &event.ChildSent{Child: c.Child.ID})
		if !w.silent[c.Child.Venue] {
			w.todo = append(w.todo, &event.ChildAccepted{Child: c.Child.ID, VenueOrderID: fmt.Sprint("V", c.Child.ID)})
			w.match(v)
		}
	case *event.CancelChild:
		w.toVenues = append(w.toVenues, asks(cmd))
		if w.silent[c.Venue] {
			return
		}
		v := w.children[c.Child]
		if v.done {
			w.todo = append(w.todo, &event.CancelRejected{Child: c.Child, Request: c.Request, Reason: 0, Status: '2'})
			return
		}
		v.done = true
		w.todo = append(w.todo, &event.ChildDone{Child: c.Child, What: order.WasCanceled, Request: c.Request, Cum: v.Cum})
	case *event.ReplaceChild:
		w.replaceAtVenue(c)
	case *event.QueryChild:
		w.queries++
		w.toVenues = append(w.toVenues, asks(cmd))
		if w.silent[c.Venue] {
			return
		}
		v := w.children[c.Child]
		s := byte('0')
		if v.done {
			s = '4'
		}
		if v.Cum == v.Qty {
			s = '2'
		}
		w.todo = append(w.todo, &event.ChildStatus{Child: c.Child, Status: s, Cum: v.Cum, Leaves: v.Leaves})
	case *event.SetTimer:
		w.timer = c.At
	case *event.ReportParent:
		w.reports = append(w.reports, *c)
	case *event.RejectRequest:
		w.rejects = append(w.rejects, *c)
	case *event.ReportMassCancel:
		w.masses = append(w.masses, *c)
	case *event.AnswerPerson:
		w.answers = append(w.answers, *c)
	case *event.RecordOrphan:
		w.orphans = append(w.orphans, *c)
	case *event.QuestionTrade:
		w.questions = append(w.questions, *c)
	case *event.CancelVenue:
		v := *c
		w.floors = append(w.floors, &v)
	case *event.QueryVenue:
		v := *c
		w.floors = append(w.floors, &v)
	case *event.Raise:
		w.alerts = append(w.alerts, *c)
	case *event.RecordBasket:
		w.baskets = append(w.baskets, *c)
	case *event.RecordDecision:
		d, err := event.Decode(event.KindRecordDecision, event.Append(nil, c))
		if err != nil {
			w.t.Fatal(err)
		}
		w.decided = append(w.decided, *d.(*event.RecordDecision))
	case *event.RecordOutcome:
		w.outcomes = append(w.outcomes, *c)
	case *event.RecordModel:
		w.changes = append(w.changes, *c)
	}
}

// match gives a new child what its venue has for it.
func (w *world) match(v *venueChild) {
	if !w.autoFill {
		return
	}
	var q market.Qty
	px := market.Price(50*market.Dollar + 5000)
	switch v.Style {
	case order.StyleInternal, order.StyleDark:
		if p, ok := w.pools[v.Venue]; ok {
			if q, px = p.drawn(w, v.Qty), px+market.Price(w.ticks)*10_000; q > 0 {
				w.fill(v.ID, q, px)
				p.moves(w, v.Side)
			}
			return
		}
		q = min(v.Qty, w.hidden[v.Venue])
		w.hidden[v.Venue] -= q
	case order.StyleSweep:
		q, px = min(v.Qty, w.shown[v.Venue]), v.Limit
	}
	if q > 0 {
		w.fill(v.ID, q, px)
	}
	if v.TIF == order.IOC && v.Cum < v.Qty {
		v.done = true
		w.todo = append(w.todo, &event.ChildDone{Child: v.ID, What: order.WasExpired, Cum: v.Cum})
	}
}

func (w *world) fill(id order.ChildID, q market.Qty, px market.Price) {
	v := w.children[id]
	v.Cum += q
	v.Leaves = v.Qty - v.Cum
	v.done = v.done || v.Leaves == 0
	w.execs++
	w.todo = append(w.todo, &event.ChildExecuted{Child: id, ExecID: fmt.Sprint("X", w.execs), VenueOrderID: fmt.Sprint("V", id), Qty: q, Px: px,
		Cum: v.Cum, Leaves: v.Leaves})
}

// settle delivers everything on its way.
func (w *world) settle() {
	for len(w.todo) > 0 {
		b := w.todo[0]
		w.todo = w.todo[1:]
		w.apply(b)
	}
}

// run lets d nanoseconds pass, in the order of the engine's timer.
func (w *world) run(d int64) {
	end := w.now.Add(d)
	for w.settle(); w.timer != 0 && w.timer <= end; w.settle() {
		w.now = max(w.now, w.timer)
		w.timer = 0
		w.apply(&event.TimerFired{Timer: engineTimer})
	}
	w.now = end
}

// check holds INV-01, INV-03 and INV-07 over everything the engine has.
func (w *world) check() {
	w.t.Helper()
	for id, p := range w.e.parents {
		if p.State == order.Rejected {
			continue
		}
		if p.Hold != order.HoldStop && p.Cum+p.exposure() > p.Terms.Qty {
			w.t.Fatalf("INV-01: parent %d has %d filled and %d working of %d after event %d", id, p.Cum, p.exposure(), p.Terms.Qty, w.seq)
		}
		for _, c := range p.children {
			if c.Cum+c.Leaves > c.Qty || c.State.Done() {
				w.t.Fatalf("INV-03: child %d: %d + %d of %d, %v", c.ID, c.Cum, c.Leaves, c.Qty, c.State)
			}
			if c.Side != p.Terms.Side || (p.Terms.Limit > 0 && c.Limit > 0 && p.Terms.Side.Worse(c.Limit, p.Terms.Limit)) {
				w.t.Fatalf("INV-07: child %d %v at %v, parent %v at %v", c.ID, c.Side, c.Limit, p.Terms.Side, p.Terms.Limit)
			}
		}
	}
}

func (w *world) parent(id string, terms order.Terms) {
	if terms.Symbol == "" {
		terms.Symbol = "ABC"
	}
	if terms.Type == 0 {
		terms.Type = order.Market
	}
	w.apply(&event.ParentReceived{Client: "EMS", ClOrdID: id, Terms: terms})
}

func (w *world) last() event.ReportParent { return w.reports[len(w.reports)-1] }

// sent gives the children sent so far, as they were sent.
func (w *world) sent() (out []order.Child) {
	for _, id := range w.ids {
		out = append(out, w.children[id].orig)
	}
	return out
}
