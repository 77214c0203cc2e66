package venues

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/internal/sim/recording"
	"github.com/sluice-sor/sluice/serve/config"
)

// playOwn plays the recording in the binary on the displayed venues for its symbol, with latent interest in the dark
// ones, and lets agents trade the other symbols.
func (x *Exchange) playOwn(file *config.File, flow sim.Flow) error {
	var others []market.Symbol
	found := false
	for _, in := range file.Instruments {
		if in.Symbol == recording.Symbol {
			found = true
		} else {
			others = append(others, in.Symbol)
		}
	}
	if !found {
		return fmt.Errorf("%s: market.kind: is recorded, but no [[instrument]] is %s, the recorded symbol: add it or take another kind", file.Path, recording.Symbol)
	}
	if len(others) > 0 {
		rest := flow
		rest.Symbols = others
		if err := x.market.Populate(rest); err != nil {
			return err
		}
	}
	tape, err := recording.Tape()
	if err != nil {
		return err
	}
	rep, err := x.market.ReplayTape(recording.Symbol, tape, recordedCodes(file), sim.ReplayOptions{From: recording.From, Speed: file.Market.Speed})
	if err != nil {
		return err
	}
	x.limits = append(x.limits, string(recording.Symbol)+": "+rep.Limits())
	return x.market.PopulateDark(flow.Venues, recording.Symbol)
}

// recordedCodes gives the recording's exchanges to the file's displayed venues, in their order; off-exchange prints go
// to the first dark one.
func recordedCodes(file *config.File) (out []sim.VenueCode) {
	displayed := []byte("NQZBP")
	for i := range file.Venues {
		t := file.Venues[i].Type
		switch {
		case file.Market.Venues[i].Elsewhere:
		case t.Displayed() && len(displayed) > 0:
			out = append(out, sim.VenueCode{Code: displayed[0], Venue: market.VenueID(i)})
			displayed = displayed[1:]
		case t == market.Dark && !hasCode(out, 'D'):
			out = append(out, sim.VenueCode{Code: 'D', Venue: market.VenueID(i)})
		}
	}
	return out
}

func hasCode(list []sim.VenueCode, code byte) bool {
	for _, c := range list {
		if c.Code == code {
			return true
		}
	}
	return false
}
