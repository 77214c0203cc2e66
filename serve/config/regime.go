package config

import (
	"fmt"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/table"
)

// regime reads one dated rule (RULE-01).
func (s *section) regime() market.Regime {
	var r market.Regime
	for _, k := range [...]struct {
		key    string
		into   *string
		remedy string
	}{{"jurisdiction", &r.Jurisdiction, `name it, such as "US"`}, {"rule", &r.Rule, `name it, such as "611"`}, {"version", &r.Version, "give the version of the document that says so"}} {
		if s.Require(k.key, k.remedy) {
			s.Text(k.key, k.into)
		}
	}
	if s.Require("from", "give the first day on which it holds") {
		s.Date("from", &r.From)
	}
	s.Date("to", &r.To)
	if r.To != 0 && r.To < r.From {
		s.Problem("to", fmt.Sprintf("is %v, before from = %v", r.To, r.From), "a rule holds from a day to a later one, or leave to out")
	}
	s.Text("forbids", &r.Forbids)
	switch r.Forbids {
	case "", market.ForbidsTradeThrough, market.ForbidsLockCross:
	case market.ForbidsOutsideBand:
		r.Band = s.band()
	default:
		s.Problem("forbids", fmt.Sprintf("is %q", r.Forbids), "want "+market.ForbidsTradeThrough+", "+market.ForbidsLockCross+" or "+market.ForbidsOutsideBand+", or leave it out to have the rule on record")
	}
	s.Done()
	return r
}

// band reads the figures of a limit-up limit-down rule; what is left out is as the plan has it since 2020.
func (s *section) band() *market.BandRule {
	b := &market.BandRule{Tier1Bps: 500, Tier2Bps: 1_000, LowBps: 2_000, PennyBps: 7_500, Penny: market.Dollar * 15 / 100, DoubleFor: 25 * market.Minute}
	symbols := func(k string, into *[]market.Symbol) {
		var names []string
		s.Texts(k, &names)
		for _, n := range names {
			*into = append(*into, market.Symbol(n))
		}
	}
	symbols("tier1", &b.Tier1)
	symbols("exempt", &b.Exempt)
	table.Whole(s.Section, "tier1_bps", &b.Tier1Bps, 1, 10_000)
	table.Whole(s.Section, "tier2_bps", &b.Tier2Bps, 1, 10_000)
	table.Whole(s.Section, "low_bps", &b.LowBps, 1, 10_000)
	table.Whole(s.Section, "penny_bps", &b.PennyBps, 1, 10_000)
	table.Micro(s.Section, "penny_usd", &b.Penny, 1, 1)
	s.Duration("double_before_close", &b.DoubleFor, 0, 24*time.Hour)
	return b
}
