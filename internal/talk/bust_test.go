package talk

import (
	"slices"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/tca"
)

// TestBustReachesTheReports holds that a bust and a correction go all the way (ER-22): the client's H and G name our 17, the
// reconciliation counts the surviving shares alone and finds no break, and the learner's reward is revised.
func TestBustReachesTheReports(t *testing.T) {
	s, err := parseScripts("bust", `== ER-22: a sweep that is filled whole, one of its executions busted, the other corrected
client> D 11=X 38=1000 44=50.01
client< 8 11=X 150=0
venue LITX< D 11=$a
venue LITX> 8 11=$a 17=E1 150=F 39=1 32=400 31=50.01 14=400 151=600
client< 8 11=X 150=F 14=400 32=400 17=$one
venue LITX> 8 11=$a 17=E2 150=F 39=2 32=600 31=50.00 14=1000 151=0
client< 8 11=X 150=F 14=1000 32=600 17=$two
venue LITX> 8 11=$a 17=E3 19=E1 150=H 39=4 14=600 151=0
client< 8 11=X 150=H 14=600 19=$one
alert ER-22
venue LITX> 8 11=$a 17=E4 19=E2 150=G 39=4 32=500 31=49.99 14=500 151=0
client< 8 11=X 150=G 14=500 19=$two 32=500
alert ER-22
`)
	if err != nil {
		t.Fatal(err)
	}
	stage := newEngineStage(t, s[0], fix44, fix44)
	p := newPlayer(stage, true)
	for i := range s[0].lines {
		if err := p.line(&s[0].lines[i]); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
	}
	var revised []market.Qty
	for _, o := range stage.outcomes {
		if o.What == event.OutcomeRevised {
			revised = append(revised, o.Got)
		}
	}
	if want := []market.Qty{600, 500}; !slices.Equal(revised, want) {
		t.Errorf("the learner's rewards were revised to %v, want %v", revised, want)
	}
	r, err := tca.Reconcile(tca.Input{Parent: stage.records[len(stage.records)-1], Executions: stage.execs, Venues: venueNames[:]})
	if err != nil {
		t.Fatal(err)
	}
	if r.Filled != 500 || r.Busted != 400 || r.AvgPx != 49_990_000 || len(r.Breaks) != 0 {
		t.Errorf("the report has %d filled at %v, %d busted, breaks %q; want 500 at 49.99, 400 and none", r.Filled, r.AvgPx, r.Busted, r.Breaks)
	}
}
