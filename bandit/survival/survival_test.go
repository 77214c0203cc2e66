package survival

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

// Right-censored log-likelihood by hand.
func TestLogScore(t *testing.T) {
	got, err := LogScore([]Observation{{1, true}, {2, false}}, []Prediction{{.5, .9}, {.1, .25}})
	if want := (math.Log(.5) + math.Log(.25)) / 2; err != nil || got != want {
		t.Errorf("%v (%v), want %v", got, err, want)
	}
	if got, err = LogScore([]Observation{{1, true}}, []Prediction{{0, 1}}); err != nil || !math.IsInf(got, -1) {
		t.Errorf("what was held for impossible scores %v (%v), want -Inf", got, err)
	}
}

// What is no data is refused with its place, not fitted.
func TestRefusals(t *testing.T) {
	nan := math.NaN()
	row := func(t float64, event bool, x ...float64) Row { return Row{Observation{t, event}, x} }
	km := func(o ...Observation) error { _, err := KaplanMeier(o); return err }
	cox := func(ties Ties, rows ...Row) error { _, err := Cox(rows, ties); return err }
	brier := func(t float64, o []Observation, p []float64) error { _, err := BrierAt(t, o, p); return err }
	log := func(o []Observation, p []Prediction) error { _, err := LogScore(o, p); return err }
	two := []Observation{{1, true}, {2, true}}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"nothing", km(), "no observations"},
		{"negative and NaN", km(Observation{-1, true}, Observation{1, true}, Observation{nan, false}), "observation 2: time NaN"},
		{"infinite", km(Observation{math.Inf(1), true}), "observation 0: time +Inf"},
		{"no rows", cox(Efron), "at least one covariate"},
		{"no covariates", cox(Efron, row(1, true)), "at least one covariate"},
		{"ties", cox(7, row(1, true, 1)), "ties 7"},
		{"lengths", cox(Efron, row(1, true, 1), row(1, true, 1, 2)), "row 1 has 2 covariates"},
		{"time", cox(Efron, row(-1, true, 1)), "row 0: time -1"},
		{"covariate", cox(Efron, row(1, true, nan)), "covariate 0 is NaN"},
		{"all censored", cox(Efron, row(1, false, 1), row(2, false, 2)), "every row is censored"},
		{"constant", cox(Efron, row(1, true, 3), row(2, true, 3)), "covariate 0 does not vary"},
		{"collinear", cox(Efron, row(1, true, 1, 2), row(2, true, 3, 6), row(3, true, 2, 4), row(4, false, 1, 2)), "repeat one another"},
		{"separated", cox(Efron, row(1, true, 1), row(2, true, 1), row(3, false, 0), row(4, false, 0)), "separates"},
		{"ordered", cox(Breslow, row(1, true, 3), row(2, true, 2), row(3, true, 1), row(4, true, 0)), "separates"},
		{"Brier lengths", brier(1, two, nil), "2 observations and 0 predictions"},
		{"Brier late", brier(2, two, []float64{1, 1}), "below 2"},
		{"Brier NaN", brier(nan, two, []float64{1, 1}), "Brier score at NaN"},
		{"Brier prediction", brier(1, two, []float64{1, 1.5}), "prediction 1 is 1.5"},
		{"log lengths", log(two, nil), "2 observations and 0 predictions"},
		{"log density", log(two, []Prediction{{nan, 1}, {1, 1}}), "prediction 0"},
		{"log survival", log(two, []Prediction{{1, 1}, {1, -1}}), "prediction 1"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, c.err, c.want)
		}
	}
}

// The fit does not know the units of time and covariates, nor the order of rows.
func TestCoxInvariance(t *testing.T) {
	rows := read(t, "lung")
	plain, err := Cox(rows, Efron)
	if err != nil {
		t.Fatal(err)
	}
	var other []Row
	for i := range rows {
		r := rows[len(rows)-1-i]
		other = append(other, Row{Observation{r.Time * r.Time, r.Event}, []float64{1e6*r.X[0] - 5e7, r.X[1], r.X[2]}})
	}
	fit, err := Cox(other, Efron)
	if err != nil {
		t.Fatal(err)
	}
	if !near(1e6*fit.Coef[0], plain.Coef[0], 1e-10) || !near(fit.Coef[1], plain.Coef[1], 1e-10) || !near(1e6*fit.SE[0], plain.SE[0], 1e-10) || !near(fit.Concordance, plain.Concordance, 1e-12) {
		t.Errorf("in other units %+v, want %+v", fit, plain)
	}
}

// Whatever comes in, a fit has finite figures and a curve falls from 1 to 0 or above.
func FuzzSurvival(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17"))
	f.Add([]byte(strings.Repeat("\xff\x7f\x00\x80\x01\x00", 8)))
	f.Fuzz(func(t *testing.T, data []byte) {
		var rows []Row
		for ; len(data) >= 6 && len(rows) < 60; data = data[6:] {
			time, x := binary.LittleEndian.Uint16(data), int16(binary.LittleEndian.Uint16(data[2:]))
			rows = append(rows, Row{Observation{float64(time >> 9), data[4]&1 == 1}, []float64{float64(x), float64(data[5] % 4)}})
		}
		for _, ties := range []Ties{Efron, Breslow} {
			fit, err := Cox(rows, ties)
			if err != nil {
				continue
			}
			for j := range fit.Coef {
				if math.IsNaN(fit.Coef[j]) || math.IsInf(fit.Coef[j], 0) || !(fit.SE[j] > 0) || math.IsInf(fit.SE[j], 0) {
					t.Fatalf("β%d = %v ± %v", j, fit.Coef[j], fit.SE[j])
				}
			}
			if fit.LogLik < fit.Null-1e-9 || !(fit.Concordance >= 0 && fit.Concordance <= 1) {
				t.Fatalf("log-likelihood %v below %v, or concordance %v", fit.LogLik, fit.Null, fit.Concordance)
			}
		}
		curve, err := KaplanMeier(observations(rows))
		if err != nil {
			return
		}
		last := 1.0
		for _, s := range curve.Steps {
			if !(s.Survival >= 0 && s.Survival < last) || math.IsNaN(s.SE) {
				t.Fatalf("step %+v after %v", s, last)
			}
			last = s.Survival
		}
	})
}
