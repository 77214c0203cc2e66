package models_test

import (
	"math"
	"testing"

	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/modeltest"
)

func TestCompare(t *testing.T) {
	venues := []modeltest.Venue{{Name: "LIT1", Kind: "lit"}, {Name: "DARK1", Kind: "dark"}}
	a, b := modeltest.New(1, venues...), modeltest.New(1, venues...)
	if d := models.Compare(a, b); !d.SamePhi || len(d.Shifts)+len(d.Gone)+len(d.New) != 0 || d.Arms != 8 || d.Gaps[0].Most != 0 {
		t.Errorf("two of the same differ: %+v", d)
	}
	b.Arms[1].Fill.Mean[0] += .5       // precision 50: 3.54 standard errors
	b.Arms[2].Toxicity[1].Mean[3] -= 1 // 7.07
	b.Arms[0].Venue = "LIT2"
	d := models.Compare(a, b)
	if len(d.Shifts) != 2 || d.Shifts[0].Head != "toxicity 1s" || d.Shifts[0].Feature != "imbalance" || d.Shifts[1].Arm != "LIT1 takes" {
		t.Fatalf("shifts are %+v", d.Shifts)
	}
	if got, want := d.Shifts[1].Sigmas, .5*math.Sqrt(50); math.Abs(got-want) > 1e-9 {
		t.Errorf("the intercept moved by %v standard errors, want %v", got, want)
	}
	if len(d.Gone) != 1 || d.Gone[0] != "LIT1 rests" || len(d.New) != 1 || d.New[0] != "LIT2 rests" || d.Arms != 7 {
		t.Errorf("gone %v, new %v, %d in both", d.Gone, d.New, d.Arms)
	}
	if g := d.Gaps[0]; g.Output != "fill, logit" || math.Abs(g.Most-.5) > 1e-9 || math.Abs(g.Mean-.5/7) > 1e-9 {
		t.Errorf("the gap of fills is %+v, want at most .5 and .5/7 on average over seven arms", g)
	}
	if d := models.Compare(modeltest.Small(1), a); d.SamePhi || len(d.Shifts) != 0 || d.Arms != 2 {
		t.Errorf("models of other features: %+v", d)
	}
}
