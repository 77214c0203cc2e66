package score

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
)

func rank(t *testing.T, rows []Row, o order.Objective) string {
	t.Helper()
	Rank(rows, Options{Objective: o, Weights: router.DefaultConfig().Objectives[o], SpreadBps: 4, LaterBps: 6})
	var names []string
	for _, r := range rows {
		names = append(names, r.Venue)
		if math.IsNaN(r.Static) || math.IsInf(r.Static, 0) || math.IsNaN(r.CostBps) || math.IsInf(r.CostBps, 0) {
			t.Errorf("%s has static score %v and cost %v", r.Venue, r.Static, r.CostBps)
		}
	}
	return strings.Join(names, "")
}

func TestReferenceMatrix(t *testing.T) {
	f, err := os.Open("../../scenarios/reference.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := Read("reference.csv", f)
	if err != nil {
		t.Fatal(err)
	}
	if got := rank(t, rows, order.Balanced); got != "ABXY" {
		t.Errorf("balanced ranks %s; want ABXY", got)
	}
	if got := rank(t, rows, order.Speed); got[0] != 'X' {
		t.Errorf("speed ranks %s; want X first", got)
	}
	rows[0].FeeBps, rows[1].FeeBps = 0, -.3 // a free venue and a rebate
	rank(t, rows, order.MinCost)
}

func TestReadNamesLineAndColumn(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "no header"},
		{"venue,type\n", `column "latency_us" is missing`},
		{"venue,type,latency_us,fill_rate_pct,fee_bps,impact\nA,dark,x,50,0,1\n", `t.csv:2: latency_us: "x"`},
		{"venue,type,latency_us,fill_rate_pct,fee_bps,impact\nA,pond,1,50,0,1\n", `t.csv:2: type: "pond"`},
		{"venue,type,latency_us,fill_rate_pct,fee_bps,impact\nA,dark,1,NaN,0,1\n", `t.csv:2: fill_rate_pct: "NaN"`},
		{"venue,type,latency_us,fill_rate_pct,fee_bps,impact\n", "no venue"},
	} {
		if _, err := Read("t.csv", strings.NewReader(c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Read(%q) gives %v; want an error with %s", c.in, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("venue,type,latency_us,fill_rate_pct,fee_bps,impact\nA,dark,1,50,0,1\n")
	f.Fuzz(func(t *testing.T, in string) {
		if rows, err := Read("f", strings.NewReader(in)); err == nil {
			rank(t, rows, order.Balanced)
		}
	})
}
