// Package tca reconciles a parent order with its executions and measures what it cost: average price, slippage against
// arrival and against the market's VWAP, spread capture, fees and rebates, markouts, participation, and the
// implementation shortfall in parts that add up to the micro-dollar. It is pure: what it reads are the journal's
// records, so the same records give the same report wherever they are kept.
//
// Notation: a buy has sign s = +1, every sell s = −1. Q shares are ordered, F filled at prices p over quantities q,
// U = max(0, Q − F) stay unfilled. A is the arrival mid, D the mid when a child was decided, M the mid when its fill
// reached us, E the mid at the end. A cost is positive when it is a loss.
//
// Implementation shortfall (Perold, "The implementation shortfall: paper versus reality", Journal of Portfolio
// Management, 1988) is the paper portfolio's gain less the real one's: had all Q traded at A for nothing,
//
//	total = s·(Σ p·q − F·A) + fees + s·U·(E − A).
//
// It is split, after Wagner and Edwards ("Best execution", Financial Analysts Journal, 1993), into
//
//	delay       s·Σ q·(D − A)   the market's move from arrival until the child was decided
//	timing      s·Σ q·(M − D)   its move from the decision to the fill: latency, and our own impact
//	spread      s·Σ q·(p − M)   what crossing cost, or providing earned (negative)
//	fees, rebates, regulatory   charges of venues (positive), payments by them (negative), regulators' charges
//	opportunity s·U·(E − A)     the move that the unfilled shares missed
//
// All seven are integers of micro-dollars, and their sum is the total by construction. A mid that is not known (a
// one-sided market) is taken to be the one before it, in the order A, D, M, E, so that its leg is zero and the next one
// carries the move; A itself falls back on the first mid that is known. Report says which was used.
//
// The reversion of a parent is the market's move after its last fill against its average price,
//
//	reversion   s·(Σ p·q − F·R)   R the mid a horizon after the last fill
//
// positive where the price came back. R is not observed by itself: it is the mid of the last fill, moved by that fill's markout,
// so there is one for every horizon at which markouts are measured. The temporary part of a metaorder's impact is what comes
// back (Almgren, Thum, Hauptmann, Li, "Direct estimation of equity market impact", Risk, July 2005, section 2).
//
// An execution counts on its trade date, whenever it was busted or corrected: the same report made later may show other figures
// of the same day, and then lists what changed them (Restated).
//
// # Tour
//
// reconcile.go is one parent's report, with shortfall.go, markout.go, reversion.go, charge.go, restated.go and breaks.go its
// parts; aggregate.go sums reports, group.go by a dimension, text.go and column.go are what people and programs read of it.
// explain.go, explanation.go and case.go are decisions in words. Package nms makes the tables of Rules 605 and 606 from the same records.
//
// Floating point is for ratios and basis points only, and a ratio whose denominator is zero is unknown, never zero.
package tca
