package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/table"
)

func (f *File) decodeMarket(s *section) {
	m := &f.Market
	if len(s.M) > 0 && s.Require("kind", "want recorded, synthetic, lobster or tape") {
		s.Text("kind", (*string)(&m.Kind))
		switch m.Kind {
		case Synthetic, Lobster, Tape, Recorded:
		default:
			s.Problem("kind", fmt.Sprintf("is %q", string(m.Kind)), "want recorded, synthetic, lobster or tape")
		}
	}
	table.Whole(s.Section, "seed", &m.Seed, 0, math.MaxInt64)
	s.Real("speed", &m.Speed, 0.001, 1e6)
	s.optionalPath("journal_dir", &m.JournalDir)
	f.decodeStart(s)
	for _, r := range s.tables("recording", maxEntries) {
		m.Recordings = append(m.Recordings, f.decodeRecording(r))
	}
	if (m.Kind == Lobster || m.Kind == Tape) && len(m.Recordings) == 0 {
		s.Problem("recording", "is missing although kind is "+string(m.Kind), "add a [[market.recording]] with the files to replay")
	}
	m.Venues = make([]SimVenue, len(f.Venues))
	for i := range m.Venues {
		m.Venues[i] = defaultSimVenue()
	}
	given := map[market.VenueID]bool{}
	for _, v := range s.tables("venue", market.MaxVenues) {
		if !v.Require("name", "name the [[venue]] it belongs to") {
			continue
		}
		id, ok := f.venueRef(v, "name")
		sim := v.simVenue()
		switch {
		case ok && given[id]:
			v.Problem("name", "stands twice in [[market.venue]]", "keep one of them")
		case ok:
			given[id], m.Venues[id] = true, sim
		}
	}
	s.Done()
}

// decodeStart reads the time of the recorded day at which a replay begins.
func (f *File) decodeStart(s *section) {
	if !s.Has("start") {
		return
	}
	if k := f.Market.Kind; k != Lobster && k != Tape {
		s.Problem("start", "belongs to a recorded day, and kind is "+strconv.Quote(string(k)), "remove it, or take the kind lobster or tape")
	}
	text := ""
	s.Text("start", &text)
	f.Market.Start, _ = s.clock("start", text)
}

// venueRef reads the name of a [[venue]].
func (f *File) venueRef(s *section, k string) (market.VenueID, bool) {
	var name string
	s.Text(k, &name)
	var known []string
	for i := range f.Venues {
		if f.Venues[i].Name == name {
			return market.VenueID(i), true
		}
		known = append(known, f.Venues[i].Name)
	}
	remedy := "name one of the [[venue]] entries"
	if near := table.Nearest(name, known); near != "" {
		remedy = "did you mean " + near + "?"
	}
	s.Problem(k, fmt.Sprintf("is %q, which no [[venue]] has", name), remedy)
	return 0, false
}

func (f *File) decodeRecording(s *section) Recording {
	var r Recording
	if s.Require("symbol", "name the [[instrument]] it belongs to") {
		text := ""
		s.Text("symbol", &text)
		if r.Symbol = market.Symbol(text); !slices.ContainsFunc(f.Instruments, func(in market.Instrument) bool { return in.Symbol == r.Symbol }) {
			s.Problem("symbol", fmt.Sprintf("is %q, which no [[instrument]] has", text), "add the instrument")
		}
	}
	if s.Require("date", `give the recorded day such as "2012-06-21"; the files hold only times of day`) {
		s.Date("date", &r.Date)
	}
	f.recordedFile(s, "messages_file", &r.Messages)
	f.recordedFile(s, "book_file", &r.Book)
	f.recordedFile(s, "trades_file", &r.Trades)
	f.recordedFile(s, "quotes_file", &r.Quotes)
	if s.Has("venue") {
		r.Venue, _ = f.venueRef(s, "venue")
	}
	if f.Market.Kind == Lobster {
		s.Require("messages_file", "name the LOBSTER message file")
		s.Require("book_file", "name the LOBSTER order book file")
		s.Require("venue", "name the venue that the recording drives")
	}
	if f.Market.Kind == Tape {
		s.Require("trades_file", "name the file of trades")
		s.Require("quotes_file", "name the file of quotes")
	}
	s.Done()
	return r
}

// recordedFile reads the path of a recording, which may begin with a variable of the environment: "${SLUICE_DATA}/day.zip".
// A variable that is not set matters to `sluice venues` alone: CheckVenues reports it.
func (f *File) recordedFile(s *section, k string, into *string) {
	s.Text(k, into)
	before, rest, has := strings.Cut(*into, "${")
	if !has {
		*into = s.in.resolve(*into)
		return
	}
	name, after, closed := strings.Cut(rest, "}")
	if !closed || name == "" || strings.Contains(after, "${") {
		s.Problem(k, fmt.Sprintf("is %q", *into), "want at most one variable, such as ${SLUICE_DATA}/day.zip")
		return
	}
	value, set := s.in.lookup(name)
	if !set || value == "" {
		f.Market.unset = append(f.Market.unset, Problem{File: s.in.File, Key: s.Key(k), Wrong: "needs the variable " + name + ", which is not set",
			Remedy: "set " + name + " to the folder that has " + strings.TrimPrefix(after, "/")})
		return
	}
	*into = s.in.resolve(before + value + after)
}

// simVenue reads one [[market.venue]]; params carries figures of single agents or engines by name.
func (s *section) simVenue() SimVenue {
	v := defaultSimVenue()
	simulated := true
	s.Flag("simulated", &simulated)
	v.Elsewhere = !simulated
	s.Text("code", &v.Code)
	s.sub("order_latency").latency(&v.Order)
	s.sub("feed_latency").latency(&v.Feed)
	h := s.sub("hidden")
	table.Whole(h.Section, "mean_shares", &v.Hidden.Qty, 0, maxShares)
	h.Real("present_pct", &v.Hidden.Pct, 0, 100)
	h.Duration("refill_mean", (*int64)(&v.Hidden.Refill), 0, maxTime)
	h.Real("informed_pct", &v.Hidden.Informed, 0, 100)
	h.Done()
	r := s.sub("rules")
	r.Flag("post_only_slide", &v.Rules.PostOnlySlide)
	r.Flag("round_lots_only", &v.Rules.RoundLotsOnly)
	r.Flag("size_priority", &v.Rules.SizePriority)
	r.Flag("min_qty_aggregate", &v.Rules.MinQtyAggregate)
	r.Duration("view_delay", (*int64)(&v.Rules.ViewDelay), 0, time.Minute)
	r.Done()
	p := s.sub("params")
	if len(p.M) > 0 {
		v.Params = make(map[string]float64, len(p.M))
		for k := range p.M {
			var x float64
			p.Real(k, &x, -1e15, 1e15)
			v.Params[k] = x
		}
	}
	s.Done()
	return v
}

// defaultSimVenue is a venue in the same city: 100 us each way.
func defaultSimVenue() SimVenue {
	near := Latency{Base: 100 * time.Microsecond}
	return SimVenue{Order: near, Feed: near}
}

func (s *section) latency(l *Latency) {
	s.Duration("base", (*int64)(&l.Base), 0, time.Minute)
	s.Duration("jitter", (*int64)(&l.Jitter), 0, time.Minute)
	s.Duration("tail", (*int64)(&l.Tail), 0, time.Minute)
	s.Real("tail_prob", &l.TailProb, 0, 1)
	s.Done()
}
