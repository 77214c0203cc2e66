package experiment

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// tried reads so many experiments with drawn orders, without a difference and with one.
func tried(t *testing.T, w Drawn, runs, n int) *Power {
	t.Helper()
	d := Default("tried")
	nothing, planted := make([]Stops, runs), make([]Stops, runs)
	for i := range runs {
		var err error
		if nothing[i], err = Watch(&d, world(&d, uint64(i)+1, n, 0, w.SD, w.R2), 50); err != nil {
			t.Fatal(err)
		}
		if planted[i], err = Watch(&d, world(&d, uint64(i)+1, n, w.Effect, w.SD, w.R2), 50); err != nil {
			t.Fatal(err)
		}
	}
	p := NewPower("drawn", &d, w.Effect, 50, n, nothing, planted)
	t.Log("\n" + p.Text())
	return p
}

// ABT-03, BEN-07, in the small: of experiments in which nothing differs at most 5 % alarm however often one looks, where the
// t-test alarms in a third of them; covariates that explain 35 % of the variance save units; one look at the end finds most.
func TestPower(t *testing.T) {
	runs, n := 200, 4_000
	if testing.Short() {
		runs, n = 100, 3_000
	}
	p := tried(t, Drawn{Mean: 3, SD: 10, R2: .35, Effect: -1.25}, runs, n)
	test, sequence, adjusted, once := &p.Readings[0], &p.Readings[1], &p.Readings[2], &p.Readings[3]
	for _, r := range []*Reading{sequence, adjusted} {
		if 20*r.Alarms > runs || !r.Valid {
			t.Errorf("%s: %d of %d experiments without a difference alarm; want 5 %% at most", r.Name, r.Alarms, runs)
		}
	}
	if 4*test.Alarms < runs || test.Valid {
		t.Errorf("%s: %d of %d alarm; want the failure it is known for", test.Name, test.Alarms, runs)
	}
	if 10*once.Alarms > runs || !once.Valid || once.Median != float64(n) {
		t.Errorf("%s: %d of %d alarm, median stop %v; want about 5 %% and all of its units", once.Name, once.Alarms, runs, once.Median)
	}
	if ratio := adjusted.Median / sequence.Median; ratio > .85 || adjusted.Found < sequence.Found {
		t.Errorf("with covariates %d are found after %v units, without %d after %v; want more, sooner", adjusted.Found, adjusted.Median, sequence.Found, sequence.Median)
	}
	if once.Found < adjusted.Found || 10*adjusted.Found < 7*runs {
		t.Errorf("%d of %d found however often one looks, %d by one look; want most, and more by one look", adjusted.Found, runs, once.Found)
	}
}

// The table counts what it is given, names what is wrong as such, and takes no credit for it.
func TestPowerText(t *testing.T) {
	d := Default("text")
	nothing := make([]Stops, 100)
	for i := range 30 {
		nothing[i].TTest = 200
	}
	planted := []Stops{{TTest: 200, Sequence: 600, Adjusted: 400, Once: 1_000}, {TTest: 250, Adjusted: 800, Once: 1_000}, {TTest: 300}}
	p := NewPower("three", &d, -.5, 50, 1_000, nothing, planted)
	want := []Reading{
		{readings[0].name, false, 30, 3, 250},
		{readings[1].name, true, 0, 1, 1_000},
		{readings[2].name, true, 0, 2, 800},
		{readings[3].name, true, 0, 2, 1_000},
	}
	if !slices.Equal(p.Readings, want) {
		t.Errorf("got %+v\nwant %+v", p.Readings, want)
	}
	for _, line := range []string{"30   30.0 %  wrong", "3  100.0 %        250  none: wrong", "2   66.7 %        800         20 %"} {
		if !strings.Contains(p.Text(), line) {
			t.Errorf("no %q in\n%s", line, p.Text())
		}
	}
}

// The same orders with other arms are another experiment: clusters keep together, what was given stays, and the effect is on the treated.
func TestRedrawn(t *testing.T) {
	d := Default("again")
	rows := world(&d, 5, 2_000, 0, 4, .2)
	for i := range rows {
		rows[i].Cluster, rows[i].Arm = uint64(i/3), Control
	}
	out := Redrawn(&d, rows, -2)
	treated := 0
	for i := range out {
		if out[i].Arm != out[i/3*3].Arm {
			t.Fatalf("row %d has arm %d, the first of its cluster %d", i, out[i].Arm, out[i/3*3].Arm)
		}
		if got := out[i].Y - rows[i].Y; math.Abs(got+2*float64(out[i].Arm)) > 1e-9 || rows[i].Arm != Control {
			t.Fatalf("row %d of arm %d moved by %v; want -2 where treated", i, out[i].Arm, got)
		}
		treated += int(out[i].Arm)
	}
	if treated < 900 || treated > 1_100 {
		t.Errorf("%d of 2000 are treated; want about half", treated)
	}
	d.Salt = "another"
	if slices.EqualFunc(Redrawn(&d, rows, -2), out, func(a, b Row) bool { return a.Arm == b.Arm }) {
		t.Error("another salt draws the same arms")
	}
}
