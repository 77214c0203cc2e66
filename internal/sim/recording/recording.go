// Package recording carries a small recorded market inside the binary, in the formats of real recordings, so that the
// recorded-format market runs without external data. It was made by this project's own synthetic market
// (`go test ./internal/sim/recording -update` makes it anew): a LOBSTER day part of one venue, and the tape of all venues
// over the same minutes.
package recording

import (
	"bytes"
	_ "embed"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
)

//go:embed acme.zip
var archive []byte

// Symbol is the recorded instrument.
const Symbol market.Symbol = "ACME"

// From is when the recording begins to be useful: ns after midnight, a few seconds after its first row.
const From = 10*market.Hour + 5*market.Second

// Lobster gives the recorded book of one venue.
func Lobster() (*sim.Lobster, error) {
	return sim.LobsterFromZip("acme.zip", bytes.NewReader(archive), int64(len(archive)))
}

// Tape gives the recorded quotes and trades of all venues; Codes tells whose its exchange codes are.
func Tape() (*sim.Tape, error) {
	r, n := bytes.NewReader(archive), int64(len(archive))
	return sim.TapeFromZips("acme.zip", r, n, "acme.zip", r, n)
}

// Codes gives which exchange code stands for which venue of the demo's market (sim.Balanced): displayed venues have letters
// of their own, everything off exchange is D and prints at the first dark pool.
func Codes() []sim.VenueCode {
	return []sim.VenueCode{{Code: 'N', Venue: 0}, {Code: 'Q', Venue: 1}, {Code: 'P', Venue: 2}, {Code: 'Z', Venue: 3},
		{Code: 'B', Venue: 4}, {Code: 'D', Venue: 5}}
}
