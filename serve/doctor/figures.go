package doctor

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/market"
)

// figures looks for what a file may say and hardly means: a venue that is free because no fees of it are in force, and figures of
// another unit than their key names. Costs, sizes and limits are reckoned with them, and nothing else would show it.
func (d *doctor) figures() {
	today, odd := market.DateUTC(marketTime(d.Now())), 0
	warn := func(remedy, format string, args ...any) {
		odd++
		d.report.add("figures", Warn, remedy, format, args...)
	}
	for i := range d.file.Venues {
		v := &d.file.Venues[i]
		if _, ok := v.Fee(today, market.Removed, market.Dollar, 1); !ok {
			warn("give it a [[venue.fees]] from today or before, also where it is free", "venue %s has no fees in force on %v: what trades there counts as free", v.Name, today)
		}
		if p := v.History.FillRatePct; p > 0 && p < 1 {
			warn(percent(p), "venue %s: history.fill_rate_pct is %v percent", v.Name, p)
		}
	}
	for i := range d.file.Instruments {
		in := &d.file.Instruments[i]
		if v := in.DayVolBps; v > 0 && v < leastDayVolBps || v > mostDayVolBps {
			warn("basis points are meant: 180 is 1.8 % a day", "instrument %s: day_vol_bps is %v, %.4g %% a day", in.Symbol, v, v/100)
		}
		if v := in.SpreadBps; v > mostSpreadBps {
			warn("basis points are meant: 5.5 is 0.055 %", "instrument %s: spread_bps is %v, %.4g %% of the price", in.Symbol, v, v/100)
		}
	}
	switch v := d.file.Limits.MaxADVPct; {
	case v > 100:
		warn("want a part of it, such as 5 (RISK-02)", "limits.max_adv_pct lets one order be %.4g times the average daily volume", v/100)
	case v > 0 && v < leastADVPct:
		warn(percent(v), "limits.max_adv_pct is %v percent of the average daily volume", v)
	}
	if odd == 0 {
		d.report.add("figures", OK, "", "fees are in force at every venue, and no figure looks like one of another unit")
	}
}

// Beyond these a figure is taken for one of another unit: US shares move between 50 and 1000 bps a day, trade at 1 to 300.
const (
	leastDayVolBps = 5
	mostDayVolBps  = 5_000
	mostSpreadBps  = 2_000
	leastADVPct    = 0.01
)

// percent tells of a figure that looks like a fraction.
func percent(p float64) string {
	return fmt.Sprintf("percent are meant: if it is a fraction, write %.4g", p*100)
}
