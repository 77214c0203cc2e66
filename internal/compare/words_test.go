package compare

import "testing"

// The report says in words what the learner is worth, and is silent without it or where one seed tells no interval.
func TestWords(t *testing.T) {
	r := &Report{Seeds: 5, Over: "seeds", Policies: map[string]*Summary{Learner: {VsStatic: Interval{-.045, -.124, .034}}}}
	want := "In this simulated market the learner costs 0.04 bps ($4 a million) less than static. With 95 % confidence over seeds the truth lies between " +
		"0.12 bps ($12 a million) less and 0.03 bps ($3 a million) more: which of the two is cheaper is not decided.\n"
	if got := r.words(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	r.Seeds = 1
	if got := r.words(); got != "" {
		t.Errorf("of one seed: %q", got)
	}
	r.Seeds, r.Policies = 5, map[string]*Summary{}
	if got := r.words(); got != "" {
		t.Errorf("without the learner: %q", got)
	}
}
