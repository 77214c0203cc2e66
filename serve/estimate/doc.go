// Package estimate says before a trade what it is expected to cost, by part and with intervals, how much of it fills where, and
// which model says so.
//
// The figures of one share are the engine's own, as its next decision would see them ([router.Outlook]). What is added here is
// how an order gets through the pecking order while its time lasts, and the impact of the whole order by the square-root law:
//
//	cost = Σ_s share_s·(spread_s + fee_s + toxicity_s) + Y·σ_D·√(Q/V) + leakage + unfilled·opportunity
//
// Shares are of the order. A stage's share is what its venues are expected to fill in the waves that fit into the order's time,
// at most a quarter of what usually trades there meanwhile; the sweep takes the rest. Two intervals are given: how well the
// expectation is known, and, with the market's own moves σ_D·√(T/3), where the cost of one such order lies. Both are 90 %.
package estimate
