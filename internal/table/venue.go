package table

import (
	"fmt"
	"math"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
)

// maxShares bounds quantities: no real one reaches it, and sums cannot overflow.
const maxShares = int64(1e12)

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

// Caps reads the names of order features.
func (s *Section) Caps(k string) market.Caps {
	var names []string
	var caps market.Caps
	s.Texts(k, &names)
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
			s.Problem(k, fmt.Sprintf("has %q, which is no order feature", n), "known: "+strings.Join(known, ", "))
		}
	}
	return caps
}

// History reads what the desk believes of a venue.
func (s *Section) History() market.History {
	// The priors of a venue nobody measured: slow, average, in the middle.
	h := market.History{LatencyUs: 1000, FillRatePct: 50, Impact: 5}
	s.Real("latency_us", &h.LatencyUs, 0, 60e6)
	s.Real("fill_rate_pct", &h.FillRatePct, 0, 100)
	s.Real("impact", &h.Impact, 1, 10)
	s.Real("volume_share", &h.VolumeShare, 0, 1)
	s.Done()
	return h
}

// FeeSchedule reads one dated schedule. added_hidden and added_midpoint follow added, and removed_midpoint follows
// removed, unless they are given.
func (s *Section) FeeSchedule() market.FeeSchedule {
	var fs market.FeeSchedule
	if s.Require("from", `give the date it is in force from, such as "2013-01-02"`) {
		s.Date("from", &fs.From)
	}
	s.Require("per_share_usd", `give at least { added = "-0.0020", removed = "0.0030" }; a rebate is negative`)
	s.Sub("per_share_usd").PerShare(&fs)
	if fs.HasSubDollar = s.Has("sub_dollar_pct"); fs.HasSubDollar {
		sub := s.Sub("sub_dollar_pct")
		byLiquidity(fs.SubDollar[:], func(k string, into *market.Rate) {
			var millionths int64 // of a percent: 1e-8 of the notional, 10 parts per billion
			if Micro(sub, k, &millionths, -10*market.Dollar, 10*market.Dollar); sub.Has(k) {
				*into = market.Rate(millionths * 10)
			}
		})
		sub.Done()
	}
	s.Done()
	return fs
}

// PerShare reads a table of dollars a share into fs, as FeeSchedule does with per_share_usd.
func (s *Section) PerShare(fs *market.FeeSchedule) {
	byLiquidity(fs.PerShare[:], func(k string, into *market.Money) { Micro(s, k, into, -market.Dollar, market.Dollar) })
	s.Done()
}

// byLiquidity reads one figure per liquidity with the defaults that FeeSchedule tells.
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

// UniqueDates reports schedules of one date.
func (s *Section) UniqueDates(k string, n int, date func(int) market.Date) {
	seen := map[market.Date]bool{}
	for i := range n {
		d := date(i)
		if d != 0 && seen[d] {
			s.Problem(k, fmt.Sprintf("has two schedules from %v", d), "keep one for each date")
		}
		seen[d] = true
	}
}

// IsName reports whether name has 1 to limit letters, digits, _ - and dots.
func IsName(name string, limit int) bool {
	return name != "" && len(name) <= limit && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.')
	})
}

// Unique reports names that stand twice.
func (s *Section) Unique(key string, names []string) {
	first := map[string]bool{}
	for _, n := range names {
		if n != "" && first[n] {
			s.Problem(key, fmt.Sprintf("has %q twice", n), "give each its own name")
		}
		first[n] = true
	}
}

// Instrument reads a symbol: adv_shares and prior_close_usd must be given.
func (s *Section) Instrument() market.Instrument {
	in := market.Instrument{Tick: market.Dollar / 100, Lot: 100, DayVolBps: 200, SpreadBps: 5}
	if s.Require("symbol", "give the ticker such as AMZN") {
		text := ""
		s.Text("symbol", &text)
		if !IsName(text, 16) {
			s.Problem("symbol", fmt.Sprintf("is %q", text), "want 1 to 16 letters, digits, _ - and .")
		}
		in.Symbol = market.Symbol(text)
	}
	Micro(s, "tick_usd", &in.Tick, 1, 1000*market.Dollar)
	Whole(s, "lot_shares", &in.Lot, 1, maxShares)
	if s.Require("adv_shares", "give the average daily volume; limits and dark clips are shares of it") {
		Whole(s, "adv_shares", &in.ADV, 1, maxShares)
	}
	s.Real("day_vol_bps", &in.DayVolBps, 0.01, 1e5)
	if s.Require("prior_close_usd", "give the last closing price; collars use it before the first quote") {
		Micro(s, "prior_close_usd", &in.PriorClose, 1, 10_000_000*market.Dollar)
	}
	s.Real("spread_bps", &in.SpreadBps, 0, 1e5)
	s.Reals("curve", &in.Curve, 0, 1)
	if len(in.Curve) > 0 {
		sum := 0.0
		for _, x := range in.Curve {
			sum += x
		}
		if math.Abs(sum-1) > 0.01 {
			s.Problem("curve", fmt.Sprintf("sums to %.4f", sum), "the shares of the day's volume must sum to 1")
		}
	}
	s.Done()
	return in
}

// Regulatory reads one dated schedule of the regulators.
func (s *Section) Regulatory() market.Regulatory {
	var r market.Regulatory
	if s.Require("from", `give the date it is in force from, such as "2024-05-22"`) {
		s.Date("from", &r.From)
	}
	var perMillion int64 // micro-dollars a million dollars: 1e-12 of the notional; 1000 of them are a part per billion
	Micro(s, "section31_usd_per_million", &perMillion, 0, 10_000*market.Dollar)
	if perMillion%1000 != 0 {
		s.Problem("section31_usd_per_million", "has more than three decimals", "round it to a tenth of a cent")
	}
	r.Section31 = market.Rate(perMillion / 1000)
	Micro(s, "taf_usd_per_share", &r.TAF, 0, market.Dollar)
	Micro(s, "taf_cap_usd", &r.TAFCap, 0, 1_000_000*market.Dollar)
	s.Done()
	return r
}
