package router

import (
	"bytes"
	"math"
	"testing"

	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/market"
)

// TestAppendedVenueStartsAtItsTypesMean: a configuration that appends venues keeps what is known of the others, to the bit,
// the ramp's stage too, and a new dark pool begins where the dark pools are; a venue of a type that nobody knows begins cold
// (FTR-03).
func TestAppendedVenueStartsAtItsTypesMean(t *testing.T) {
	w := pools(t, nil, venueDarkA, venueDarkB, venueDarkC)
	w.works(40, nil)
	phi := make([]float64, features.Dim)
	phi[features.One] = 1
	fill := func(v market.VenueID) (p, sd float64) {
		x := w.e.learner.bandit.Fill(int(v) * armsPerVenue).Predict(phi)
		return x.P, x.SD
	}
	old := w.e.learner.bandit.Arms()
	var before [3]float64
	for i := range before {
		before[i], _ = fill(venueDarkA + market.VenueID(i))
	}
	ramp, version := w.e.Ramp(), w.e.learner.version

	cfg := w.e.cfg
	cfg.Venues = append([]market.Venue(nil), cfg.Venues...)
	for _, v := range []market.Venue{cfg.Venues[venueDarkA], cfg.Venues[venueLitX]} {
		v.ID, v.Name, v.MIC = market.VenueID(len(cfg.Venues)), "NEW"+v.Name, "N"
		v.History.FillRatePct = 5
		if v.Type.Displayed() {
			v.Type = market.Lit // LY is one, but nothing was ever posted or taken there
		}
		cfg.Venues = append(cfg.Venues, v)
	}
	w.configured(cfg)

	if got := w.e.learner.bandit.Arms(); got != old+2*armsPerVenue {
		t.Fatalf("%d arms, want %d", got, old+2*armsPerVenue)
	}
	least, most := 1.0, 0.0
	for i := range before {
		now, _ := fill(venueDarkA + market.VenueID(i))
		if now != before[i] {
			t.Errorf("dark pool %d fills with %v, %v before", i, now, before[i])
		}
		least, most = min(least, now), max(most, now)
	}
	p, sd := fill(market.VenueID(old / armsPerVenue))
	_, known := fill(venueDarkA)
	if p < least-.05 || p > most+.05 || p < .5 || sd <= known {
		t.Errorf("the new pool fills with %.3f, logit ± %.2f; the others with %.3f to %.3f", p, sd, least, most)
	}
	if p, _ := fill(market.VenueID(old/armsPerVenue + 1)); math.Abs(p-.05) > 1e-9 {
		t.Errorf("a lit venue fills with %v, want the desk's 5 %%: nobody posted at one", p)
	}
	if got := w.e.Ramp(); got.Stage != ramp.Stage || got.Outcomes != ramp.Outcomes || w.e.learner.version != version {
		t.Errorf("ramp %+v after, %+v before", got, ramp)
	}
	w.works(5, nil)
	r, err := Restore(w.e.AppendSnapshot(nil))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(r.AppendWorking(nil), w.e.AppendWorking(nil)) {
		t.Error("the restored engine has another state")
	}
}
