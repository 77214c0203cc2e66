package scenario

import "slices"

// A Range is what a parameter of a random scenario is drawn from.
type Range struct {
	Name   string
	Lo, Hi float64
	Log    bool // uniform in the logarithm instead of in the value
	About  string
}

// Ranges gives everything that [Random] draws, so that what holds on random scenarios holds on a stated family of markets.
// What is not in the table is as in balanced.toml.
func Ranges() []Range { return slices.Concat(flowRanges(), venueRanges(), workRanges()) }

// flowRanges is what is traded, and who trades in the market as a whole.
func flowRanges() []Range {
	return []Range{
		{"symbols", 1, 3, false, "stocks"},
		{"price", 8, 200, true, "last close, dollars"},
		{"day_vol_bps", 80, 350, true, "standard deviation of a day's return"},
		{"spread_ticks", 1, 5, true, "usual quoted spread"},

		{"volatility", 0.7, 1.5, true, "multiplies day_vol_bps"},
		{"jumps_per_hour", 0, 5, false, ""},
		{"lean_bps", 1, 6, true, "makers' move for a signed flow of 1/900 of the daily volume"},
		{"lean_s", 8, 40, true, "time constant of that memory"},
		{"taker_rate", 0.3, 1.5, true, "natural takers a second and symbol"},
		{"persist", 0.4, 0.85, false, "chance that a taker has the side of the one before"},
		{"hunt_rate", 0.5, 4, true, "looks of informed takers a second"},
		{"hunt_ahead_ms", 200, 1500, true, "how far ahead they know"},
		{"hunt_edge_ticks", 0.1, 0.5, false, ""},
		{"meta_rate", 0.003, 0.02, true, "other large orders a second and symbol"},
		{"meta_share", 0.05, 0.3, true, "their pace as a part of the daily volume's"},
		{"meta_passive", 0, 0.5, false, ""},
		{"meta_hidden", 0.1, 0.6, false, ""},
		{"arb_max", 300, 3000, true, "most that the arbitrageur owns, shares"},
		{"arb_lag_us", 100, 2000, true, ""},
		{"scout_hits", 2, 4, false, "fills of probes in a row that tell a scout of a block"},
		{"scout_take", 300, 2000, true, "shares that a scout takes ahead"},
		{"scouted", 0.1, 0.6, false, "share of venues with a scout"},
		{"scout_rate", 0.03, 1.5, true, "its visits a second"},
	}
}

// venueRanges is the venues, who trades at each, their fees, and what the desk believes.
func venueRanges() []Range {
	return []Range{
		{"lits", 2, 4, false, "venues of the type"},
		{"ecns", 1, 2, false, ""},
		{"inverteds", 0, 2, false, ""},
		{"darks", 2, 5, false, ""},
		{"internalizers", 0, 1, false, ""},
		{"link_us", 30, 1000, true, "order latency each way, base; the feed's is drawn from it too"},
		{"link_jitter", 0.1, 0.4, false, "mean jitter as a part of the base"},
		{"link_tail_ms", 1, 8, true, "mean of the rare tail"},
		{"makers", 1, 3, false, "a displayed venue's market makers"},
		{"maker_rate", 4, 20, true, "looks a second"},
		{"maker_lag_ms", 5, 50, true, "age of the fundamental they know"},
		{"maker_edge_ticks", 0.85, 1.3, false, ""},
		{"maker_size", 100, 500, true, "shares a level"},
		{"noise_rate", 0.05, 0.7, true, ""},
		{"noise_life_s", 2, 15, true, ""},
		{"taker_share", 0.3, 1.5, true, "times 4 at an inverted venue"},
		{"hunt_share", 0.5, 1, false, "times a quarter at an inverted venue"},
		{"block_rate", 0.004, 0.05, true, "latent blocks a second and symbol at a dark venue"},
		{"block_min", 200, 2000, true, "shares"},
		{"block_spread", 8, 40, true, "largest block as a multiple of the least"},
		{"block_life_s", 8, 90, true, ""},
		{"block_persist", 0.6, 0.95, false, ""},
		{"toxic", 0.15, 0.6, false, "chance that a pool is one of the informed"},
		{"informed_good", 0, 0.15, false, "informed share of a good pool's flow"},
		{"informed_toxic", 0.3, 0.95, false, "of a toxic one's, whose block_rate is doubled"},
		{"ahead_s", 1, 8, true, "how far ahead a pool's informed know"},
		{"ping_rate", 0.02, 0.3, true, "small immediate orders at a dark venue"},
		{"internal_rate", 0.01, 0.1, true, "the internalizer's natural orders"},

		{"maker_rebate_mils", 10, 28, false, "tenths of a mil: lit and ECN venues pay so much, 28 is $0.0028"},
		{"taker_fee_mils", 25, 30, false, "and charge so much"},
		{"inverted_fee_mils", 5, 24, false, "an inverted venue charges who adds"},
		{"inverted_rebate_mils", 1, 20, false, "and pays who takes, at most what it charges"},
		{"dark_fee_mils", 3, 14, false, "a dark venue charges both"},
		{"belief", 0.7, 1.4, true, "what the desk believes of a venue as a multiple of what is about true"},
	}
}

// workRanges is the parents and the change.
func workRanges() []Range {
	return []Range{
		{"every_s", 15, 40, true, "mean time between two parents of a symbol"},
		{"median_adv_pct", 0.008, 0.03, true, "median size of a parent"},
		{"sigma", 0.6, 1.1, false, ""},
		{"parent_persist", 0, 0.5, false, ""},
		{"weight", 0.3, 3, true, "of each sort of parents"},
		{"horizon_s", 25, 90, true, "shortest horizon of a sort; the longest is 2 to 3 times it"},

		{"changed", 0, 1, false, "below 0.4 there is one change, of a kind drawn equally"},
		{"change_at", 300, 1500, false, "parent at which it comes"},
	}
}
