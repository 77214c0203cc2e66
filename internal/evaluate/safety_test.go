package evaluate

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

// SAF-01, SAF-02, BEN-08, on worlds that nothing was tuned on: what the ramp bounds, and that it does so where nothing
// else does.
func TestSafety(t *testing.T) {
	n := 6
	if testing.Short() {
		n = 2
	}
	for _, c := range []struct {
		kind     SafetyKind
		most     float64 // mean worst running excess with the ramp, bps·orders
		ungated  float64 // that it exceeds without
		retained float64 // share of the gain without that the ramp keeps
	}{{Cold, 5, 0, .9}, {PoisonedPrior, 120, 120, 0}, {PoisonedAnchor, 130, 500, 0}, {Flip, 30, 0, .85}} {
		var gated, free []SafetyReport
		for i := range uint64(n) {
			for gate, to := range map[string]*[]SafetyReport{"ramp": &gated, "none": &free} {
				r, err := Safety(c.kind, gate, 91_000+i, costRows)
				if err != nil {
					t.Fatal(err)
				}
				*to = append(*to, r)
			}
		}
		if testing.Short() { // two worlds say little about a mean
			c.most, c.retained = 3*c.most, .9*c.retained
		}
		ramp, none := Summarize(gated), Summarize(free)
		t.Logf("%v: %.1f (%.1f) with the ramp, %.1f (%.1f) without; final %+.4f and %+.4f bps", c.kind, ramp.Mean, ramp.Max, none.Mean, none.Max, ramp.Final, none.Final)
		if ramp.Mean > c.most || none.Mean < c.ungated {
			t.Errorf("%v: mean worst excess %.1f with the ramp and %.1f without, want at most %v and at least %v", c.kind, ramp.Mean, none.Mean, c.most, c.ungated)
		}
		if ramp.Final > c.retained*none.Final && c.retained > 0 || ramp.Final > 0 {
			t.Errorf("%v: final difference %+.4f with the ramp and %+.4f without, want %v of it", c.kind, ramp.Final, none.Final, c.retained)
		}
	}
}

// The same seed gives the same run; the account is of the excess by hand.
func TestSafetyRepeats(t *testing.T) {
	a, err := Safety(PoisonedPrior, "ramp", 3, 1500)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := Safety(PoisonedPrior, "ramp", 3, 1500); err != nil || a != b {
		t.Errorf("%+v, then %+v (%v)", a, b, err)
	}
	var r running
	for _, x := range []float64{1, -3, 2, 4, -1, -9} {
		r.add(x)
	}
	if want := (running{sum: -6, least: -6, worst: 4, rise: 6}); r != want {
		t.Errorf("account %+v, want %+v", r, want)
	}
	s := Summarize([]SafetyReport{{Worst: 1, Rise: 5, Final: -1, Falls: 1, Share: 1}, {Worst: 3, Rise: 6, Final: -2, Share: .5}})
	if want := (SafetySummary{Mean: 2, Max: 3, RiseMean: 5.5, RiseMax: 6, Final: -1.5, Falls: .5, Share: .75}); s != want {
		t.Errorf("summary %+v, want %+v", s, want)
	}
}

// A flip makes the best venue of the first half a bad one, and changes the fees of lit venues at once.
func TestFlipWorld(t *testing.T) {
	w := newSafetyWorld(Flip, 5, 4000)
	first, second := w.ranked(w.Rows[:2000]), w.ranked(w.Rows[2000:])
	if w.static != first[0] || second[0] == first[0] {
		t.Errorf("best %d, then %d, static %d", first[0], second[0], w.static)
	}
	for k, v := range w.Venues {
		got, want := w.venue(2000, k).Fee, v.Fee
		if v.Capture < 0 {
			want = -want
		}
		if got != want || w.venue(1999, k).Fee != v.Fee {
			t.Errorf("venue %d: fee %v after %v, want %v", k, got, v.Fee, want)
		}
	}
}

func TestSafetyTable(t *testing.T) {
	var out bytes.Buffer
	if err := SafetyTable(context.Background(), &out, 2, 1, 600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2 worlds of 600 orders, seeds 1 to 2", "cold start  none", "poisoned anchor  ramp", "flip  ramp"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the table:\n%s", want, out.String())
		}
	}
	if err := SafetyTable(context.Background(), &out, 0, 1, 600); err == nil {
		t.Error("no worlds: no error")
	}
	if _, err := Safety(Cold, "fence", 1, 100); err == nil || !strings.Contains(err.Error(), "none or ramp") {
		t.Errorf("unknown gate: %v", err)
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if err := SafetyTable(stopped, &out, 1, 1, 600); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}
