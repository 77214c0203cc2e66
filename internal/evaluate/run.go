package evaluate

import (
	"fmt"
	"time"
)

// A Report is one run of a policy over a world. One of Regret and Share is there.
type Report struct {
	World  string  `json:"world"`
	Policy string  `json:"policy"`
	Seed   uint64  `json:"seed"`
	Regret *Halves `json:"regret_bps,omitempty"`           // mean expected cost above the best venue's
	Share  *Halves `json:"oracle_share,omitempty"`         // of the expected volume of the best splits
	Rate   float64 `json:"decisions_per_second,omitempty"` // of the run, by the clock: the only figure that varies
}

// Run runs a policy over a world with a seed of its exploration. The same arguments give the same report but for its
// Rate.
func Run(w World, policy string, seed uint64) (Report, error) {
	report := Report{World: w.title(), Policy: policy, Seed: seed}
	start, decisions := time.Now(), 0
	switch w := w.(type) {
	case *CostWorld:
		p, err := w.policy(policy)
		if err != nil {
			return report, err
		}
		h := w.regret(p, seed)
		report.Regret, decisions = &h, len(w.Rows)
	case *PoolWorld:
		p, err := w.policy(policy)
		if err != nil {
			return report, err
		}
		h := w.share(p, seed)
		report.Share, decisions = &h, len(w.Rows)
	}
	report.Rate = float64(decisions) / time.Since(start).Seconds()
	return report, nil
}

func (w *CostWorld) policy(name string) (costPolicy, error) {
	for _, p := range costPolicies() {
		if p.name == name {
			return p.new(w)
		}
	}
	return nil, unknownPolicy(w, name)
}

func (w *PoolWorld) policy(name string) (poolPolicy, error) {
	for _, p := range poolPolicies() {
		if p.name == name {
			return p.new()
		}
	}
	return nil, unknownPolicy(w, name)
}

// String is one line of a table.
func (r Report) String() string {
	h, unit := r.Regret, "regret bps"
	if h == nil {
		h, unit = r.Share, "of oracle"
	}
	return fmt.Sprintf("%-24s %9.5f %9.5f %9.5f  %-10s %9.0f", r.Policy, h.All, h.First, h.Second, unit, r.Rate)
}

// Heading is the line above.
const Heading = "policy                         all     first    second              decisions/s"
