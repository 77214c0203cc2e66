package evaluate

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// Compare runs every policy that fits over worlds of one kind, with each of the exploration seeds, and writes a table:
// a row a policy, a column a world, the score of all rows as mean ± standard error over the seeds. A mark tells where
// the learner loses: "!" behind a policy whose mean is better than the learner's by more than two standard errors of the
// difference, "~" behind one that is better by less.
func Compare(out io.Writer, worlds []World, seeds []uint64) error {
	if len(worlds) == 0 || len(seeds) == 0 {
		return fmt.Errorf("comparison of %d worlds with %d seeds: give at least one of each", len(worlds), len(seeds))
	}
	policies := Policies(worlds[0])
	scores := make([][]score, len(policies)) // by policy and world
	lost := 0
	for _, w := range worlds {
		if strings.Join(Policies(w), " ") != strings.Join(policies, " ") {
			return fmt.Errorf("comparison: %s and %s are of different kinds: compare them apart", worlds[0].title(), w.title())
		}
		for i, p := range policies {
			s, err := scoreOf(w, p, seeds)
			if err != nil {
				return err
			}
			if i > 0 {
				s.judge(scores[0][len(scores[0])-1])
			}
			if s.mark == lostMark {
				lost++
			}
			scores[i] = append(scores[i], s)
		}
	}
	if err := writeScores(out, worlds, policies, scores); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%d seeds of exploration; the learner loses %d of %d cells.\n\n", len(seeds), lost, len(worlds)*(len(policies)-1))
	return err
}

// Marks of a score beside the learner's.
const (
	behindMark = " "
	closeMark  = "~"
	lostMark   = "!"
)

// score is the mean over seeds of one policy in one world.
type score struct {
	mean, se float64
	share    bool // more is better
	mark     string
}

func scoreOf(w World, policy string, seeds []uint64) (score, error) {
	s, sum, squares, n := score{mark: behindMark}, 0.0, 0.0, float64(len(seeds))
	for _, seed := range seeds {
		r, err := Run(w, policy, seed)
		if err != nil {
			return s, err
		}
		h := r.Regret
		if s.share = h == nil; s.share {
			h = r.Share
		}
		sum += h.All
		squares += h.All * h.All
	}
	s.mean = sum / n
	if n > 1 {
		s.se = math.Sqrt(max(0, squares/n-s.mean*s.mean) / (n - 1))
	}
	return s, nil
}

// judge marks the score against the learner's.
func (s *score) judge(learner score) {
	lead := learner.mean - s.mean
	if s.share {
		lead = -lead
	}
	switch {
	case lead <= 0:
		s.mark = behindMark
	case lead > 2*math.Hypot(s.se, learner.se):
		s.mark = lostMark
	default:
		s.mark = closeMark
	}
}

func writeScores(out io.Writer, worlds []World, policies []string, scores [][]score) error {
	unit := "regret, bps of the arrival mid, lower is better"
	if scores[0][0].share {
		unit = "share of the oracle's expected volume, higher is better"
	}
	if _, err := fmt.Fprintln(out, unit); err != nil {
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := []string{""}
	for _, w := range worlds {
		line = append(line, strings.TrimSuffix(strings.TrimPrefix(w.title(), "generated:"), ".csv.gz")+" ")
	}
	fmt.Fprintln(t, strings.Join(line, "\t")+"\t")
	for i, p := range policies {
		line = []string{p}
		for _, s := range scores[i] {
			line = append(line, fmt.Sprintf("%.4f ± %.4f%s", s.mean, s.se, s.mark))
		}
		fmt.Fprintln(t, strings.Join(line, "\t")+"\t")
	}
	return t.Flush()
}
