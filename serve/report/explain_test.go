package report

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/tca"
	"github.com/sluice-sor/sluice/serve/view"
)

const instance = 1_700_000_000

// desk is an engine whose events and commands go to a store. Its venues take everything, dark pools fill half of it, and
// takers all.
type desk struct {
	t       *testing.T
	engine  *router.Engine
	store   *store.Store
	seq     uint64
	now     market.Time
	timer   market.Time
	todo    []event.Body
	execs   int
	records []store.Record
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "sluice.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	d := &desk{t: t, engine: router.New(), store: st, now: 1_700_000_000 * market.Time(market.Second)}
	cfg := router.DefaultConfig()
	for i, v := range []struct {
		name string
		kind market.VenueType
		fill float64
	}{{"NATIVE", market.Internalizer, 20}, {"DARKA", market.Dark, 65}, {"DARKB", market.Dark, 40}, {"LITX", market.ECN, 98}, {"LITY", market.Lit, 95}, {"SHUT", market.Lit, 90}} {
		fees := market.FeeSchedule{From: 20200101}
		fees.PerShare[market.Removed], fees.PerShare[market.Added], fees.PerShare[market.AddedMid] = 3000, -2000, 1000
		cfg.Venues = append(cfg.Venues, market.Venue{ID: market.VenueID(i), Name: v.name, MIC: v.name, Type: v.kind, Fees: []market.FeeSchedule{fees},
			Caps:    market.CapMidpoint | market.CapMinQty | market.CapPostOnly | market.CapReplace,
			History: market.History{LatencyUs: 300, FillRatePct: v.fill, Impact: 2}})
	}
	cfg.Instruments = []market.Instrument{{Symbol: "ABC", Tick: 10_000, Lot: 100, ADV: 3_000_000, DayVolBps: 150, PriorClose: 50 * market.Dollar}}
	cfg.Regulatory = []market.Regulatory{{From: 20200101}}
	b, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	d.apply(&event.Configured{Config: b, Instance: instance, Epoch: 1})
	for v := range market.VenueID(5) { // SHUT stays down
		d.apply(&event.VenueUp{Venue: v})
	}
	for v := market.VenueID(3); v < 6; v++ {
		d.apply(&event.BookChanged{Venue: v, Symbol: "ABC", Bids: []market.Level{{Price: 50 * market.Dollar, Size: 2000}},
			Asks: []market.Level{{Price: 50*market.Dollar + 20_000, Size: 2000}}})
	}
	return d
}

// apply gives the engine an event, and keeps the event and what it caused for the store.
func (d *desk) apply(body event.Body) {
	d.t.Helper()
	d.seq, d.now = d.seq+1, d.now+1
	d.records = append(d.records, store.Record{Seq: d.seq, At: d.now, Body: body})
	for _, cmd := range d.engine.Apply(event.Event{Seq: d.seq, At: d.now, Body: body}) {
		d.seq++
		kept, err := event.Decode(cmd.Kind(), event.Append(nil, cmd)) // the engine uses its commands again
		if err != nil {
			d.t.Fatal(err)
		}
		d.records = append(d.records, store.Record{Seq: d.seq, At: d.now, Body: kept})
		switch c := cmd.(type) {
		case *event.SetTimer:
			d.timer = c.At
		case *event.SendChild:
			d.answer(c.Child)
		case *event.CancelChild:
			d.todo = append(d.todo, &event.ChildDone{Child: c.Child, What: order.WasCanceled, Request: c.Request})
		}
	}
}

func (d *desk) answer(c order.Child) {
	d.todo = append(d.todo, &event.ChildSent{Child: c.ID}, &event.ChildAccepted{Child: c.ID, VenueOrderID: fmt.Sprint("V", c.ID)})
	q := c.Qty
	if c.Style == order.StyleDark {
		q = c.Qty / 2
	} else if !c.Style.Takes() {
		return
	}
	d.execs++
	d.todo = append(d.todo, &event.ChildExecuted{Child: c.ID, ExecID: fmt.Sprint("X", d.execs), VenueOrderID: fmt.Sprint("V", c.ID), Qty: q,
		Px: 50*market.Dollar + 10_000, Cum: q, Leaves: c.Qty - q})
}

// run delivers what is on its way and lets time pass by the engine's timer.
func (d *desk) run(long int64) {
	end := d.now.Add(long)
	for {
		for len(d.todo) > 0 {
			b := d.todo[0]
			d.todo = d.todo[1:]
			d.apply(b)
		}
		if d.timer == 0 || d.timer > end {
			return
		}
		d.now, d.timer = max(d.now, d.timer), 0
		d.apply(&event.TimerFired{Timer: 1})
	}
}

// worked is a desk that worked a dozen parents.
func worked(t *testing.T) *desk {
	d := newDesk(t)
	for i := range 12 {
		d.apply(&event.ParentReceived{Client: "EMS", ClOrdID: fmt.Sprint("C", i+1), Terms: order.Terms{Symbol: "ABC", Side: market.Buy,
			Qty: 20_000, Type: order.Market, Strategy: order.Block, Objective: order.MinImpact, End: d.now.Add(20 * market.Minute)}})
		d.run(market.Minute)
	}
	if err := d.store.Apply(t.Context(), store.Source{Projection: "main", Instance: instance}, d.records, d.seq); err != nil {
		t.Fatal(err)
	}
	return d
}

// sums holds that an expected cost is the sum of its parts, all of them known.
func sums(t *testing.T, what string, c tca.Costs) {
	t.Helper()
	sum := 0.0
	for _, x := range []tca.Ratio{c.Spread, c.Fee, c.Impact, c.Toxicity, c.Leakage, c.Opportunity} {
		if !x.Known {
			t.Errorf("%s: a part is not known: %+v", what, c)
		}
		sum += x.Value
	}
	if !c.Total.Known || math.Abs(sum-c.Total.Value) > 1e-9*(1+math.Abs(sum)) {
		t.Errorf("%s: the parts sum to %v, the whole is %+v", what, sum, c.Total)
	}
}

// TestDecision: every decision of a router that worked a dozen parents is explained out of the store: parts that add up, an interval
// around them, reasons for what was left out, the whole draw, and the children that it sent.
func TestDecision(t *testing.T) {
	d := worked(t)
	candidates, excluded, contrasts, children, realized := 0, 0, 0, 0, 0
	for id := uint64(1); ; id++ {
		x, text, err := Decision(t.Context(), d.store, 0, id)
		if err != nil {
			if id < 10 {
				t.Fatalf("decision %d of %d: %v", id, id-1, err)
			}
			break
		}
		what := fmt.Sprintf("decision %d", id)
		if x.Decision != id || !strings.HasPrefix(text, what+" for parent ") {
			t.Fatalf("%s: got %d, %.60q", what, x.Decision, text)
		}
		for _, v := range x.Venues {
			if v.Excluded != "" {
				excluded++
				if v.Expected.Total.Known || !strings.Contains(text, v.Excluded) {
					t.Errorf("%s: %s is left out: %+v", what, v.Venue, v)
				}
				continue
			}
			candidates++
			sums(t, what+" "+v.Venue, v.Expected)
			if total := v.Expected.Total.Value; !(v.Lo.Value < total && total < v.Hi.Value) || v.Size <= 0 {
				t.Errorf("%s: %s costs %v in [%v, %v], of %d", what, v.Venue, total, v.Lo, v.Hi, v.Size)
			}
			if !(v.FillLo.Value <= v.FillProb.Value && v.FillProb.Value <= v.FillHi.Value) {
				t.Errorf("%s: %s fills with %v in [%v, %v]", what, v.Venue, v.FillProb, v.FillLo, v.FillHi)
			}
		}
		sent, at := 0, 0.0
		for i, p := range x.Plans {
			sums(t, what+" plan "+p.Name, p.Expected)
			if math.Abs(p.From.Value-at) > 1e-12 || math.Abs(p.To.Value-at-p.Prob.Value) > 1e-9 {
				t.Errorf("%s: plan %s of probability %v is drawn in [%v, %v) after %v", what, p.Name, p.Prob, p.From, p.To, at)
			}
			at = p.To.Value
			if drawn := p.From.Value <= x.Draw.Value && x.Draw.Value < p.To.Value; drawn != (i == x.Chosen) {
				t.Errorf("%s: draw %v, plan %d of %d, chosen %d", what, x.Draw, i, len(x.Plans), x.Chosen)
			}
		}
		if x.Chosen >= 0 {
			sent = len(x.Plans[x.Chosen].Sends)
		}
		if x.Difference != nil {
			contrasts++
			sums(t, what+" against static", *x.Difference)
			if !strings.Contains(text, "chosen − static") {
				t.Errorf("%s does not say why not static:\n%s", what, text)
			}
		}
		if x.Realized.Known {
			if realized++; !strings.Contains(text, "bps were expected") {
				t.Errorf("%s does not say what it cost:\n%s", what, text)
			}
		}
		if children += len(x.Children); len(x.Children) != sent {
			t.Errorf("%s sent %d children, its plan has %d", what, len(x.Children), sent)
		}
	}
	if candidates == 0 || excluded == 0 || contrasts == 0 || children == 0 || realized == 0 {
		t.Errorf("%d candidates, %d left out, %d contrasts, %d children, %d costs: want some of each", candidates, excluded, contrasts, children, realized)
	}
}

// TestChild: a child is found by its number and by the ClOrdID that its venue had, with the decision that sent it.
func TestChild(t *testing.T) {
	d := worked(t)
	for _, name := range []string{"2", event.ClOrdID(instance, 2, 0), event.ClOrdID(instance, 2, 1)} {
		x, text, err := Child(t.Context(), d.store, 0, name)
		if err != nil {
			t.Fatal(err)
		}
		sent := false
		for _, c := range x.Decision.Children {
			sent = sent || c.Child == 2
		}
		if x.Child != 2 || x.ClOrdID != event.ClOrdID(instance, 2, 0) || !sent || x.Parent != x.Decision.Parent {
			t.Errorf("child %s: %+v", name, x)
		}
		if want := "child 2 (" + x.ClOrdID + "): "; !strings.HasPrefix(text, want) || !strings.Contains(text, "expected cost of a share sent there") {
			t.Errorf("child %s: %.200q, want it to begin with %q", name, text, want)
		}
	}
	r, err := Read(t.Context(), d.store, 0, "C1")
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Explanations) != len(r.Decisions) || len(r.Explanations) == 0 || r.Explanations[0].Parent != 1 {
		t.Errorf("%d explanations of %d decisions", len(r.Explanations), len(r.Decisions))
	}
}

// TestSameAsThePage: the router's page explains a decision and a child as the store does, to the byte, once the children are done.
func TestSameAsThePage(t *testing.T) {
	d := worked(t)
	v := view.New(view.Options{})
	for _, r := range d.records {
		v.Apply(r.Seq, r.At, r.Body)
	}
	decisions, children := 0, 0
	for id := uint64(1); ; id++ {
		x, _, err := Decision(t.Context(), d.store, 0, id)
		if err != nil {
			break
		}
		done := true
		for _, c := range x.Children {
			row, err := d.store.Child(t.Context(), instance, c.Child)
			if err != nil {
				t.Fatal(err)
			}
			done = done && row.Body.Child.State.Done()
		}
		if !done {
			continue
		}
		decisions++
		page, ok := v.Explain(id)
		if got, want := encoded(t, page), encoded(t, x); !ok || got != want {
			t.Errorf("decision %d: the page says %s, want %s", id, got, want)
		}
		for _, c := range x.Children {
			children++
			page, ok := v.ExplainChild(c.Child)
			x, _, err := Child(t.Context(), d.store, 0, c.ClOrdID)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := encoded(t, page), encoded(t, x); !ok || got != want {
				t.Errorf("child %d: the page says %s, want %s", c.Child, got, want)
			}
		}
	}
	if decisions < 20 || children < 20 {
		t.Errorf("%d decisions and %d children were compared, want 20 of each", decisions, children)
	}
	if _, ok := v.Explain(99_999); ok {
		t.Error("a decision that never was is explained")
	}
	if _, ok := v.ExplainChild(99_999); ok {
		t.Error("a child that never was is explained")
	}
}

func encoded(t *testing.T, x any) string {
	t.Helper()
	b, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestUnknown: what is not in the store is named, with what to do.
func TestUnknown(t *testing.T) {
	d := worked(t)
	empty, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "empty.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	decision := func(st *store.Store, id uint64) error { _, _, err := Decision(t.Context(), st, 0, id); return err }
	child := func(st *store.Store, name string) error { _, _, err := Child(t.Context(), st, 0, name); return err }
	parent := func(name string) error { _, err := Read(t.Context(), d.store, 0, name); return err }
	for _, tc := range []struct {
		err  error
		want []string
	}{
		{parent("99999"), []string{d.store.String(), `no parent "99999"`, "ClOrdID (11)"}},
		{parent("NOBODY-1"), []string{d.store.String(), `no parent "NOBODY-1"`, "ClOrdID (11)"}},
		{decision(d.store, 99_999), []string{d.store.String(), "no decision 99999", "`sluice report PARENT --decisions`"}},
		{decision(empty, 1), []string{empty.String(), "empty", "no router has written"}},
		{child(d.store, "99999"), []string{d.store.String(), "no child 99999", "ClOrdID (11)"}},
		{child(d.store, event.ClOrdID(5, 2, 0)), []string{"no child 5-2"}},
		{child(d.store, "0"), []string{`"0" names no child`, "number from 1"}},
		{child(d.store, "x y"), []string{`"x y" names no child`}},
		{child(empty, "1"), []string{"empty"}},
	} {
		for _, want := range tc.want {
			if tc.err == nil || !strings.Contains(tc.err.Error(), want) {
				t.Errorf("got %v, want it to say %q", tc.err, want)
			}
		}
	}
}
