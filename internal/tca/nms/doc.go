// Package nms makes execution-quality and routing tables in the manner of Rules 605 and 606 of Regulation NMS (17 CFR 242.605
// and 242.606) from the records of parents: what went to each venue, how it was met, and what was paid. It is pure.
//
// The unit is the child order, as the venue got it: never the parent, however many children it had. A child counts once, whatever
// was asked of it: what it left unfilled when it ended is canceled once, however many cancels and replaces were sent (INC-08).
// A bust takes its shares back from the fills of the order; they are canceled then, or open again.
//
// Definitions, in our words. M is the midpoint of the national best bid and offer, s is +1 for a buy and −1 for a sell:
//
//	effective spread   2·s·(p − M)   M when the order was received
//	realized spread    2·s·(p − M')  M' a horizon after the execution, from its markout
//	quoted spread      ask − bid     when the order was received
//	price improvement  by how much p is better than the quote that the order could have taken
//	effective/quoted   the sum of effective spreads over the sum of quoted ones, by shares
//
// all of them averages weighted by shares (definitions of 17 CFR 242.600(b), "average effective spread" and its neighbors). An
// order is received when it went on the wire, with the limit it had then; the quote is the one that its decision saw, for we do not see the
// venue's clock. Its shares are those it had last, where replaces changed them.
//
// The order types are those of the amendment of 2024 (release 34-99679, 89 FR 26428) without stop orders, of which there are
// none. That its sizes are by notional value in dollars, and by whether the order is for a fractional share, an odd lot, or a
// round lot or more, in place of numbers of shares, is what the Commission's fact sheet of the release says, and its summary
// (89 FR 26428, document 2024-05556) that realized spreads are of several horizons and times in milliseconds or finer. The
// eight ranges of dollars here are not confirmed from the text of 242.600(b): verify them, and all of this, against the rule in
// force before a figure leaves the firm. Orders are in whole shares, so there is no fractional class; times to execution are
// in finer classes, of which coarser ones are sums, and spreads are realized at those of the rule's horizons at which the router
// measures markouts. Orders that were received while the quote was crossed stand apart, as under the exemption that the order
// of 2026-04-01 rescinded: a filing has them in its rows. These are tables in the manner of the rule, no filing.
//
// Monthly is the record of 26 fields that Rule 605 had before, as market centers publish it: its columns and rounding are tested
// against one of their files.
//
// Every total must agree with the parents' reconciliation to the share, or the table is refused with the reason (BX-02).
package nms
