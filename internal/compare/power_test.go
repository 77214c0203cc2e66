package compare

import (
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/experiment"
)

// TestArmsDoNotReachTheMarket: static against static is worked alike whatever the draw, which is what lets one run of the market
// serve every A/A experiment (ABT-02, ABT-03).
func TestArmsDoNotReachTheMarket(t *testing.T) {
	c := (&Config{Scenario: open(t, "balanced"), Parents: 150, Seed: 700_950, Seeds: 1, Workers: 1}).withDefaults()
	var rows [2][]experiment.Row
	for i, salt := range []string{"one", "two"} {
		d := experiment.Default("A/A")
		d.Salt, d.Treatment = salt, Static
		x, err := c.experimentRows(t.Context(), &d)
		if err != nil {
			t.Fatal(err)
		}
		rows[i] = x.all
	}
	if len(rows[0]) != len(rows[1]) || len(rows[0]) < 100 {
		t.Fatalf("%d and %d orders", len(rows[0]), len(rows[1]))
	}
	other := 0
	for i := range rows[0] {
		a, b := &rows[0][i], &rows[1][i]
		if a.Y != b.Y || a.Cluster != b.Cluster {
			t.Fatalf("order %d cost %v in cluster %d by one draw, %v in cluster %d by another", i, a.Y, a.Cluster, b.Y, b.Cluster)
		}
		if a.Arm != b.Arm {
			other++
		}
	}
	if other < len(rows[0])/4 {
		t.Errorf("two salts give %d of %d orders another arm; want about half", other, len(rows[0]))
	}
}

// TestPowerInMarket: the same table of drawn orders and of a market's own, the same for every run of it; continuous looking by the
// confidence sequence alarms in 5 % of A/A experiments at most (ABT-03).
func TestPowerInMarket(t *testing.T) {
	m := Config{Scenario: open(t, "balanced"), Parents: 500, Seed: 700_960, Seeds: 2, Workers: 2}
	c := PowerConfig{Design: experiment.Default("power"), Runs: 100, Every: 10, Orders: 600, Seed: 1, Market: &m,
		World: experiment.Drawn{Mean: 3, SD: 9, R2: .35, Effect: -3}}
	tables, err := Power(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) != 2 || tables[1].Units < 350 {
		t.Fatalf("%d tables, the market's of %+v", len(tables), tables[len(tables)-1])
	}
	for _, p := range tables {
		t.Log("\n" + p.Text())
		for _, r := range p.Readings[1:3] {
			if 20*r.Alarms > c.Runs {
				t.Errorf("%s: %s alarms in %d of 100 experiments without a difference", p.Of, r.Name, r.Alarms)
			}
			if r.Found < 50 {
				t.Errorf("%s: %s finds %+.2f bps in %d of 100", p.Of, r.Name, p.Effect, r.Found)
			}
		}
		if test := p.Readings[0].Alarms; test < 6 {
			t.Errorf("%s: the t-test alarms in %d of 100; want the failure it is known for", p.Of, test)
		}
	}
	c.Market = nil
	again, err := Power(t.Context(), c)
	if err != nil || again[0].Text() != tables[0].Text() {
		t.Errorf("again: %v\n%s", err, again[0].Text())
	}
}

// TestDayPowerInMarket: switchbacks over a market's own symbol-days, few and unlike each other as they are, read once alarm in about 5 % of
// A/A experiments (ABT-07).
func TestDayPowerInMarket(t *testing.T) {
	m := Config{Scenario: open(t, "balanced"), Parents: 40, Seed: 700_980, Seeds: 8, Workers: 2}
	c := PowerConfig{Design: experiment.Default("power"), Runs: 400, Orders: 500, Seed: 1, Market: &m,
		World: experiment.Drawn{Mean: 3, SD: 9, Effect: -9, Symbols: 3, Days: 8, Common: .05}}
	c.Design.Unit = experiment.SymbolDays
	tables, err := Power(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range tables {
		t.Log("\n" + p.Text())
		if once := p.Readings[2]; p.Units != 24 || p.Every != 3 || !once.Valid || once.Found < 200 {
			t.Errorf("%s: %d symbol-days, looked at every %d; %s: %d of 400 alarm, %d find %+.2f bps", p.Of, p.Units, p.Every, once.Name, once.Alarms, once.Found, p.Effect)
		}
	}
	m.Seeds, m.Parents = 1, 20
	if _, err := Power(t.Context(), c); err == nil || !strings.Contains(err.Error(), "nothing is read below 10") {
		t.Errorf("of three symbol-days: %v", err)
	}
}
