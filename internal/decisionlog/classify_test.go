package decisionlog

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// one gives a usable record, changed.
func one(change func(r *Record)) *Record {
	r := &Record{Instance: 1, Decision: &event.RecordDecision{Decision: 9, Parent: 1, Stage: event.StageDark, Chosen: 1,
		Plans: []event.PlanView{{Name: "static", Prob: .5}, {Name: "greedy", Prob: .5}}}, Cost: &event.RecordOutcome{Value: 1}}
	if change != nil {
		change(r)
	}
	return r
}

func TestClassify(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *Record)
		want   State
		why    string
	}{
		"usable":          {nil, Usable, ""},
		"nothing chosen":  {func(r *Record) { r.Decision.Chosen = -1 }, NoChoice, ""},
		"one plan":        {func(r *Record) { r.Decision.Plans, r.Decision.Chosen = r.Decision.Plans[:1], 0 }, NoChoice, ""},
		"certain":         {func(r *Record) { r.Decision.Plans[0].Prob, r.Decision.Plans[1].Prob = 1e-12, 1-1e-12 }, Fixed, ""},
		"void":            {func(r *Record) { r.Decision.Void = true }, Void, "changed after the draw"},
		"held":            {func(r *Record) { r.Decision.Stage, r.Decision.Vetoed = event.StageHold, "every child was refused" }, Void, "every child was refused"},
		"no cost":         {func(r *Record) { r.Cost = nil }, Unknown, ""},
		"cost refused":    {func(r *Record) { r.Cost.Refused = "the outcome came too late" }, Void, "too late"},
		"child unsent":    {func(r *Record) { r.Cost.Refused = "a child never left" }, Unsent, "a child never left"},
		"cost no figure":  {func(r *Record) { r.Cost.Value = math.NaN() }, Void, "no figure"},
		"certain is void": {func(r *Record) { r.Decision.Plans[0].Prob, r.Decision.Plans[1].Prob, r.Decision.Void = 0, 1, true }, Fixed, ""},
	} {
		got, why, err := Classify(one(c.change))
		if err != nil || got != c.want || !strings.Contains(why, c.why) || (why == "") != (c.why == "") {
			t.Errorf("%s: %v, %q, error %v; want %v, %q", name, got, why, err, c.want, c.why)
		}
	}
	for name, change := range map[string]func(r *Record){
		"a plan that is not there": func(r *Record) { r.Decision.Chosen = 2 },
		"no static plan":           func(r *Record) { r.Decision.Static = -1 },
		"sum":                      func(r *Record) { r.Decision.Plans[0].Prob = .4 },
		"NaN":                      func(r *Record) { r.Decision.Plans[0].Prob = math.NaN() },
		"what cannot be":           func(r *Record) { r.Decision.Plans[0].Prob, r.Decision.Plans[1].Prob = 1, 0 },
		"cost expected":            func(r *Record) { r.Decision.Plans[0].CostBps = math.Inf(1) },
	} {
		r := one(change)
		for what, write := range map[string]func(*Record) error{"log": new(Log).Add, "vw": NewVW(new(bytes.Buffer)).Write, "csv": NewCSV(new(bytes.Buffer)).Write} {
			if err := write(r); err == nil || !strings.Contains(err.Error(), "decision 9 of journal 1") || !strings.Contains(err.Error(), "rebuild the store") {
				t.Errorf("%s, %s: error %v, want one that names decision and remedy", name, what, err)
			}
		}
	}
}

// OPE-02: a log with too many void decisions, one with too few, and those with nothing to go by are refused, each with its
// reason; a decision of the last minutes waits for its cost, an older one has lost it.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *Record, n int)
		want   string
		none   bool // no draw is left at all
	}{
		"good": {func(*Record, int) {}, "", false},
		"void": {func(r *Record, n int) { r.Decision.Void = n%50 == 0 }, "are void, more than 1 %", false},
		"lost": {func(r *Record, n int) {
			if n < 50 {
				r.Cost = nil
			}
		}, "are void, more than 1 %", false},
		"pending": {func(r *Record, n int) {
			if n > 1490 {
				r.Cost = nil
			}
		}, "", false},
		"before costs were recorded": {func(r *Record, _ int) { r.Cost = nil }, "log anew with this build", true},
		"all refused":                {func(r *Record, _ int) { r.Cost.Refused = "too late" }, "none of 1500 draws is left", true},
		"learning off": {func(r *Record, _ int) {
			for j := range r.Decision.Plans {
				r.Decision.Plans[j].Prob = 0
			}
			r.Decision.Plans[r.Decision.Chosen].Prob = 1
		}, "nothing is drawn while learning is off", true},
		"one plan": {func(r *Record, _ int) { r.Decision.Plans, r.Decision.Chosen = r.Decision.Plans[:1], 0 }, "no decision had a choice", true},
	} {
		l, n := &Log{Names: names}, 0
		ordinary(5, 500).draw(t, func(r *Record, _ [4]float64) {
			c.change(r, n)
			n++
			if err := l.Add(r); err != nil {
				t.Fatal(err)
			}
		})
		all, err := l.Policies("static,uniform")
		if err != nil {
			t.Fatal(err)
		}
		got, s, err := l.Evaluate(all)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var text strings.Builder
		if err := WriteText(&text, "log", got, s); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			v := &got[i]
			if v.Evaluable != (c.want == "") || !strings.Contains(strings.Join(v.Refusals, "; "), c.want) || (v.Estimates != nil) != v.Evaluable {
				t.Errorf("%s: %+v, want refused with %q", name, v, c.want)
			}
			if said := strings.Contains(text.String(), v.Policy+" is not evaluable: "); said == v.Evaluable {
				t.Errorf("%s: printed\n%s", name, text.String())
			}
		}
		if (s.Draws == 0) != c.none {
			t.Errorf("%s: %+v", name, s)
		}
		if name == "pending" && (s.Pending != 9 || s.Void != 0) {
			t.Errorf("pending: %+v", s)
		}
	}
	l := new(Log)
	got, _, err := l.Evaluate([]Policy{{Name: Logging, probs: policies()[0].probs}})
	if err != nil || got[0].Evaluable || !strings.HasPrefix(got[0].Refusals[0], "the log has no decision: ") {
		t.Errorf("an empty log: %+v, error %v", got, err)
	}
}

// Journals number parents and venues each for itself: one number in two journals is two parents, one name one venue.
func TestJournalsGoTogether(t *testing.T) {
	l := &Log{Names: func(instance uint32) []string { return [][]string{nil, {"A", "B"}, {"B", "A"}}[instance] }}
	for instance := uint32(1); instance <= 2; instance++ {
		r := one(func(r *Record) {
			r.Instance = instance
			r.Decision.Plans[0].Shares = []event.Share{{Venue: 0, Qty: 100}}
			r.Decision.Plans[1].Shares = []event.Share{{Venue: 5, Qty: 100}}
			r.Decision.At = market.Time(instance)
		})
		if err := l.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if got := l.Venues(); strings.Join(got, ",") != "A,B,venue 5" {
		t.Errorf("venues %q", got)
	}
	if s := l.finish(); s.Parents != 2 || s.Draws != 2 || s.From != 1 || s.To != 2 {
		t.Errorf("summary %+v", s)
	}
}
