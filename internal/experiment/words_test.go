package experiment

import "testing"

// A trader reads what is saved of a million, between what it lies, and whether that decides.
func TestWords(t *testing.T) {
	for _, c := range []struct {
		i                  Interval
		treatment, control string
		want               string
	}{
		{Interval{-.42, -.7, -.14}, "learner", "static", "learner costs 0.42 bps ($42 a million) less than static. With 95 % confidence the truth lies between 0.70 bps ($70 a million) less and 0.14 bps ($14 a million) less: learner is cheaper."},
		{Interval{.42, -.7, 1.54}, "learner", "static", "learner costs 0.42 bps ($42 a million) more than static. With 95 % confidence the truth lies between 0.70 bps ($70 a million) less and 1.54 bps ($154 a million) more: which of the two is cheaper is not decided."},
		{Interval{2, 1, 3}, "b", "a", "b costs 2.00 bps ($200 a million) more than a. With 95 % confidence the truth lies between 1.00 bps ($100 a million) more and 3.00 bps ($300 a million) more: b is dearer."},
		{Interval{.1, -1, 1.2}, "static", "static", "the two arms, both static, differ by 0.10 bps ($10 a million). With 95 % confidence the truth lies between 1.00 bps ($100 a million) less and 1.20 bps ($120 a million) more: as it should be, no difference is found."},
	} {
		if got := c.i.Words(c.treatment, c.control, .95, ""); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
}
