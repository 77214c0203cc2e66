package config

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/market"
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
	if r.Forbids != "" && r.Forbids != market.ForbidsTradeThrough && r.Forbids != market.ForbidsLockCross {
		s.Problem("forbids", fmt.Sprintf("is %q", r.Forbids), "want "+market.ForbidsTradeThrough+" or "+market.ForbidsLockCross+", or leave it out to have the rule on record")
	}
	s.Done()
	return r
}
