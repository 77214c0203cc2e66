package router

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
)

// SelfTest is [risk.SelfTest] and, beside the gate, the controls of the engine's own loop: violating orders go through engines that
// are built of these limits, with venues that are none (RISK-14). They are the repeat throttle (RISK-07), the venues that one order
// touches in a second and the replaces of a child (RISK-11), changes of limits (RISK-16), a model that says no figures (RISK-17),
// self-crosses (RISK-18), the words of a refusal (RISK-19), the summary of a basket (RISK-20), and of each displayed venue a book
// that is too old or crossed, or that has a gap (MD-01, MD-03).
//
// What it cannot try: that the venues, the clock and the disk behave as the null ones here do; the age at which the feed itself
// calls a quote stale (MD-02) and the nightly audit of the tape (MD-04), which have no limit; lists of securities where the limits do
// not ask for them (RISK-10). Each limit is tried alone: that one control does not put out another is for the tests of the engine.
func SelfTest(l risk.Limits, venues []market.Venue, g risk.Gates) []risk.Fault {
	return selfTest(l, venues, g, newLoop)
}

// A loop is the engine as the self-test sees it.
type loop interface {
	Apply(event.Event) []event.Body
	speechless(x float64)
}

func newLoop(cfg Config) loop { return New() }

// speechless makes the model that serves say x where it should say what a venue leaks: what no model that was checked does.
func (e *Engine) speechless(x float64) {
	for i := range e.learner.leaks {
		e.learner.leaks[i], e.learner.known[i] = x, true
	}
}

// The most that the self-test tries: a limit beyond it would in effect be none, and the test would not end in seconds.
const tryMost = 10_000

// loopTest is one run over the engine's controls.
type loopTest struct {
	all    risk.Limits
	build  func(Config) loop
	faults []risk.Fault
}

func selfTest(l risk.Limits, venues []market.Venue, g risk.Gates, build func(Config) loop) []risk.Fault {
	faults := risk.SelfTest(l, g)
	if l.Check() != nil {
		return faults // it says so
	}
	t := loopTest{all: l, build: build}
	t.try("RISK-07", "max_repeats", l.MaxRepeats, tryMost, t.repeats)
	t.try("RISK-11", "max_venues_per_second", l.MaxVenueRate, market.MaxVenues-1, t.venueRate)
	t.try("RISK-11", "max_replaces_per_child", l.MaxReplaces, tryMost, t.replaces)
	if l.NoSelfCross {
		t.hold("RISK-18", "no_self_cross", t.selfCross)
	}
	t.hold("RISK-16", "a change of limits", t.change)
	t.hold("RISK-17", "a model without figures", t.model)
	t.hold("RISK-19", "the words of a refusal", t.words)
	t.hold("RISK-20", "the summary of a basket", t.basket)
	for i := range venues {
		if v := &venues[i]; v.Type.Displayed() {
			t.stale(v)
		}
	}
	return append(faults, t.faults...)
}

func (t *loopTest) fault(rule, name, why string) {
	t.faults = append(t.faults, risk.Fault{Control: rule, Name: name, Why: why})
}

// try holds a count that is set; that it is not, risk.SelfTest says.
func (t *loopTest) try(rule, name string, limit, most int, do func() string) {
	switch {
	case limit > most:
		t.fault(rule, name, fmt.Sprintf("%d can refuse nothing: give at most %d", limit, most))
	case limit > 0:
		t.hold(rule, name, do)
	}
}

// hold notes what do finds, empty if the control holds. An engine that ends by it holds nothing.
func (t *loopTest) hold(rule, name string, do func() string) {
	defer func() {
		if bug := recover(); bug != nil {
			t.fault(rule, name, fmt.Sprint("the engine ended: ", bug))
		}
	}()
	if why := do(); why != "" {
		t.fault(rule, name, why)
	}
}

// What the violating orders are of.
const (
	trySymbol = market.Symbol("SLUICE-SELF-TEST")
	tryPrice  = 2_000 * market.Dollar // so that as many ticks lie below it as anything here is tried
	tryTick   = market.Price(10_000)
	tryStart  = market.Time(20_000) * market.Time(24*market.Hour)
)

// A tryout is one engine with null venues: they take every order and fill none.
type tryout struct {
	e        loop
	seq      uint64
	now      market.Time
	timer    market.Time
	todo     []event.Body
	sends    []order.Child
	replaces int // of the first child
	canceled bool
	told     []event.ReportParent
	said     []string // codes of alerts
	answer   event.AnswerPerson
	baskets  int
	plans    []string
	excluded []string
	vetoed   bool // by RISK-11
}

// begin gives an engine with one limit and so many displayed venues.
func (t *loopTest) begin(alone risk.Limits, venues int, change func(*Config)) *tryout {
	cfg := DefaultConfig()
	alone.Version = t.all.Version
	cfg.Limits = alone
	for i := range venues {
		cfg.Venues = append(cfg.Venues, market.Venue{Name: fmt.Sprint("NULL", i), MIC: "XXXX", Type: market.Lit, Caps: market.CapReplace | market.CapStatus})
	}
	cfg.Instruments = []market.Instrument{{Symbol: trySymbol, Tick: tryTick, Lot: 1, ADV: 1_000_000, PriorClose: tryPrice}}
	if change != nil {
		change(&cfg)
	}
	x := &tryout{e: t.build(cfg), now: tryStart}
	text, err := json.Marshal(cfg)
	if err != nil {
		panic("router: " + err.Error())
	}
	x.apply(&event.Configured{Config: text, Instance: 1, Epoch: 1})
	for i := range cfg.Venues {
		x.apply(&event.VenueUp{Venue: market.VenueID(i)})
		x.apply(book(market.VenueID(i), tryPrice-tryTick, tryPrice))
	}
	return x
}

func book(v market.VenueID, bid, ask market.Price) *event.BookChanged {
	return &event.BookChanged{Venue: v, Symbol: trySymbol, Bids: []market.Level{{Price: bid, Size: 100}}, Asks: []market.Level{{Price: ask, Size: 100}}}
}

// tryTerms is an order of one venue that rests there.
func tryTerms(side market.Side, limit market.Price) order.Terms {
	return order.Terms{Symbol: trySymbol, Side: side, Qty: 100, Type: order.Limit, Limit: limit, TIF: order.Day, Directed: "NULL0"}
}

func (x *tryout) order(client, id string, t order.Terms) {
	x.apply(&event.ParentReceived{Client: client, ClOrdID: id, Terms: t})
	x.settle()
}

// apply gives the engine an event and takes what it wants done.
func (x *tryout) apply(body event.Body) {
	x.seq++
	x.now++
	for _, cmd := range x.e.Apply(event.Event{Seq: x.seq, At: x.now, Body: body}) {
		switch c := cmd.(type) {
		case *event.SendChild:
			x.sends = append(x.sends, c.Child)
			x.todo = append(x.todo, &event.ChildSent{Child: c.Child.ID}, &event.ChildAccepted{Child: c.Child.ID, VenueOrderID: fmt.Sprint("V", c.Child.ID)})
		case *event.ReplaceChild:
			x.replaces++
			x.todo = append(x.todo, &event.ChildReplaced{Child: c.Child, Request: c.Request, Qty: c.Qty, Limit: c.Limit})
		case *event.CancelChild:
			x.canceled = true
			x.todo = append(x.todo, &event.ChildDone{Child: c.Child, What: order.WasCanceled, Request: c.Request})
		case *event.SetTimer:
			x.timer = c.At
		case *event.ReportParent:
			x.told = append(x.told, *c)
		case *event.Raise:
			x.said = append(x.said, c.Code)
		case *event.AnswerPerson:
			x.answer = *c
		case *event.RecordBasket:
			x.baskets++
		case *event.RecordDecision:
			x.decision(c)
		}
	}
}

func (x *tryout) decision(d *event.RecordDecision) {
	x.vetoed = x.vetoed || strings.HasPrefix(d.Vetoed, "RISK-11")
	x.plans, x.excluded = x.plans[:0], x.excluded[:0]
	for i := range d.Plans {
		x.plans = append(x.plans, d.Plans[i].Name)
	}
	for i := range d.Venues {
		x.excluded = append(x.excluded, d.Venues[i].Excluded)
	}
}

// settle delivers what the venues answer.
func (x *tryout) settle() {
	for len(x.todo) > 0 {
		body := x.todo[0]
		x.todo = x.todo[1:]
		x.apply(body)
	}
}

// run lets time pass in the order of the engine's timer.
func (x *tryout) run(d int64) {
	end := x.now.Add(d)
	for x.settle(); x.timer != 0 && x.timer <= end; x.settle() {
		x.now, x.timer = max(x.now, x.timer), 0
		x.apply(&event.TimerFired{Timer: engineTimer})
	}
	x.now = end
}

// repeats is RISK-07: a child that its venue sends back again and again, in a market that does not move.
func (t *loopTest) repeats() string {
	most := t.all.MaxRepeats
	x := t.begin(risk.Limits{MaxRepeats: most}, 1, nil)
	x.order("C", "1", tryTerms(market.Buy, tryPrice/2))
	for i := 0; i <= most+1 && len(x.sends) > i; i++ {
		x.apply(&event.ChildDone{Child: x.sends[i].ID, What: order.WasCanceled})
		x.run(3 * market.Second)
	}
	if len(x.sends) != most || !slices.Contains(x.said, "RISK-07") {
		return fmt.Sprintf("the same child was sent %d times, and the order was not stopped", len(x.sends))
	}
	return ""
}

// venueRate is RISK-11: an order that takes at one venue more than it may touch in a second.
func (t *loopTest) venueRate() string {
	most := t.all.MaxVenueRate
	x := t.begin(risk.Limits{MaxVenueRate: most}, most+1, nil)
	x.order("C", "1", order.Terms{Symbol: trySymbol, Side: market.Buy, Qty: market.Qty(100 * (most + 1)), Type: order.Limit, Limit: tryPrice, TIF: order.IOC, Urgency: order.High})
	touched := map[market.VenueID]bool{}
	for i := range x.sends {
		touched[x.sends[i].Venue] = true
	}
	if len(touched) > most || !x.vetoed {
		return fmt.Sprintf("%d venues were touched at once", len(touched))
	}
	return ""
}

// replaces is RISK-11: a client that tightens its order once more than its child may be replaced.
func (t *loopTest) replaces() string {
	most := t.all.MaxReplaces
	x := t.begin(risk.Limits{MaxReplaces: most}, 1, nil)
	x.order("C", "0", tryTerms(market.Buy, tryPrice-2*tryTick))
	for i := 0; i <= most && !x.canceled; i++ {
		x.apply(&event.ParentReplaceRequested{Client: "C", ClOrdID: fmt.Sprint(i + 1), OrigClOrdID: fmt.Sprint(i), Terms: tryTerms(market.Buy, tryPrice-market.Price(3+i)*tryTick)})
		x.settle()
		x.run(market.Second)
	}
	if x.replaces > most || !x.canceled {
		return fmt.Sprintf("a child was replaced %d times, and not withdrawn", x.replaces)
	}
	return ""
}

// selfCross is RISK-18: two clients whose orders would trade with each other.
func (t *loopTest) selfCross() string {
	x := t.begin(risk.Limits{NoSelfCross: true}, 1, nil)
	x.order("C", "1", tryTerms(market.Buy, tryPrice-tryTick))
	before := len(x.sends)
	x.order("D", "2", tryTerms(market.Sell, tryPrice-tryTick))
	if before != 1 || len(x.sends) != 1 {
		return fmt.Sprintf("a sell went where our own buy rests at its price: %d children, then %d", before, len(x.sends)-before)
	}
	return ""
}

// change is RISK-16: limits that cannot be meant, and limits that one person widens.
func (t *loopTest) change() string {
	x := t.begin(risk.Limits{MaxParentQty: 100, TwoPersons: t.all.TwoPersons}, 1, nil)
	x.apply(&event.LimitsChanged{Version: "x", Limits: []byte(`{"MaxParentQty":-1}`), Actor: "one", Approver: "two", Reason: "a self-test of the limits"})
	if !x.answer.Refused {
		return "limits that cannot be meant are taken"
	}
	x.apply(&event.LimitsChanged{Version: "x", Limits: []byte(`{"MaxParentQty":200}`), Actor: "one", Reason: "a self-test of the limits"})
	if t.all.TwoPersons && !x.answer.Refused {
		return "one person widens a limit"
	}
	return ""
}

// model is RISK-17: what is no figure decides nothing, and people are told.
func (t *loopTest) model() string {
	for _, v := range [...]float64{math.NaN(), math.Inf(1), math.MaxFloat64} {
		x := t.begin(risk.Limits{}, 2, nil)
		x.e.speechless(v)
		terms := tryTerms(market.Buy, tryPrice)
		terms.Directed, terms.TIF = "", order.IOC
		x.order("C", "1", terms)
		if !slices.Equal(x.plans, []string{"static"}) || !slices.Contains(x.said, "RISK-17") {
			return fmt.Sprintf("a model that says %v decides by the plans %q, and nobody is told", v, x.plans)
		}
	}
	return ""
}

// words is RISK-19: a refused order's client reads the rule and its code.
func (t *loopTest) words() string {
	x := t.begin(risk.Limits{MaxParentQty: 99}, 1, nil)
	x.order("C", "1", tryTerms(market.Buy, tryPrice/2))
	if len(x.told) != 1 || x.told[0].ExecType != '8' || x.told[0].Reason != 3 || !strings.HasPrefix(x.told[0].Text, "RISK-02: ") {
		return fmt.Sprintf("a refused order is told %d reports", len(x.told))
	}
	return ""
}

// basket is RISK-20: orders beyond a soft limit wait together for one decision.
func (t *loopTest) basket() string {
	x := t.begin(risk.Limits{SoftParentMoney: market.Dollar}, 1, nil)
	for _, id := range [...]string{"1", "2", "3"} {
		x.apply(&event.ParentReceived{Client: "C", ClOrdID: id, Terms: tryTerms(market.Buy, tryPrice/2), List: "L", ListOrders: 3})
	}
	x.run(market.Minute)
	told := 0
	for _, code := range x.said {
		if code == "RISK-20" {
			told++
		}
	}
	if len(x.sends) > 0 || told != 1 || x.baskets == 0 {
		return fmt.Sprintf("of a list of three orders that wait for a person, %d children were sent, %d summaries told", len(x.sends), told)
	}
	return ""
}

// stale is MD-01 and MD-03 at one venue: nothing goes where the book is too old, crossed, or has a gap.
func (t *loopTest) stale(v *market.Venue) {
	name := "quote_ttl of " + v.Name
	if v.QuoteMs <= 0 {
		if !slices.Contains(t.all.MayBeOff, "MD-01") {
			t.fault("MD-01", name, "has no limit: give it one, or name MD-01 in limits.may_be_off")
		}
		return
	}
	refuses := func(what string, after int64, b *event.BookChanged) string {
		x := t.begin(risk.Limits{}, 1, func(c *Config) { c.Venues[0].QuoteMs = v.QuoteMs })
		if b != nil {
			x.apply(b)
		}
		x.now = x.now.Add(after)
		terms := tryTerms(market.Buy, tryPrice)
		terms.TIF = order.IOC
		x.order("C", "1", terms)
		if len(x.sends) > 0 {
			return "an order was sent by a book that " + what
		}
		return ""
	}
	ttl := v.QuoteMs * market.Millisecond
	t.hold("MD-01", name, func() string { return refuses("is too old", ttl, nil) })
	crossed, gap := book(0, tryPrice, tryPrice-tryTick), book(0, tryPrice-tryTick, tryPrice)
	gap.Poisoned = true
	t.hold("MD-03", "a crossed book", func() string { return refuses("is crossed", 0, crossed) })
	t.hold("MD-03", "a book with a gap", func() string { return refuses("has a gap", 0, gap) })
}
