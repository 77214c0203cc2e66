package train

import (
	"encoding/json"
	"math"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/store"
)

// journal is hand-made records of one journal in a store.
type journal struct {
	t       *testing.T
	store   *store.Store
	records []store.Record
}

const testInstance = 9

// newJournal begins with the configuration of two venues and one instrument.
func newJournal(t *testing.T) *journal {
	t.Helper()
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	config, err := json.Marshal(map[string]any{
		"Venues":      []market.Venue{{Name: "DARKA", Type: market.Dark}, {ID: 1, Name: "LITX", Type: market.Lit}},
		"Instruments": []market.Instrument{{Symbol: "AMZN", Lot: 100, ADV: 3e6, DayVolBps: 180, PriorClose: 100 * market.Dollar}},
		"Router":      "R1",
	})
	if err != nil {
		t.Fatal(err)
	}
	j := &journal{t: t, store: st}
	j.add(&event.Configured{Config: config, Instance: testInstance})
	return j
}

func (j *journal) add(b event.Body) (seq uint64) {
	seq = uint64(len(j.records) + 1)
	j.records = append(j.records, store.Record{Seq: seq, At: market.Time(seq), Body: b})
	return seq
}

// decide adds a decision with a child of 10 lots at each venue.
func (j *journal) decide(decision uint64) (seq uint64) {
	s := features.Default()
	d := &event.RecordDecision{Decision: decision, Parent: 1, At: market.Time(decision * uint64(market.Second)), Symbol: "AMZN", Side: market.Sell, Want: 2000, Schema: s.Hash(),
		Plans: []event.PlanView{{Name: "static", Prob: .25, Shares: []event.Share{{Venue: 1, Style: order.StylePost, Qty: 1000}}},
			{Name: "greedy", Prob: .75, Shares: []event.Share{{Venue: 0, Style: order.StyleDark, Qty: 1000}}}}, Chosen: 1}
	for v := range market.VenueID(2) {
		phi := make([]float64, features.Dim)
		phi[0], phi[1] = 1, float64(decision)+float64(v)/2
		d.Venues = append(d.Venues, event.VenueView{Venue: v, Style: style(v), Features: phi})
	}
	seq = j.add(d)
	for v := range market.VenueID(2) {
		j.add(&event.SendChild{Child: order.Child{ID: child(decision, v), Parent: 1, Decision: decision, Venue: v, Style: style(v), Symbol: "AMZN", Side: market.Sell, Qty: 1000,
			MinQty: 200, DecidedAt: d.At}})
	}
	return seq
}

func style(v market.VenueID) order.Style {
	return [...]order.Style{order.StyleDark, order.StylePost}[v]
}

func child(decision uint64, v market.VenueID) order.ChildID {
	return order.ChildID(10*decision + uint64(v))
}

// outcome adds an outcome of a child.
func (j *journal) outcome(decision uint64, v market.VenueID, o event.RecordOutcome) (seq uint64) {
	o.Decision, o.Child, o.Venue, o.Style, o.Parent = decision, child(decision, v), v, style(v), 1
	return j.add(&o)
}

// rows gives the rows and decisions of the journal up to a record; 0 is all.
func (j *journal) rows(cut uint64) (rows []Row, decisions []DecisionRow, n Counts) {
	j.t.Helper()
	if err := j.store.Apply(j.t.Context(), store.Source{Projection: "main", Instance: testInstance}, j.records, uint64(len(j.records))); err != nil {
		j.t.Fatal(err)
	}
	var o Options
	if cut > 0 {
		o.Cut = map[uint32]uint64{testInstance: cut}
	}
	set, err := NewDataset(j.t.Context(), j.store, o)
	if err != nil {
		j.t.Fatal(err)
	}
	n, err = set.Each(j.t.Context(), func(d *DecisionRow, r []Row) error {
		kept := *d
		kept.Plans, kept.Venues = append([]Plan(nil), d.Plans...), append([]VenueRow(nil), d.Venues...)
		decisions = append(decisions, kept)
		for i := range r {
			rows = append(rows, r[i].Clone())
		}
		return nil
	})
	if err != nil {
		j.t.Fatal(err)
	}
	return rows, decisions, n
}

// TestControl: the static control of an experiment trains nobody, neither the router nor a training (ABT-02).
func TestControl(t *testing.T) {
	j := newJournal(t)
	j.decide(1)
	const why = event.RefusedControl
	j.outcome(1, 0, event.RecordOutcome{What: event.OutcomeFill, Sent: 1000, Got: 300, Refused: why, At: 8})
	j.outcome(1, 0, event.RecordOutcome{What: event.OutcomeLatency, Value: 300, LifeNs: 300_000, Refused: why, At: 8})
	j.outcome(1, 0, event.RecordOutcome{What: event.OutcomeMarkout, HorizonNs: bandit.Horizon(0).Nanos(), ExecID: 4, Got: 300, Value: 1, Refused: why, At: 9})
	j.outcome(1, 1, event.RecordOutcome{What: event.OutcomeFill, Sent: 1000, Got: 300, At: 8})
	rows, _, n := j.rows(0)
	for i := range rows {
		if r := &rows[i]; r.Child == uint64(child(1, 0)) && (r.HasFill || r.HasLife || r.HasAnswer || len(r.Marks) > 0) {
			t.Errorf("of the control is known: %+v", r)
		}
	}
	told, err := j.store.CountTaught(t.Context(), store.ToldFilter{})
	if err != nil || told != 1 || n.Fills != 1 {
		t.Errorf("%d fills, the store counts %d, %v; want 1", n.Fills, told, err)
	}
}

// TestLabels: what was recorded of a child becomes the labels of its row: lots, censoring, life, toxicity net of our own impact
// with its sign turned, the answer.
func TestLabels(t *testing.T) {
	j := newJournal(t)
	seq := j.decide(1)
	answered := j.outcome(1, 0, event.RecordOutcome{What: event.OutcomeLatency, Value: 550, LifeNs: 550_000, At: 5})
	j.outcome(1, 0, event.RecordOutcome{What: event.OutcomeReject, Value: 1, LifeNs: 9, At: 6}) // only the first answer counts
	filled := j.outcome(1, 0, event.RecordOutcome{What: event.OutcomeFill, Sent: 1000, Got: 350, Censored: true, Early: true, Taken: 4,
		RestNs: 2e9, LifeNs: 1e9, At: 7})
	marked := j.outcome(1, 0, event.RecordOutcome{What: event.OutcomeMarkout, HorizonNs: bandit.Horizon1s.Nanos(), LifeNs: 1e9 + 3, ExecID: 77, Got: 350,
		Value: -1.5, OwnBps: -.25, At: 3e9})
	j.outcome(1, 1, event.RecordOutcome{What: event.OutcomeReject, Value: 1, LifeNs: 1, At: 8})
	j.outcome(1, 1, event.RecordOutcome{What: event.OutcomeFill, Sent: 1000, Refused: event.RefusedRejected, At: 8})
	rows, decisions, n := j.rows(0)
	if len(rows) != 2 || len(decisions) != 1 {
		t.Fatalf("%d rows of %d decisions, want 2 of 1", len(rows), len(decisions))
	}
	want := Row{Instance: testInstance, Seq: seq, Parent: 1, Child: 10, Decision: 1, At: 1e9, Venue: "DARKA", Kind: "dark", Symbol: "AMZN", Style: order.StyleDark,
		Side: -1, Vol: 180, ADV: 3e6, Lot: 100, HasFill: true, Sent: 10, Got: 3, MinQty: 2, Early: true, Taken: 4,
		HasLife: true, Life: bandit.Life{End: 1e9, Filled: true, Rest: 2e9}, HasAnswer: true, Latency: .00055,
		Marks:   []Mark{{Horizon: bandit.Horizon1s, Exec: 77, Qty: 350, At: 2e9 - 3, Due: 3e9, Seq: marked, Bps: 1.25, Own: -.25}},
		FillSeq: filled, LifeSeq: filled, AnswerSeq: answered, FillAt: 7, AnswerAt: 5}
	want.Phi[0], want.Phi[1] = 1, 1
	if !reflect.DeepEqual(rows[0], want) {
		t.Errorf("got  %+v\nwant %+v", rows[0], want)
	}
	if r := &rows[1]; r.HasFill || !r.Rejected || !r.HasAnswer || r.HasLife || r.Venue != "LITX" || r.Phi[1] != 1.5 {
		t.Errorf("a rejected child's row is %+v", r)
	}
	if bps, qty, ok := rows[0].Toxicity(bandit.Horizon1s); bps != 1.25 || qty != 350 || !ok {
		t.Errorf("toxicity %v of %d shares, %v", bps, qty, ok)
	}
	if _, _, ok := rows[0].Toxicity(bandit.Horizon10s); ok {
		t.Error("there is a toxicity at a horizon that did not mature")
	}
	if want := (Counts{Decisions: 1, Rows: 2, Fills: 1, Lives: 1, Answers: 2, Marks: 1}); n != want {
		t.Errorf("counts %+v, want %+v", n, want)
	}
	if d := &decisions[0]; d.Known || d.Void || d.Draw() || d.Plans[1].Shares[0].Venue != "DARKA" || len(d.Venues) != 2 || d.Venues[1].Phi[1] != 1.5 {
		t.Errorf("decision %+v", d)
	}
}

// TestBusts: a bust takes back the fill, its markouts and the life that it ended (DRF-07); one after the cut takes nothing: it
// belongs to what is learned after it (SWP-02).
func TestBusts(t *testing.T) {
	j := newJournal(t)
	j.decide(1)
	j.outcome(1, 0, event.RecordOutcome{What: event.OutcomeFill, Sent: 1000, Got: 1000, Censored: true, RestNs: 2e9, LifeNs: 5e8, At: 7})
	for exec, h := range []bandit.Horizon{bandit.Horizon1s, bandit.Horizon1s, bandit.Horizon10s} {
		j.outcome(1, 0, event.RecordOutcome{What: event.OutcomeMarkout, HorizonNs: h.Nanos(), ExecID: uint64(exec), Got: 500, Value: -1, At: 9})
	}
	cut := j.add(&event.Raise{Text: "training cut"})
	j.outcome(1, 0, event.RecordOutcome{What: event.OutcomeRevised, ExecID: 1, Sent: 1000, Got: 500, RestNs: 2e9, LifeNs: 2e9, Lived: true, At: 10})
	corrected := j.outcome(1, 0, event.RecordOutcome{What: event.OutcomeRevised, ExecID: 0, Value: 400, Sent: 1000, Got: 400, RestNs: 2e9, LifeNs: 1e9, At: 11})
	for _, test := range []struct {
		cut        uint64
		got, marks int
		censored   bool
		life       bandit.Life
	}{
		{cut, 10, 3, true, bandit.Life{End: 5e8, Filled: true, Rest: 2e9}},
		{corrected - 1, 5, 2, false, bandit.Life{End: 2e9, Rest: 2e9}},
		{0, 4, 2, false, bandit.Life{End: 1e9, Filled: true, Rest: 2e9}},
	} {
		rows, _, _ := j.rows(test.cut)
		if r := &rows[0]; r.Got != test.got || len(r.Marks) != test.marks || r.Life != test.life || r.Censored() != test.censored || r.Sent != 10 {
			t.Errorf("up to %d: got %d with %d marks, life %+v, censored %v; want %+v", test.cut, r.Got, len(r.Marks), r.Life, r.Censored(), test)
		}
		for _, m := range rows[0].Marks {
			if test.cut != cut && m.Exec == 1 {
				t.Error("a busted fill has a markout")
			}
		}
	}
}

// TestCosts: the last cost up to the cut counts, and says whether the decision may be evaluated (OPE-02).
func TestCosts(t *testing.T) {
	j := newJournal(t)
	j.decide(1)
	first := j.outcome(1, 0, event.RecordOutcome{What: event.OutcomeCost, Value: 2.5, Sent: 2000, Got: 700, At: 9})
	refused := j.outcome(1, 0, event.RecordOutcome{What: event.OutcomeCost, Refused: "it is lost", At: 10})
	j.outcome(1, 0, event.RecordOutcome{What: event.OutcomeCost, Value: 3, Sent: 2000, Got: 600, Censored: true, At: 11})
	for _, test := range []struct {
		cut                    uint64
		known, void, cut2, use bool
		bps                    float64
		got                    int64
	}{
		{cut: first - 1},
		{cut: first, known: true, use: true, bps: 2.5, got: 700},
		{cut: refused, void: true},
		{known: true, use: true, cut2: true, bps: 3, got: 600},
	} {
		_, all, n := j.rows(test.cut)
		d := &all[0]
		if d.Known != test.known || d.Void != test.void || d.CutShort != test.cut2 || d.Realized != test.bps || d.Got != test.got || d.Draw() != test.use || n.Draws != one(test.use) {
			t.Errorf("up to %d: %+v, %d draws; want %+v", test.cut, d, n.Draws, test)
		}
	}
}

// TestOtherSchema: children of another feature schema are left out and counted, never trained on as if they were of this one.
func TestOtherSchema(t *testing.T) {
	j := newJournal(t)
	j.decide(1)
	j.decide(2)
	for i := range j.records {
		if d, ok := j.records[i].Body.(*event.RecordDecision); ok && d.Decision == 1 {
			d.Schema = "another"
		}
	}
	rows, decisions, n := j.rows(0)
	if len(rows) != 2 || rows[0].Decision != 2 || n.Blind != 2 || len(decisions) != 2 {
		t.Errorf("%d rows, %d blind, %d decisions", len(rows), n.Blind, len(decisions))
	}
}

// TestParentRows: a parent's impact as told last, in what the fit needs (FIT-04); one of which nothing is left says nothing.
func TestParentRows(t *testing.T) {
	j := newJournal(t)
	for id := order.ParentID(1); id <= 2; id++ {
		j.add(&event.RecordParent{Parent: order.Parent{ID: id, Terms: order.Terms{Symbol: "AMZN", Side: market.Buy, Qty: 40_000}, Received: 5, Arrival: 100 * market.Dollar,
			ArrivalNBBO: market.Quote{Bid: 99_990_000, Ask: 100_010_000}}})
		j.add(&event.RecordOutcome{Parent: id, What: event.OutcomeImpact, Value: .5, Got: 40_000, HorizonNs: 60e9})
	}
	last := j.add(&event.RecordOutcome{Parent: 1, What: event.OutcomeImpact, Value: .75, Got: 30_000, HorizonNs: 120e9})
	j.add(&event.RecordOutcome{Parent: 2, What: event.OutcomeImpact, Refused: event.RefusedBusted})
	j.rows(0)
	set, err := NewDataset(t.Context(), j.store, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []ParentRow
	n, err := set.Parents(t.Context(), func(p *ParentRow) error {
		got = append(got, *p)
		return nil
	})
	if err != nil || n != 1 || len(got) != 1 {
		t.Fatalf("%d rows, error %v", n, err)
	}
	p := got[0]
	d := bandit.NewImpactDatum(1, p.Excess, p.Vol, p.Share, p.Days, p.Bounce)
	want := bandit.NewImpactDatum(1, .75*180*math.Sqrt(.01), 180, .01, 120./23_400, 1)
	if p.Seq != last || p.Side != 1 || p.Bucket != 3 || math.Abs(d.Z-want.Z) > 1e-12 || math.Abs(d.R/want.R-1) > 1e-6 {
		t.Errorf("row %+v gives %+v, want %+v", p, d, want)
	}
}
