package survival

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"
)

// The data are the classical ones that R's package survival 3.5-3 ships: aml (Miller 1997), ovarian (Edmunson et al.
// 1979) and lung (Loprinzi et al. 1994, the 227 rows with a performance score); 6-MP is of Gehan (1965), the trial of
// Freireich et al. Every figure below was computed by that package in R 4.2.2 (survfit, coxph, concordance), standard
// errors of a curve being its surv·std.err; Brier scores by the formula of BrierAt in R over its survfit, ends of a tie a little before its censorings.

// read gives the rows of a file whose first columns are time and status.
func read(t testing.TB, name string) []Row {
	t.Helper()
	f, err := os.Open("testdata/" + name + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []Row
	for _, record := range records[1:] {
		var v []float64
		for _, s := range record {
			x, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			v = append(v, x)
		}
		rows = append(rows, Row{Observation: Observation{Time: v[0], Event: v[1] == 1}, X: v[2:]})
	}
	return rows
}

func observations(rows []Row) []Observation {
	var o []Observation
	for _, r := range rows {
		o = append(o, r.Observation)
	}
	return o
}

// gehan are the 21 times under 6-mercaptopurine and the 21 under placebo, which were all seen to their end.
func gehan() (treated, placebo []Row) {
	for i, t := range []float64{6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35} {
		event := []bool{true, true, true, false, true, false, true, false, false, true, true, false, false, false, true, true, false, false, false, false, false}[i]
		treated = append(treated, Row{Observation{t, event}, []float64{1}})
	}
	for _, t := range []float64{1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23} {
		placebo = append(placebo, Row{Observation{t, true}, []float64{0}})
	}
	return treated, placebo
}

func near(a, b, within float64) bool { return math.Abs(a-b) <= within }

// FIT-03, BEN-06: Kaplan-Meier and Greenwood to 1e-8.
func TestKaplanMeierGoldens(t *testing.T) {
	aml := read(t, "aml")
	treated, _ := gehan()
	for _, c := range []struct {
		name           string
		rows           []Row
		times          []float64
		survival, errs []float64
	}{
		{"aml, maintained", aml[:11], []float64{9, 13, 18, 23, 30, 31, 34, 48, 161},
			[]float64{0.90909090909090906, 0.81818181818181812, 0.71590909090909083, 0.61363636363636354, 0.61363636363636354, 0.49090909090909085, 0.36818181818181817, 0.18409090909090908, 0.18409090909090908},
			[]float64{0.08667841720414475, 0.11629129983033294, 0.13966497055722782, 0.15263233102731200, 0.15263233102731200, 0.16419326722113581, 0.16266888582709479, 0.15349274578629368, 0.15349274578629368}},
		{"aml, not maintained", aml[11:], []float64{5, 8, 12, 16, 23, 27, 30, 33, 43, 45},
			[]float64{0.833333333333333370, 0.666666666666666741, 0.583333333333333370, 0.583333333333333370, 0.486111111111111160, 0.388888888888888951, 0.291666666666666741, 0.194444444444444475, 0.097222222222222238, 0},
			[]float64{0.107582870727983795, 0.136082763487954367, 0.142318760638327768, 0.142318760638327768, 0.148130062553482933, 0.146986183948032811, 0.138715169134987382, 0.121874505380446155, 0.091866364967520514, 0}},
		{"6-MP", treated, []float64{6, 7, 10, 13, 16, 22, 23},
			[]float64{0.85714285714285710, 0.80672268907563016, 0.75294117647058811, 0.69019607843137243, 0.62745098039215674, 0.53781512605042003, 0.44817927170868338},
			[]float64{0.076360354832121252, 0.086935285180057192, 0.096349652994320495, 0.106814707775009815, 0.114053865256752526, 0.128233751693033970, 0.134591456755760425}},
		{"lung", read(t, "lung"), []float64{5, 100, 306, 500, 883},
			[]float64{0.995594713656387631, 0.867774998339716275, 0.509185860721092065, 0.294561128485628654, 0.050567354714294258},
			[]float64{0.0043955723596993531, 0.0224890858958997353, 0.0351408250738627220, 0.0352085469716344884, 0.0229476246441599509}},
	} {
		curve, err := KaplanMeier(observations(c.rows))
		if err != nil {
			t.Fatal(err)
		}
		for i, at := range c.times {
			if s, se := curve.At(at); !near(s, c.survival[i], 1e-8) || !near(se, c.errs[i], 1e-8) {
				t.Errorf("%s: S(%v) = %v ± %v, want %v ± %v", c.name, at, s, se, c.survival[i], c.errs[i])
			}
		}
	}
}

func TestCurveGoldens(t *testing.T) {
	curve, err := KaplanMeier(observations(read(t, "lung")))
	if err != nil {
		t.Fatal(err)
	}
	for q, want := range map[float64]float64{.25: 175, .5: 310, .75: 550} {
		if got, ok := curve.Quantile(q); !ok || got != want {
			t.Errorf("quantile %v = %v (%v), want %v", q, got, ok, want)
		}
	}
	if _, ok := curve.Quantile(.999); ok {
		t.Error("a quantile beyond what was observed")
	}
	z := 1.959963984540054
	if lo, hi := curve.Interval(306, z); !near(lo, 0.43836058736075784, 1e-8) || !near(hi, 0.57558407287852809, 1e-8) {
		t.Errorf("interval at 306: %v to %v", lo, hi)
	}
	if lo, hi := curve.Interval(0, z); lo != 1 || hi != 1 {
		t.Errorf("interval before the first end: %v to %v, want 1", lo, hi)
	}
}

// FIT-03, BEN-06: coefficients, standard errors, likelihoods, score test and concordance of Cox models to 1e-5.
func TestCoxGoldens(t *testing.T) {
	treated, placebo := gehan()
	for _, c := range []struct {
		name                                     string
		rows                                     []Row
		ties                                     Ties
		coef, se                                 []float64
		null, loglik, score, concordance, within float64
	}{
		{"aml Efron", read(t, "aml"), Efron, []float64{0.91553257501471763}, []float64{0.5119342751720054},
			-42.724839262760220, -41.032615596458378, 3.4167343955173028, 0.619047619047619069, 1e-5},
		{"aml Breslow", read(t, "aml"), Breslow, []float64{0.90421972368570025}, []float64{0.51224790730415115},
			-42.898123897174031, -41.250114350068870, 3.3225614162730652, 0.619047619047619069, 1e-5},
		{"6-MP Efron", append(treated, placebo...), Efron, []float64{-1.57212514882906618}, []float64{0.41239671770945546},
			-93.18426999684773193, -85.00842457737162761, 17.24653679571657960, 0.69004207573632537, 1e-5},
		{"6-MP Breslow", append(treated, placebo...), Breslow, []float64{-1.50919141258587808}, []float64{0.40956440636674124},
			-93.98505047824518499, -86.37962207114554758, 15.93053956403270810, 0.69004207573632537, 1e-5},
		{"lung Efron", read(t, "lung"), Efron, []float64{0.011066764560073482, -0.552612395703630965, 0.463728475370427662},
			[]float64{0.0092674110137005283, 0.1677390537872635035, 0.1135772661619966206},
			-744.48045576144023, -729.23012137486194, 30.499922704949103, 0.63713549300045491, 1e-5},
		{"lung Breslow", read(t, "lung"), Breslow, []float64{0.011041136349488499, -0.551889569787597289, 0.462947040590163950},
			[]float64{0.0092667701135355496, 0.1677424480210184810, 0.1135740520613010424},
			-744.69281926616088, -729.48870517677403, 30.406406915329907, 0.63713549300045491, 1e-5},
		{"ovarian", read(t, "ovarian"), Efron, []float64{0.12481307879516082, 0.82618644082439363, -0.91449991955531584, 0.33621168622608155},
			[]float64{0.046890363007897992, 0.789611060845238355, 0.653315630665602720, 0.643923062731318940},
			-34.984940371162558, -26.463293516710806, 20.812789391235661, 0.807339449541284448, 1e-5},
	} {
		fit, err := Cox(c.rows, c.ties)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		for j := range c.coef {
			if !near(fit.Coef[j], c.coef[j], c.within) || !near(fit.SE[j], c.se[j], c.within) {
				t.Errorf("%s: β%d = %v ± %v, want %v ± %v", c.name, j, fit.Coef[j], fit.SE[j], c.coef[j], c.se[j])
			}
		}
		if !near(fit.Null, c.null, c.within) || !near(fit.LogLik, c.loglik, c.within) || !near(fit.Score, c.score, c.within) || !near(fit.Concordance, c.concordance, c.within) {
			t.Errorf("%s: log-likelihood %v to %v, score %v, concordance %v; want %v to %v, %v, %v", c.name,
				fit.Null, fit.LogLik, fit.Score, fit.Concordance, c.null, c.loglik, c.score, c.concordance)
		}
	}
	fit, err := Cox(read(t, "lung"), Efron)
	if err != nil {
		t.Fatal(err)
	}
	if got := fit.Covariance[1][2]; !near(got, -0.00093008808545366674, 1e-8) || got != fit.Covariance[2][1] {
		t.Errorf("covariance of sex and score %v", got)
	}
}

// Inverse probability of censoring against R; without censoring it is the plain mean square.
func TestBrierGoldens(t *testing.T) {
	observed := observations(read(t, "lung"))
	curve, err := KaplanMeier(observed)
	if err != nil {
		t.Fatal(err)
	}
	predicted := make([]float64, len(observed))
	for at, want := range map[float64]float64{100: 0.11474155059622175, 306: 0.2499156199628127, 600: 0.16850583514153786} {
		for i := range predicted {
			predicted[i], _ = curve.At(at)
		}
		if got, err := BrierAt(at, observed, predicted); err != nil || !near(got, want, 1e-8) {
			t.Errorf("Brier score at %v = %v (%v), want %v", at, got, err, want)
		}
	}
	got, err := BrierAt(2, []Observation{{1, true}, {2, true}, {3, true}, {4, true}}, []float64{.1, .2, .7, 1})
	if want := (.01 + .04 + .09) / 4; err != nil || !near(got, want, 1e-15) {
		t.Errorf("without censoring %v (%v), want %v", got, err, want)
	}
}
