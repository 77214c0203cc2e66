package config

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
)

// capNames are the texts of `caps`, in the order of market.Caps.
var capNames = [...]struct {
	name string
	bit  market.Caps
}{
	{"midpoint", market.CapMidpoint}, {"min-qty", market.CapMinQty}, {"post-only", market.CapPostOnly},
	{"reserve", market.CapReserve}, {"d-limit", market.CapDLimit}, {"iso", market.CapISO},
	{"replace", market.CapReplace}, {"status", market.CapStatus}, {"hidden", market.CapHidden},
	{"mass-status", market.CapMassStatus}, {"mass-cancel", market.CapMassCancel},
	{"cancel-on-disconnect", market.CapCancelOnDisconnect}, {"keeps-priority", market.CapKeepsPriority},
}

func (f *File) decodeVenue(s *section, i int) Venue {
	v := Venue{Venue: market.Venue{ID: market.VenueID(i), Hours: f.Hours, QuoteMs: 1000}}
	if s.require("name", "give it a short name such as DARKA") {
		s.text("name", &v.Name)
		if !isName(v.Name, 16) {
			s.problem("name", fmt.Sprintf("is %q", v.Name), "want 1 to 16 letters, digits, _ - and .")
		}
	}
	if s.require("mic", "give its ISO 10383 market identifier code such as XNAS") {
		s.text("mic", &v.MIC)
		if !isName(v.MIC, 4) || len(v.MIC) != 4 || strings.ToUpper(v.MIC) != v.MIC {
			s.problem("mic", fmt.Sprintf("is %q", v.MIC), "want four capital letters or digits")
		}
	}
	if s.require("type", "want lit, ecn, inverted, dark or internalizer") {
		var text string
		s.text("type", &text)
		var err error
		if v.Type, err = market.ParseVenueType(text); err != nil {
			s.problem("type", fmt.Sprintf("is %q", text), "want lit, ecn, inverted, dark or internalizer")
		}
	}
	v.Caps = s.caps("caps")
	whole(s, "lot_shares", &v.Lot, 0, maxShares)
	whole(s, "max_qty_shares", &v.MaxQty, 0, maxShares)
	ttl := v.QuoteMs * market.Millisecond
	s.duration("quote_ttl", &ttl, 0, maxTime)
	if v.QuoteMs = ttl / market.Millisecond; ttl%market.Millisecond != 0 {
		s.problem("quote_ttl", fmt.Sprintf("is %v", time.Duration(ttl)), "want whole milliseconds")
	}
	if s.has("hours") {
		v.Hours = s.sub("hours").hours()
	}
	v.History = s.sub("history").history()
	for _, fs := range s.tables("fees", maxEntries) {
		v.Fees = append(v.Fees, fs.feeSchedule())
	}
	s.uniqueDates("fees", len(v.Fees), func(i int) market.Date { return v.Fees[i].From })
	if orders := s.sub("orders"); len(orders.m) > 0 {
		v.Orders = f.decodeSession(orders)
		v.decodeProfile(orders)
		orders.done()
	}
	if quotes := s.sub("market_data"); len(quotes.m) > 0 {
		v.MarketData = f.decodeSession(quotes)
		quotes.done()
	}
	v.checkCaps(s)
	s.done()
	return v
}

func (s *section) caps(k string) market.Caps {
	var names []string
	var caps market.Caps
	s.texts(k, &names)
	for _, n := range names {
		found := false
		for _, c := range capNames {
			if c.name == n {
				caps, found = caps|c.bit, true
			}
		}
		if !found {
			var known []string
			for _, c := range capNames {
				known = append(known, c.name)
			}
			s.problem(k, fmt.Sprintf("has %q, which is no order feature", n), "known: "+strings.Join(known, ", "))
		}
	}
	return caps
}

func (s *section) history() market.History {
	// The priors of a venue nobody measured: slow, average, in the middle.
	h := market.History{LatencyUs: 1000, FillRatePct: 50, Impact: 5}
	s.real("latency_us", &h.LatencyUs, 0, 60e6)
	s.real("fill_rate_pct", &h.FillRatePct, 0, 100)
	s.real("impact", &h.Impact, 1, 10)
	s.real("volume_share", &h.VolumeShare, 0, 1)
	s.done()
	return h
}

// feeSchedule reads one dated schedule. added_hidden and added_midpoint follow added, and removed_midpoint follows
// removed, unless they are given.
func (s *section) feeSchedule() market.FeeSchedule {
	var fs market.FeeSchedule
	if s.require("from", `give the date it is in force from, such as "2013-01-02"`) {
		s.date("from", &fs.From)
	}
	s.require("per_share_usd", `give at least { added = "-0.0020", removed = "0.0030" }; a rebate is negative`)
	per := s.sub("per_share_usd")
	byLiquidity(fs.PerShare[:], func(k string, into *market.Money) { micro(per, k, into, -market.Dollar, market.Dollar) })
	per.done()
	if fs.HasSubDollar = s.has("sub_dollar_pct"); fs.HasSubDollar {
		sub := s.sub("sub_dollar_pct")
		byLiquidity(fs.SubDollar[:], func(k string, into *market.Rate) {
			var millionths int64 // of a percent: 1e-8 of the notional, 10 parts per billion
			if micro(sub, k, &millionths, -10*market.Dollar, 10*market.Dollar); sub.has(k) {
				*into = market.Rate(millionths * 10)
			}
		})
		sub.done()
	}
	s.done()
	return fs
}

// byLiquidity reads one figure per liquidity with the defaults that feeSchedule tells.
func byLiquidity[T any](into []T, read func(string, *T)) {
	read("added", &into[market.Added])
	read("removed", &into[market.Removed])
	into[market.AddedHidden], into[market.AddedMid], into[market.RemovedMid] = into[market.Added], into[market.Added], into[market.Removed]
	read("routed", &into[market.RoutedOut])
	read("auction", &into[market.Auction])
	read("added_hidden", &into[market.AddedHidden])
	read("added_midpoint", &into[market.AddedMid])
	read("removed_midpoint", &into[market.RemovedMid])
}

func (s *section) uniqueDates(k string, n int, date func(int) market.Date) {
	seen := map[market.Date]bool{}
	for i := range n {
		d := date(i)
		if d != 0 && seen[d] {
			s.problem(k, fmt.Sprintf("has two schedules from %v", d), "keep one for each date")
		}
		seen[d] = true
	}
}

// checkCaps refuses features of which the session or its profile says that the venue has them not.
func (v *Venue) checkCaps(s *section) {
	if !v.Orders.IsSet() {
		return
	}
	if v.Caps.Has(market.CapStatus) && !v.Orders.Profile.StatusRequests {
		s.problem("caps", `has "status" although orders.profile.status_requests = false`, "keep the one that is true of the venue: does it answer 35=H?")
	}
	if v.Orders.Version == FIX42 && v.Caps&(market.CapMassStatus|market.CapMassCancel) != 0 {
		s.problem("caps", `has "mass-status" or "mass-cancel" although orders.version = "4.2"`, "remove them: 35=AF and 35=q came with later versions")
	}
}

func (f *File) decodeSession(s *section) Session {
	out := Session{OurCompID: f.FIX.CompID, Version: FIX44, Heartbeat: 30 * time.Second}
	if s.require("addr", `give host:port such as "127.0.0.1:9901"`) {
		s.text("addr", &out.Addr)
		s.addr("addr", out.Addr, false)
	}
	s.compID("our_comp_id", &out.OurCompID)
	if s.require("their_comp_id", "give the venue's CompID") {
		s.compID("their_comp_id", &out.TheirCompID)
	}
	s.version("version", &out.Version)
	s.duration("heartbeat", (*int64)(&out.Heartbeat), time.Second, time.Hour)
	s.text("username", &out.Username)
	s.secret("password", &out.Password)
	out.TLS = s.tls("addr", out.Addr)
	return out
}

// fixValue reads the value of a FIX field.
func (s *section) fixValue(k string, into *string) {
	s.text(k, into)
	if len(*into) > 64 || strings.ContainsFunc(*into, func(r rune) bool { return r < ' ' || r > '~' }) {
		s.problem(k, fmt.Sprintf("is %q", *into), "want at most 64 printable ASCII characters")
	}
}

func decodeInstrument(s *section) market.Instrument {
	in := market.Instrument{Tick: market.Dollar / 100, Lot: 100, DayVolBps: 200, SpreadBps: 5}
	if s.require("symbol", "give the ticker such as AMZN") {
		text := ""
		s.text("symbol", &text)
		if !isName(text, 16) {
			s.problem("symbol", fmt.Sprintf("is %q", text), "want 1 to 16 letters, digits, _ - and .")
		}
		in.Symbol = market.Symbol(text)
	}
	micro(s, "tick_usd", &in.Tick, 1, 1000*market.Dollar)
	whole(s, "lot_shares", &in.Lot, 1, maxShares)
	if s.require("adv_shares", "give the average daily volume; limits and dark clips are shares of it") {
		whole(s, "adv_shares", &in.ADV, 1, maxShares)
	}
	s.real("day_vol_bps", &in.DayVolBps, 0.01, 1e5)
	if s.require("prior_close_usd", "give the last closing price; collars use it before the first quote") {
		micro(s, "prior_close_usd", &in.PriorClose, 1, 10_000_000*market.Dollar)
	}
	s.real("spread_bps", &in.SpreadBps, 0, 1e5)
	s.reals("curve", &in.Curve, 0, 1)
	if len(in.Curve) > 0 {
		sum := 0.0
		for _, x := range in.Curve {
			sum += x
		}
		if math.Abs(sum-1) > 0.01 {
			s.problem("curve", fmt.Sprintf("sums to %.4f", sum), "the shares of the day's volume must sum to 1")
		}
	}
	s.done()
	return in
}

func decodeRegulatory(s *section) market.Regulatory {
	var r market.Regulatory
	if s.require("from", `give the date it is in force from, such as "2024-05-22"`) {
		s.date("from", &r.From)
	}
	var perMillion int64 // micro-dollars a million dollars: 1e-12 of the notional; 1000 of them are a part per billion
	micro(s, "section31_usd_per_million", &perMillion, 0, 10_000*market.Dollar)
	if perMillion%1000 != 0 {
		s.problem("section31_usd_per_million", "has more than three decimals", "round it to a tenth of a cent")
	}
	r.Section31 = market.Rate(perMillion / 1000)
	micro(s, "taf_usd_per_share", &r.TAF, 0, market.Dollar)
	micro(s, "taf_cap_usd", &r.TAFCap, 0, 1_000_000*market.Dollar)
	s.done()
	return r
}
