package experiment

import (
	"fmt"
	"math"
)

// Words says an effect as one would to a trader: what the treatment saves or costs, in bps and in dollars of a million traded,
// and between what that lies. Sure is the confidence, such as .95; more says for how many looks it holds.
func (i Interval) Words(treatment, control string, sure float64, more string) string {
	told := fmt.Sprintf("%s costs %s than %s", treatment, i.worth(i.Mean), control)
	if treatment == control {
		told = fmt.Sprintf("the two arms, both %s, differ by %s", control, amount(math.Abs(i.Mean)))
	}
	verdict := "which of the two is cheaper is not decided"
	switch {
	case treatment == control && (i.Hi < 0 || i.Lo > 0):
		verdict = "that is a false alarm"
	case treatment == control:
		verdict = "as it should be, no difference is found"
	case i.Hi < 0:
		verdict = fmt.Sprintf("%s is cheaper", treatment)
	case i.Lo > 0:
		verdict = fmt.Sprintf("%s is dearer", treatment)
	}
	return fmt.Sprintf("%s. With %.4g %% confidence%s the truth lies between %s and %s: %s.", told, 100*sure, more, i.worth(i.Lo), i.worth(i.Hi), verdict)
}

// worth is a difference in words: bps, and dollars of each million traded.
func (i Interval) worth(bps float64) string {
	if bps < 0 {
		return amount(-bps) + " less"
	}
	return amount(bps) + " more"
}

func amount(bps float64) string { return fmt.Sprintf("%.2f bps ($%.0f a million)", bps, 100*bps) }
