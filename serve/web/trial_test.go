package web

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/swap"
	"github.com/sluice-sor/sluice/serve/view"
)

// stocked is a view with a registry.
type stocked struct {
	*view.View
	list swap.Listing
	err  error
}

func (s *stocked) Models(context.Context) (*swap.Listing, error) { return &s.list, s.err }

func newStocked(v *view.View) *stocked {
	at := time.Unix(1_340_285_000, 0)
	return &stocked{View: v, list: swap.Listing{
		Versions: []registry.Entry{
			{ID: "9f2c41d07a55", Aliases: []string{"shadow"}, Manifest: &registry.Manifest{ID: "9f2c41d07a55", Published: at, By: "ann@desk", Family: "shrunk", Schema: "a41f9c02", From: 1_340_200_000e9, To: 1_340_280_000e9}},
			{ID: "prior", Aliases: []string{"champion"}, Manifest: &registry.Manifest{ID: "prior", Published: at, By: "bob@desk", Family: "shrunk", Schema: "a41f9c02"}},
			{ID: "broken", Problem: "its signature is wrong " + evil},
		},
		Ledger: []registry.Line{{Seq: 1, At: at, What: "publish", Model: "prior", Actor: "bob", Reason: "first"}, {Seq: 2, At: at, What: "shadow", Model: "9f2c41d07a55", Actor: "ann", Reason: "looks better " + evil}},
	}}
}

// trial begins an experiment in which n orders end; the treatment costs that much more.
func (d *desk) trial(t testing.TB, n int, effect float64) {
	t.Helper()
	x := experiment.Default("does it pay")
	text, err := json.Marshal(&x)
	if err != nil {
		t.Fatal(err)
	}
	d.apply(&event.RecordExperiment{What: event.ExperimentBegan, Name: x.Name, Design: text, Reason: "ann: " + evil})
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		id := order.ParentID(10_000 + i)
		arm := uint8(i % 2)
		d.apply(&event.RecordExperiment{What: event.ExperimentAssigned, Name: x.Name, Parent: id, Arm: arm, Cluster: uint64(id), X: []float64{r.Float64()}})
		px := market.Price(100e6) + market.Price(10_000*(3+effect*float64(arm)+5*r.NormFloat64())) // a basis point is 0.01 dollar
		p := &order.Parent{ID: id, Client: "DESK", State: order.New, Received: d.at, Arrival: 100e6, Terms: order.Terms{Symbol: "IBM", Side: market.Buy, Qty: 100, Type: order.Market}}
		d.record(p)
		d.apply(&event.RecordExecution{Exec: order.Execution{Key: order.ExecKey{Venue: 1, ExecID: "t" + p.ClOrdID}, Parent: id, Qty: 100, Px: px, At: d.at}, ExecID: uint64(id)})
		p.State, p.Cum, p.Notional, p.DoneAt = order.Filled, 100, market.NotionalOf(px, 100), d.at
		d.record(p)
	}
}

// TestTrial: the page says what the reading of the same rows says, and draws how it came to it.
func TestTrial(t *testing.T) {
	d := newDesk(t)
	d.trial(t, 900, -2)
	x := d.v.Experiment()
	want, err := experiment.Analyze(&x.Design, x.Rows)
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Rows) != 900 || want.Verdict != experiment.Ship {
		t.Fatalf("%d rows, verdict %s: %s", len(x.Rows), want.Verdict, want.Because)
	}
	var s trials
	now := time.Now()
	got := s.read(x, now)
	if got.Result.Effect != want.Effect || got.Mark() != "▲" {
		t.Errorf("effect %v, want %v", got.Result.Effect, want.Effect)
	}
	c := got.Chart
	if c == nil || strings.Count(c.Line, " ") < 15 || strings.Count(c.Band, " ") != 2*strings.Count(c.Line, " ")+1 || c.Futile == nil {
		t.Fatalf("chart %+v", c)
	}
	if again := s.read(d.v.Experiment(), now); again != got {
		t.Error("it is read again though nothing changed")
	}
	body := get(t, New(d.v, quiet()), "/experiment").Body.String()
	for _, text := range []string{"▲ ship", "learner costs", "<polyline class=\"course\"", "looked at once", "900"} {
		if !strings.Contains(body, text) {
			t.Errorf("the page has no %q", text)
		}
	}
	d.trial(t, 50, 0)
	body = get(t, New(d.v, quiet()), "/experiment").Body.String()
	if !strings.Contains(body, "Nothing is read below 200 units") || strings.Contains(body, "class=\"course\" points") {
		t.Error("50 units are drawn")
	}
}

// TestModelsPage: the registry, what serves, and what is wrong.
func TestModelsPage(t *testing.T) {
	d := newDesk(t)
	for i := range 40 {
		d.apply(&event.RecordOutcome{What: event.OutcomeCost, Decision: uint64(10 + 10*(i%10) + i/10), Parent: order.ParentID(1 + i%10), Value: float64(i % 7), Sent: 100})
	}
	d.apply(&event.RecordModel{At: d.at, Model: "9f2c41d07a55", What: 1, Serving: "prior", Beside: "9f2c41d07a55", Reason: "ann"})
	s := newStocked(d.v)
	body := get(t, New(s, quiet()), "/models").Body.String()
	for _, text := range []string{"<b>prior</b> serves", "predicts beside it", "▲ serves", "◐ beside", "✕ damaged", "looks better", "ann@desk", "A shadow decides nothing"} {
		if !strings.Contains(body, text) {
			t.Errorf("the page has no %q", text)
		}
	}
	if strings.Contains(body, "<script>alert") {
		t.Error("a reason is taken for markup")
	}
	s.err = errors.New("the disk is away")
	if body := get(t, New(s, quiet()), "/models").Body.String(); !strings.Contains(body, "the disk is away") || !strings.Contains(body, "<b>prior</b> serves") {
		t.Error("a registry that is away is not said to be, or hides what serves")
	}
	if body := get(t, New(d.v, quiet()), "/models").Body.String(); !strings.Contains(body, "No registry is followed here") {
		t.Error("no registry is not said")
	}
}

// TestHaltOnPage: a halt says how far it is, on every page, and never flat before its time (KILL-04, KILL-07).
func TestHaltOnPage(t *testing.T) {
	d := newDesk(t)
	d.apply(&event.Halted{Actor: "ann", Reason: "a test " + evil})
	h := New(d.v, quiet())
	if body := get(t, h, "/risk").Body.String(); !strings.Contains(body, "✕ NOT FLAT") || !strings.Contains(body, "everything since") || strings.Contains(body, "<script>alert") {
		t.Error("an open halt is not said to be")
	}
	if body := get(t, h, "/venues").Body.String(); !strings.Contains(body, "✕ not flat") {
		t.Error("the other pages do not say it")
	}
	for id := order.ChildID(1); id <= d.child; id++ {
		d.apply(&event.CancelChild{Child: id}, &event.ChildDone{Child: id, What: order.WasCanceled, Request: 1})
	}
	if body := get(t, h, "/risk").Body.String(); !strings.Contains(body, "✓ FLAT") {
		t.Error("a flat halt is not said to be")
	}
}
