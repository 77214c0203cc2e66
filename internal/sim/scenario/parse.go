package scenario

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/internal/table"
)

// Bounds of a file.
const (
	maxBytes   = 1 << 20
	maxSymbols = 64
	maxChanges = 1000
	maxMix     = 64
	maxTime    = 10_000 * time.Hour
	maxParents = 1_000_000
)

// reader is one reading of a scenario file.
type reader struct {
	*Scenario
	now    sim.Flow // as the changes read so far leave it
	agents *Change  // the last of the kind Agents
}

// Parse reads a scenario. name is its file's, for messages and the scenario's name. The error, if any, is table.Problems:
// everything that is wrong at once, each with file, key and remedy.
func Parse(name string, data []byte) (*Scenario, error) {
	if len(data) > maxBytes {
		return nil, table.Problems{{File: name, Wrong: fmt.Sprintf("has %d bytes", len(data)), Remedy: "a scenario has less than 1 MiB: is it the right file?"}}
	}
	root, err := table.Read(name, data)
	if p := (table.Problem{}); errors.As(err, &p) { // Read gives nothing else
		return nil, table.Problems{p}
	}
	r := &reader{Scenario: &Scenario{File: name, Name: title(name), Seed: 1, Warm: market.Minute}}
	r.read(root)
	if err := root.In.Problems.OrNil(); err != nil {
		return nil, err
	}
	return r.Scenario, nil
}

func (r *reader) read(root *table.Section) {
	if root.Require("about", "say in a sentence what the market is like and what it tests") {
		root.Text("about", &r.About)
	}
	table.Whole(root, "seed", &r.Seed, 0, math.MaxInt64)
	root.Duration("warm_up", &r.Warm, 0, time.Hour)
	root.Duration("session", &r.Session, 0, 24*time.Hour)
	for _, s := range root.Tables("instrument", maxSymbols) {
		r.Symbols = append(r.Symbols, s.Instrument())
	}
	for _, s := range root.Tables("regulatory", maxChanges) {
		r.Regulatory = append(r.Regulatory, s.Regulatory())
	}
	flow := root.Sub("flow")
	readFields(flow, flowFields(), &r.Flow)
	for i, s := range root.Tables("venue", market.MaxVenues) {
		r.readVenue(s, market.VenueID(i))
	}
	checkWhole(flow, &r.Flow)
	flow.Done()
	r.readMarket(root.Sub("market"))
	r.checkNames(root)
	r.readParents(root)
	r.now = r.Flow
	r.now.Venues = slices.Clone(r.Flow.Venues)
	for _, s := range root.Tables("change", maxChanges) {
		r.readChange(s)
	}
	r.checkFees(root)
	root.Done()
}

func (r *reader) checkNames(root *table.Section) {
	var venues, symbols []string
	displayed := false
	for i := range r.Venues {
		venues = append(venues, r.Venues[i].Name)
		displayed = displayed || r.Venues[i].Type.Displayed()
	}
	for i := range r.Symbols {
		symbols = append(symbols, string(r.Symbols[i].Symbol))
	}
	root.Unique("venue", venues)
	root.Unique("instrument", symbols)
	if !displayed {
		root.Problem("venue", "has none that displays quotes", "add a [[venue]] of the type lit, ecn or inverted: every price comes from one")
	}
	if len(symbols) == 0 {
		root.Problem("instrument", "is missing: there is nothing to trade", "add an [[instrument]] with symbol, adv_shares and prior_close_usd")
	}
}

// readMarket reads where the flow of the displayed venues comes from.
func (r *reader) readMarket(s *table.Section) {
	kind := "synthetic"
	s.Text("kind", &kind)
	if kind != "synthetic" && kind != "lobster" {
		s.Problem("kind", fmt.Sprintf("is %q", kind), "want synthetic (agents) or lobster (a recorded day)")
	}
	for _, one := range s.Tables("recording", maxSymbols) {
		r.Recordings = append(r.Recordings, r.readRecording(one))
	}
	if (kind == "lobster") != (len(r.Recordings) > 0) {
		s.Problem("recording", "and kind = \"lobster\" belong together", "give both or none")
	}
	s.Done()
}

func (r *reader) readRecording(s *table.Section) Recording {
	rec := Recording{From: 9*market.Hour + 30*market.Minute, at: s.Key("archive_file")}
	if s.Require("symbol", "name the [[instrument]] that was recorded") {
		rec.Symbol = r.symbol(s, "symbol")
	}
	if s.Require("venue", "name the displayed [[venue]] that the recording drives") {
		rec.Venue = r.venue(s, "venue")
		if int(rec.Venue) < len(r.Venues) && !r.Venues[rec.Venue].Type.Displayed() {
			s.Problem("venue", "displays no quotes", "name one of the type lit, ecn or inverted")
		}
	}
	if s.Require("archive_file", "name the LOBSTER archive, such as ${SLUICE_DATA}/lobster/day.zip") {
		s.Text("archive_file", &rec.File)
		rest, has := strings.CutPrefix(rec.File, "${")
		if n := strings.Count(rec.File, "${"); rec.File == "" || n > 1 || n == 1 && (!has || strings.Index(rest, "}") < 1) {
			s.Problem("archive_file", fmt.Sprintf("is %q", rec.File), "want a path that may begin with one variable, such as ${SLUICE_DATA}/lobster/day.zip")
		}
	}
	from := ""
	if s.Text("start", &from); from != "" {
		t, err := time.Parse("15:04", from)
		if err != nil {
			s.Problem("start", fmt.Sprintf("is %q", from), `want a time of day such as "09:35"`)
		}
		rec.From = int64(t.Hour())*market.Hour + int64(t.Minute())*market.Minute
	}
	s.Done()
	return rec
}

// venue reads the name of a [[venue]].
func (r *reader) venue(s *table.Section, k string) market.VenueID {
	name := ""
	s.Text(k, &name)
	id, ok := r.index(name)
	if !ok {
		var known []string
		for i := range r.Venues {
			known = append(known, r.Venues[i].Name)
		}
		unknown(s, k, name, "[[venue]]", known)
	}
	return id
}

// symbol reads the symbol of an [[instrument]].
func (r *reader) symbol(s *table.Section, k string) market.Symbol {
	name := ""
	s.Text(k, &name)
	r.checkSymbol(s, k, name)
	return market.Symbol(name)
}

func (r *reader) checkSymbol(s *table.Section, k, name string) {
	var known []string
	for i := range r.Symbols {
		known = append(known, string(r.Symbols[i].Symbol))
	}
	if !slices.Contains(known, name) {
		unknown(s, k, name, "[[instrument]]", known)
	}
}

// symbols reads a list of symbols; empty = all.
func (r *reader) symbols(s *table.Section) (out []market.Symbol) {
	var names []string
	s.Texts("symbols", &names)
	for _, n := range names {
		r.checkSymbol(s, "symbols", n)
		out = append(out, market.Symbol(n))
	}
	return out
}

func unknown(s *table.Section, k, name, what string, known []string) {
	remedy := "known: " + strings.Join(known, ", ")
	if near := table.Nearest(name, known); near != "" {
		remedy = "did you mean " + near + "?"
	}
	s.Problem(k, fmt.Sprintf("has %q, which no %s has", name, what), remedy)
}
