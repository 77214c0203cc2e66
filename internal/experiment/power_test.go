package experiment

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
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
		{readings()[0].name, false, 30, 3, 250},
		{readings()[1].name, true, 0, 1, 1_000},
		{readings()[2].name, true, 0, 2, 800},
		{readings()[3].name, true, 0, 2, 1_000},
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

// ABT-07: of switchbacks in which nothing differs one look by symbol-days alarms in about 5 %, also where a few symbols have most of the
// orders; a t-test over orders, which takes the orders of a day for independent, alarms far oftener, and so does looking every day.
func TestDayPower(t *testing.T) {
	d := Default("days")
	d.Unit = SymbolDays
	w := Drawn{Mean: 3, SD: 10, R2: .35, Effect: -4, Symbols: 6, Days: 10, Common: .2}
	runs, n := 300, 1_000
	nothing, planted := make([]DayStops, runs), make([]DayStops, runs)
	for i := range runs {
		d.Salt = strconv.Itoa(i)
		for effect, of := range map[float64][]DayStops{0: nothing, w.Effect: planted} {
			w := w
			w.Effect = effect
			var err error
			if of[i], err = WatchDays(&d, w.Rows(&d, rand.New(rand.NewPCG(uint64(i), 9)), n), w.Symbols); err != nil {
				t.Fatal(err)
			}
		}
	}
	p := NewDayPower("drawn", &d, w.Effect, w.Symbols, w.Symbols*w.Days, nothing, planted)
	t.Log("\n" + p.Text())
	orders, looked, once := &p.Readings[0], &p.Readings[1], &p.Readings[2]
	if !once.Valid || 12*once.Alarms > runs || 2*once.Found < runs {
		t.Errorf("%s: %d of %d alarm, %d find %v bps; want about 5 %%, and most", once.Name, once.Alarms, runs, once.Found, w.Effect)
	}
	for _, r := range []*Reading{orders, looked} {
		if r.Valid || 8*r.Alarms < runs {
			t.Errorf("%s: %d of %d alarm; want the failure that it is known for", r.Name, r.Alarms, runs)
		}
	}
	if text := p.Text(); !strings.Contains(text, "a unit is a symbol-day; looked at every 6 units to 60 on") {
		t.Errorf("the text is\n%s", text)
	}
}

// Of symbol-days with as many orders each, the variance is the usual one, with G/(G−1) and as many degrees of freedom less one; where one
// has nearly all orders, hardly anything is known of it.
func TestDayVariance(t *testing.T) {
	var equal, uneven symbolDays
	var sum, squares float64
	for g := range 8 {
		y := float64(g * g % 7)
		sum, squares = sum+y, squares+y*y
		equal.all = append(equal.all, symbolDay{date: int32(g), n: 5, sum: 5 * y})
		x := symbolDay{date: int32(g), n: 1, sum: y}
		if g == 0 {
			x.n, x.sum = 1_000, 0
		}
		uneven.all = append(uneven.all, x)
	}
	v, nu := equal.variance(Control, 40, sum/8)
	if want := (squares - sum*sum/8) / 7 / 8; math.Abs(v-want) > 1e-12 || math.Abs(nu-7) > 1e-9 {
		t.Errorf("variance %v with %v degrees of freedom; want %v with 7", v, nu, want)
	}
	if _, nu := uneven.variance(Control, 1_007, sum/1_007); !(nu > .99 && nu < 1.1) {
		t.Errorf("one symbol-day has nearly all orders, and the variance %v degrees of freedom; want hardly more than 1", nu)
	}
}
