// Package mutants breaks Sluice on purpose, one rule at a time, and holds that its tests notice (TEST-03): a suite is
// trusted for what it catches, not for what it runs.
//
// A mutant is a change of one place of the real sources. It is given to the compiler by -overlay, so that no source is
// touched. The list is plain code beside what it breaks: TestMutantsFit, which always runs, fails when a mutant's text is
// no longer found exactly once, so that the list cannot rot; `make mutants` compiles and runs them all.
//
// A mutant that survives is a hole in the suite, and is answered by a test or an invariant, not by taking it off the list.
// The exception is one that is equivalent: the code around it makes up for the change, so that nothing anybody could
// observe differs. Such a mutant proves nothing either way and is replaced by one that breaks the rule for good. Several
// rules are held twice by design (INV-01 by the allocator and by the last gate): each guard has a mutant of its own, run
// against tests that see that guard alone. The names ending in "always" are those that may never survive: an allocator or
// a last gate that forgets fills, as in the Knight loss, a trade booked twice, and an old order sent again.
package mutants

// mutant is one seeded bug.
type mutant struct {
	name     string
	rule     string // what it breaks
	file     string // from the module's root
	old, new string // old is there exactly once
	tests    string // what should catch it: a suite of suites
	always   bool   // it may never survive
}

// suites are the test commands by name; each is a slice of what `make test` runs.
var suites = map[string][]string{
	"router":  {"./internal/router", "-run", "TestRandomWorlds|TestModelDuel", "-worlds", "300", "-rapid.nofailfile"},
	"engine":  {"./internal/router", "-skip", "TestRandomWorlds|TestModelDuel|Soak|Fuzz"},
	"order":   {"./internal/order"},
	"risk":    {"./internal/risk"},
	"shard":   {"./serve/shard", "-short"},
	"store":   {"./fixgw/store"},
	"session": {"./fixgw/session", "-short"},
	"fixgw":   {"./fixgw", "-short"},
	"journal": {"./internal/journal", "-short"},
}

// list is every mutant.
var list = []mutant{
	// The allocator and the last gate (INV-01, INV-07, INV-10).
	{"the allocator ignores fills", "INV-01", "internal/router/execution.go", "	p.Cum += b.Qty\n", "", "router", true},
	{"the allocator ignores what works", "INV-01", "internal/router/state.go", "		q += c.Exposure()\n	}\n	return q\n}\n\n// unrouted", "		q += 0 * c.Exposure()\n	}\n	return q\n}\n\n// unrouted", "router", true},
	{"what works may be routed once more", "INV-01", "internal/router/state.go", "p.Leaves()-p.exposure()-p.withheld", "p.Leaves()-p.withheld", "engine", false},
	{"a child in doubt is free when its link drops", "RACE-10", "internal/order/child.go", "	if c.State.Done() {\n		return 0\n	}\n	open := c.Leaves", "	if c.State.Done() || c.InDoubt {\n		return 0\n	}\n	open := c.Leaves", "router", true},
	{"the last gate ignores what was taken", "RISK-01", "internal/risk/last.go", "c.Qty <= 0 || c.Qty > p.terms.Qty-p.taken:", "c.Qty <= 0:", "risk", true},
	{"the last gate ignores fills", "RISK-01", "internal/risk/last.go", "	filled := max(c.cum, c.venueCum)\n	if c.ended {", "	filled := min(0, c.cum)\n	if c.ended {", "risk", true},
	{"the last gate credits a pending replace", "RACE-04", "internal/risk/last.go", "		most = max(most, r.qty)\n", "		most = min(most, r.qty)\n", "risk", false},
	{"the last gate lets a stopped parent go on", "RISK-01", "internal/risk/last.go", "	case p.stopped:\n", "	case p.stopped && p.done:\n", "risk", false},
	{"the last gate sends an id twice", "RISK-06", "internal/risk/last.go", "	case g.children[c.ID] != nil:\n", "	case g.children[c.ID] != nil && p.done:\n", "risk", true},
	{"the last gate forgets the halt", "KILL-01", "internal/risk/last.go", "	case g.halted(p, c.Venue):\n		return refuse(\"KILL-01\", reasonBroker, \"new orders are halted\")\n	case p.stopped", "	case p.stopped", "risk", false},
	{"one person lifts a halt", "KILL-03", "internal/router/halt.go", "	if why := e.gate.TwoPersons(b.Actor, b.Approver, b.Reason); why != \"\" {\n		e.raise(event.Warn, \"KILL-03\"", "	if why := \"\"; why != \"\" {\n		e.raise(event.Warn, \"KILL-03\"", "engine", true},
	{"the last gate lifts a halt that the engine keeps", "KILL-03", "internal/risk/observe.go", "		g.decision = decision{lifts: true, scope: scope{b.Client, b.Symbol, b.Venue, b.Algorithm}}\n", "		g.halts.remove(scope{b.Client, b.Symbol, b.Venue, b.Algorithm})\n", "risk", true},
	{"a person widens what the client allows", "INV-07", "internal/order/parent.go", "	if b.Limit > 0 && (t.Limit == 0 || t.Side.Worse(t.Limit, b.Limit)) {", "	if b.Limit > 0 {", "engine", false},
	{"a person's limit binds nothing that works", "INV-07", "internal/router/intake.go", "		if t := p.Bounds.Within(p.ask.terms); !e.fits(p, &t) {", "		if t := p.ask.terms; !e.fits(p, &t) {", "engine", false},
	{"a sweep trades through", "RULE-02", "internal/router/rules.go", "			if worst > 0 && (h.Limit <= 0 ||", "			if worst < 0 && (h.Limit <= 0 ||", "engine", false},
	{"a pending replace has no exposure", "RACE-04", "internal/order/child.go", "c.ReplaceQty-c.Cum > open {", "c.ReplaceQty-c.Cum < 0 {", "order", false},
	{"children are sent while a request is pending", "INV-10", "internal/router/work.go", "p.Hold == order.HoldNone && p.ask.kind == noRequest &&\n", "p.Hold == order.HoldNone &&\n", "router", false},
	{"a halt leaves what works at its venues", "KILL-07", "internal/router/halt.go", "				e.cancelChild(c, \"halted\")\n", "", "engine", false},
	{"a held parent goes on", "INV-10", "internal/router/work.go", "!p.State.Done() && p.Hold == order.HoldNone && ", "!p.State.Done() && ", "router", false},
	{"new terms do not bind what works", "INV-07", "internal/router/replace.go", "	return beyond(t, c.Limit) || c.PendingReplace", "	return c.PendingReplace", "router", false},
	{"children are sent while the router is degraded", "JRN-10", "internal/router/work.go", "e.degraded < event.DegradedChildren &&", "e.degraded < 1+event.DegradedChildren &&", "router", false},
	{"a trade that its client does not know freezes nothing", "INV-10", "internal/router/request.go", "	e.freeze(p, c, \"DK\", ", "	e.raise(event.Page, \"DK\", p, c, ", "engine", false},
	{"a replace that was refused is taken for in force", "DEF-03", "internal/router/replace.go", "		e.replaceRefused(c)\n	case c.PendingCancel", "		e.replaceAccepted(c, b.Request, 0, 0)\n	case c.PendingCancel", "engine", false},

	// Bookings (ER-12 to ER-22).
	{"a trade that comes again is booked again", "ER-12", "internal/router/childreport.go", "	if old := c.exec(b.ExecID); old != nil {\n", "	if old := c.exec(b.ExecID); old != nil && b.Qty < 0 {\n", "router", true},
	{"trades are told apart by their order alone", "ER-12", "internal/router/execution.go", "		if x.Key.ExecID == id || slices.Contains(x.ids, id) {", "		if x.Child == c.ID {", "router", true},
	{"a bust is taken twice", "ER-20", "internal/router/execution.go", "	if x.Busted || r.execID == \"\" &&", "	if x.Busted && r.ref == \"\" || r.execID == \"\" &&", "router", true},
	{"a revision that comes again is taken again", "ER-13", "internal/router/execution.go", "	if r.execID != \"\" && (c.exec(r.execID)", "	if r.execID == \"\" && (c.exec(r.execID)", "engine", true},
	{"a revision that overtook its trade is lost", "ER-21", "internal/router/execution.go", "		c.parked = append(c.parked, r)\n", "", "router", false},
	{"the same trade with other content passes", "ER-13", "internal/router/childreport.go", "		if len(old.ids) == 0 && !old.Busted {", "		if len(old.ids) < 0 && !old.Busted {", "engine", false},
	{"a trade after the end is dropped", "RACE-02", "internal/router/childreport.go", "	if b.Qty <= 0 || b.Px <= 0 || b.ExecID == \"\"", "	if c.State.Done() || b.Qty <= 0 || b.Px <= 0 || b.ExecID == \"\"", "router", true},
	{"a bust leaves the value", "ER-02", "internal/router/execution.go", "	p.Notional = p.Notional.Sub(was).Add(is)\n", "	p.Notional = p.Notional.Add(is)\n", "router", false},
	{"what a bust frees is routed again", "ER-22", "internal/router/execution.go", "	p.withheld += freed\n", "	_ = freed\n", "engine", false},
	{"a bust is not told to the client", "ER-22", "internal/router/execution.go", "	r := e.report(p, execType)\n	r.RefExecID, r.LastQty", "	r := &event.ReportParent{}\n	r.RefExecID, r.LastQty", "router", true},
	{"a trade revives a canceled order", "RACE-02", "internal/order/state.go", "RACE-02: a fill after the end is real; leaves stay 0\n			return s, true", "RACE-02: a fill after the end is real; leaves stay 0\n			return filledOr(working(cum), leaves), true", "router", false},
	{"a bust revives a canceled order", "ER-20", "internal/order/state.go", "// leaves stay 0 and 39 stays\n			return s, true", "// leaves stay 0 and 39 stays\n			return working(cum), true", "router", false},
	{"an acceptance after a fill undoes its state", "ER-15", "internal/order/state.go", "			return s, true // an acceptance that arrives after its first fill", "			return New, true // an acceptance that arrives after its first fill", "router", false},

	// Ends, doubt and recovery (ER-15, REC-04, REC-06, DEF-15).
	{"an end frees what its last trades fill", "ER-15", "internal/router/childreport.go", "	if b.What.Ends() && b.Cum > c.Cum {", "	if b.What.Ends() && b.Cum > c.Cum+1<<40 {", "router", true},
	{"a status that counts more is believed", "REC-04", "internal/router/childlife.go", "	if b.Cum != c.Cum { // its reports", "	if b.Cum < c.Cum { // its reports", "router", false},
	{"what filled after it counted as never sent stays so", "REC-04", "internal/router/childreport.go", "	if b.Leaves > 0 && c.presumed() &&", "	if b.Leaves > 1<<40 && c.presumed() &&", "engine", false},
	{"a replace under way has no price to cross", "RISK-18", "internal/router/rate.go", "(x.PendingReplace || x.maybe != 0) && meets(c, x.ReplaceLimit)", "x.PendingReplace && x.maybe == 0 && meets(c, x.ReplaceLimit)", "engine", false},
	{"what a bust brings back works under a halt", "KILL-01", "internal/router/haltprogress.go", "		e.cancelChild(c, \"halted\")\n", "", "engine", false},
	{"a replace that waited is not judged again", "RISK-03", "internal/router/intake.go", "	if r.Passed() {\n		return false\n	}\n	p.ask = request{}\n", "	if r.Passed() || p.ask.kind == replaceRequest {\n		return false\n	}\n	p.ask = request{}\n", "engine", false},
	{"one unknown-order answer frees a child", "REC-04", "internal/router/childlife.go", "	enough := unknownTwice\n", "	enough := 1\n", "engine", false},
	{"an order is canceled while a child works", "DEF-15", "internal/router/intake.go", "	default:\n		e.lapse(p)\n		if p.exposure() > 0 {\n", "	default:\n		e.lapse(p)\n		if p.exposure() > 1<<40 {\n", "router", true},
	{"a cancel that was refused is never asked again", "RACE-06", "internal/router/childlife.go", "		e.cancelChild(c, \"asked again\")\n		return\n", "		return\n", "engine", false},
	{"a cancel overtakes the acknowledgement", "RACE-05", "internal/router/childlife.go", " || e.awaitsAck(c) {", " {", "engine", false},
	{"a cancel waits for an acknowledgement that never comes", "RACE-05", "internal/router/childlife.go", "	return e.now.Sub(c.asked) < e.cfg.Tactics.SettleWait\n", "	return true\n", "engine", false},
	{"a cancel that waited is forgotten", "RACE-05", "internal/router/childreport.go", "	e.heldCancel(c)\n}\n\n// heard", "}\n\n// heard", "engine", false},
	{"an intent that never left is in doubt for ever", "REC-06", "internal/router/childlife.go", "			if slices.Contains(notSent, c.ID) {", "			if c.ID == 0 && slices.Contains(notSent, c.ID) {", "router", false},
	{"nothing is in doubt after a restart", "REC-06", "internal/router/childlife.go", "			c.doubt(e.now)\n			c.PendingCancel = false\n		}\n		e.afterChild(p, \"restart\")", "			c.PendingCancel = false\n		}\n		e.afterChild(p, \"restart\")", "router", false},
	{"a venue that is back is not asked", "REC-04", "internal/router/childlife.go", "				} else {\n					e.query(c)\n				}\n			}\n			if c.canceling {", "				}\n			}\n			if c.canceling {", "router", false},

	// What clients are told (ER-04, ER-06, ER-23, FIX-03).
	{"a replace that fills overtook is below them", "ER-06", "internal/router/intake.go", "	p.Terms.Qty = max(p.Terms.Qty, p.Cum)\n", "", "router", false},
	{"the id advances when a request comes", "ER-04", "internal/router/intake.go", "	p.ask = request{kind: replaceRequest, clOrdID: b.ClOrdID, orig: p.ClOrdID, terms: t}\n", "	p.ask = request{kind: replaceRequest, clOrdID: b.ClOrdID, orig: p.ClOrdID, terms: t}\n	p.ClOrdID = b.ClOrdID\n", "router", false},
	{"11 and 41 change places", "ER-04", "internal/router/clientreport.go", "	r.ClOrdID, r.OrigClOrdID = p.ask.clOrdID, p.ClOrdID\n", "	r.OrigClOrdID, r.ClOrdID = p.ask.clOrdID, p.ClOrdID\n", "router", false},
	{"an ExecID is used twice", "ER-23", "internal/router/clientreport.go", "ExecID: e.lastReport, ClOrdID: p.ClOrdID", "ExecID: e.lastReport / 2, ClOrdID: p.ClOrdID", "router", true},
	{"a ClOrdID that was used makes a second order", "FIX-03", "internal/router/intake.go", "	if id, known := e.names[key]; known {\n		e.repeated", "	if id, known := e.names[key]; known && b.Resend {\n		e.repeated", "router", true},
	{"a pending cancel is not told", "ER-03", "internal/router/clientreport.go", "	case p.ask.kind == cancelRequest:\n		return '6'\n", "", "router", false},

	// Models and venues that are left (SWP-05, SAF-04).
	{"what outcomes share tells equal models apart", "SWP-05", "internal/router/vigil.go", "	b.swift.bet((d - margin) / vigilClip)\n", "	b.swift.bet(d / vigilClip)\n", "engine", false},
	{"two observations of a model are of one time", "SWP-05", "internal/router/vigil.go", "	if decided < b.since {\n", "	if decided < 0 {\n", "engine", false},
	{"an order directed to a slow venue waits", "FIX-07", "internal/router/candidate.go", "v.rests > e.now && (p.directed < 0 || v.because != restSlow)", "v.rests > e.now", "engine", false},

	// Sessions, numbers and the way out (CB-01, JRN-03, STO-02 to STO-04, REC-08).
	{"an old order is replayed", "CB-01", "fixgw/session/callbacks.go", "		if isOrder(kind) {\n			return quickfix.ErrDoNotSend", "		if isOrder(nil) {\n			return quickfix.ErrDoNotSend", "session", true},
	{"orders are kept to be sent again", "CB-01", "fixgw/store/store.go", "	if !s.reports || isAdmin(msg) {\n", "	if isAdmin(msg) {\n", "store", true},
	{"the kill flag stops nothing at the exit", "KILL-01", "fixgw/session/sender.go", "	if it.report || s.cfg.Gate == nil {\n", "	if it.report || it.Class != Cancel || s.cfg.Gate == nil {\n", "session", false},
	{"the kill flag is not asked once more", "PACE-05", "fixgw/session/callbacks.go", "		return s.cfg.Gate(&out) //", "		_ = out\n		return nil //", "session", false},
	{"a gap is filled one number early", "DEF-17", "fixgw/session/gap.go", "store.NextTargetMsgSeqNum() <= open {", "store.NextTargetMsgSeqNum() < open {", "session", false},
	{"a gap fill is one number off", "STO-03", "fixgw/store/resend.go", "			hole = entry.num - 1\n", "			hole = entry.num - 2\n", "store", true},
	{"an unclean stop uses numbers again", "STO-04", "fixgw/store/state.go", "		s.sender = max(s.sender, s.limit)\n", "", "store", true},
	{"a number is used before its block is durable", "STO-04", "fixgw/store/store.go", "	if num >= s.durable {\n", "	if num >= s.durable+s.cfg.Block {\n", "store", true},
	{"the inbound number stands still", "STO-02", "fixgw/store/store.go", "	r := record{op: opTarget, value: uint64(next)}\n", "	r := record{op: opTarget, value: uint64(next - 1)}\n", "store", false},
	{"commands leave before they are durable", "JRN-03", "serve/shard/release.go", "		if err := s.journal.Wait(ctx, r.seq); err != nil {", "		if err := s.Err(); err != nil {", "shard", true},
	{"the last gate is passed by", "RISK-01", "serve/shard/release.go", "		if !refusal.Passed() {\n			s.deny(c, refusal)", "		if !refusal.Passed() && c.Child.ID == 0 {\n			s.deny(c, refusal)", "shard", true},
	{"reports that no session took are not sent again", "REC-08", "serve/shard/unsent.go", "			out = append(out, released{seq: p.seq, body: p.body})\n", "			_ = p\n", "shard", true},
	{"reports that a session took are sent again", "REC-08", "serve/shard/unsent.go", "		c.reports = c.reports[i+1:]\n", "		c.reports = c.reports[i:]\n", "shard", false},

	// The mapping (ER-19, DEF-02, DEF-03).
	{"a 4.2 bust is read as a trade", "ER-19", "fixgw/exectype.go", "		case \"1\":\n			return execBust\n", "		case \"1\":\n			return execTrade\n", "fixgw", true},
	{"a replace carries what is left, not the total", "ER-06", "fixgw/venueout.go", "	p.writeOrder(m, sent, c.Qty, c.Type, c.Limit, c.TIF)\n", "	p.writeOrder(m, sent, c.Qty-sent.Child.Qty/2, c.Type, c.Limit, c.TIF)\n", "fixgw", false},
	{"the last and the filled quantity are mixed up", "FIX-12", "fixgw/clientout.go", "	putQty(m, tagLastQty, r.LastQty)\n", "	putQty(m, tagLastQty, r.Cum)\n", "fixgw", false},
	{"a possible resend is not marked", "ER-18", "fixgw/clientout.go", "	if r.Resend {\n", "	if r.Resend && r.Parent == 0 {\n", "fixgw", false},

	// The journal (JRN-02, JRN-05, JRN-06).
	{"a checksum is not looked at", "JRN-01", "internal/journal/record.go", "	if binary.LittleEndian.Uint32(b[offCRC:]) != checksum(b[:f.size], salt) || b[offFlags] != 0 {", "	if b[offFlags] != 0 {", "journal", true},
	{"a commit is not synced", "JRN-02", "internal/journal/commit.go", "	if j.cfg.Sync == Durable {\n		if err := j.sync(next)", "	if j.cfg.Sync != Durable {\n		if err := j.sync(next)", "journal", true},
	{"damage in the middle passes for a torn tail", "JRN-06", "internal/journal/scan.go", "		if fr.Seq == next || fr.certain() > next {", "		if fr.Seq == next && fr.certain() > next {", "journal", false},
	{"a journal goes on after an error", "JRN-05", "internal/journal/commit.go", "				j.fail(err)\n				<-j.closing\n				return\n", "				continue\n", "journal", true},
	{"a number is left out of the journal", "JRN-01", "internal/journal/commit.go", "	j.next.Store(r.Seq + 1)\n", "	j.next.Store(r.Seq + 2)\n", "journal", false},
}
