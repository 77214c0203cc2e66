package bandit

// Refusal says what became of a datum. The zero value is success; the others are data, not
// failures: the datum was counted and not applied (LRN-11, DRF-08).
type Refusal uint8

// The refusals.
const (
	Applied       Refusal = iota // the datum is in the posterior
	Duplicate                    // the same (event, head, horizon) was applied before
	Unknown                      // a revision of something never applied or already dropped; an arm that does not exist
	Malformed                    // NaN, infinity, wrong dimension, |φ_i| > 4, a figure outside its domain
	Overfilled                   // more filled than sent: a bug upstream (DRK-06)
	Expired                      // its bucket is older than what is kept for revisions; the next training has it
	Early                        // its bucket has not begun: call Advance first
	Uninformative                // canceled by us with nothing filled: says nothing about liquidity

	numRefusals
)

// String names the refusal in one word, as metrics label it.
func (r Refusal) String() string {
	switch r {
	case Applied:
		return "applied"
	case Duplicate:
		return "duplicate"
	case Unknown:
		return "unknown"
	case Malformed:
		return "malformed"
	case Overfilled:
		return "overfilled"
	case Expired:
		return "expired"
	case Early:
		return "early"
	case Uninformative:
		return "uninformative"
	}
	return "invalid"
}

// Tally counts what became of the data offered to a learner.
type Tally struct {
	By         [numRefusals]uint64 // by Refusal
	Winsorised uint64              // outcomes pulled back to ±1,000 bps and applied
	Evicted    uint64              // ledger records dropped early because the ledger was full
}

// Of is the number of data that ended as r.
func (t *Tally) Of(r Refusal) uint64 {
	if r >= numRefusals {
		return 0
	}
	return t.By[r]
}

func (t *Tally) count(r Refusal) Refusal {
	t.By[r]++
	return r
}
