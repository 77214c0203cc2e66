package compare

import (
	"fmt"
	"strings"
)

// recovering is how many parents after a change of the market a policy may take to find its way again.
const recovering = 500

// Around is how a comparison went before and after the first change of its scenario that came at a parent.
type Around struct {
	Parent   int               `json:"parent"` // at whose arrival it came, counted from 1
	Policies map[string]Stages `json:"policies"`
}

// Stages are a policy's stretches around a change. The gap to the oracle is another one in each.
type Stages struct {
	Before CurvePoint `json:"before"`
	First  CurvePoint `json:"first"` // the first 500 parents after it
	Later  CurvePoint `json:"later"`
}

// around gives the stages of every policy but static and the oracle; nil without such a change, or too few parents after it.
func (r *results) around(names []string, parents int) *Around {
	at := 0
	for i := range r.config.Scenario.Changes {
		if p := r.config.Scenario.Changes[i].AtParent; p > 1 && (at == 0 || p < at) {
			at = p
		}
	}
	begin := at - 1 // the parents before it, of those counted from 0
	if at == 0 || begin+recovering >= parents {
		return nil
	}
	out := &Around{Parent: at, Policies: map[string]Stages{}}
	for _, name := range names {
		if name == Static || name == Oracle {
			continue
		}
		out.Policies[name] = Stages{r.point(name, span{0, begin}), r.point(name, span{begin, begin + recovering}), r.point(name, span{begin + recovering, parents})}
	}
	return out
}

// change prints how the gap was closed around the change.
func (r *Report) change(b *strings.Builder) {
	if r.Change == nil {
		return
	}
	fmt.Fprintf(b, "gap closed around the change at parent %d, and bps against static\n", r.Change.Parent)
	t := columns(b)
	fmt.Fprintf(t, "policy\tbefore\t\tfirst %d after\t\tlater\t\t\n", recovering)
	for _, name := range r.Names {
		p, ok := r.Change.Policies[name]
		if !ok {
			continue
		}
		fmt.Fprintf(t, "%s\t", name)
		for _, x := range []CurvePoint{p.Before, p.First, p.Later} {
			gap := "-"
			if x.GapClosed != nil {
				gap = percent(*x.GapClosed)
			}
			fmt.Fprintf(t, "%s\t%s\t", gap, x.VsStatic)
		}
		fmt.Fprintln(t)
	}
	t.Flush()
	fmt.Fprintln(b)
}
