package scenario

import (
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/table"
)

// Recording is one symbol's recorded day at one venue, as LOBSTER message and order book files in one archive. It drives the
// venue in place of agents; dark venues have their flow beside it.
type Recording struct {
	Symbol market.Symbol
	Venue  market.VenueID
	File   string // may begin with a variable of the environment: ${SLUICE_DATA}/lobster/day.zip
	From   int64  // ns after midnight: where in the recorded day the market starts
	at     string // where it stands in the scenario's file
}

// Path gives the archive's path with the variable's value in place of its name. A relative one starts where the caller
// wants. The error is a table.Problem and says what to set.
func (r *Recording) Path(s *Scenario, lookup func(name string) (string, bool)) (string, error) {
	rest, has := strings.CutPrefix(r.File, "${")
	if !has {
		return r.File, nil
	}
	name, after, _ := strings.Cut(rest, "}")
	value, ok := lookup(name)
	if !ok || value == "" {
		return "", table.Problem{File: s.File, Key: r.at, Wrong: "needs the variable " + name + ", which is not set",
			Remedy: "set " + name + " to the folder that has " + strings.TrimPrefix(after, "/")}
	}
	return value + after, nil
}
