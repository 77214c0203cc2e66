// Package store is the relational projection of a journal: parents, children, executions, decisions, outcomes, client
// reports, alerts, starts and the models in force, in SQLite (a path, the default) or PostgreSQL (a URL), with one schema and one behavior.
//
// The journal is the truth and the store can always be rebuilt from it, so the store may fall behind, be slow or be
// gone, and nothing else changes (PRJ-04). A projection reads the journal from its watermark and applies what it reads:
//
//	st, err := store.Open(ctx, "demo-data/sluice.db")            // or postgres://user@host/db; migrates
//	src := store.Source{Projection: "main", Instance: instance}  // the journal's birth, from event.Configured
//	from, err := st.Watermark(ctx, src)                          // 0 at first; more than the journal's end: not this journal
//	err = st.Apply(ctx, src, records, upto)                      // rows and watermark in one transaction (PRJ-01)
//
// Apply ignores kinds that it does not project, so a reader may hand over everything it reads, events and commands.
// A record at or below the watermark changes nothing, and a row is only ever replaced by a later record of the same
// thing. Reads give back the very bodies that were journaled:
//
//	rows, err := st.Parents(ctx, store.ParentFilter{Symbol: "AMZN", Limit: 50})
//	all, err := st.Dossier(ctx, store.KeyOf(rows[0]))             // parent, children, executions, … of one snapshot
//	err = st.EachDecision(ctx, store.DecisionFilter{}, fn)        // all decisions with what they cost, page by page
//	lines, err := st.Venues(ctx, store.StatsFilter{From: open})  // per-venue sums
//
// # Rows
//
// Every row carries the journal's instance in its key, so journals can share a store, and the seq of the record that
// made it. Its body column is the journaled body (for a child: a RecordChild, also where a SendChild made the row); the
// other columns repeat what people filter and sum by, with the unit last in their name: _micros are micro-dollars, _ns
// are Unix nanoseconds, UTC; quantities are shares. Money, prices and quantities are integers; floats are estimates, and
// an estimate that is not finite is NULL. Enumerations are stored by the name their String gives.
//
// Text is stored as it came, except that a NUL, a byte that is no UTF-8 and a backslash are written as \x00, \xFF and
// \\, because PostgreSQL stores neither of the first two and two identifiers must never become one.
//
// A fill's key is the instance and (trade date, venue, ExecID, OrderID), ER-12; a decision's is the instance and its
// number (PRJ-02); outcomes, alerts, starts and models have the seq of their record.
//
// # Days and users
//
// Executions belong to their trade date; decisions, outcomes and reports to the UTC day of their time. PostgreSQL has a partition
// a day and no default one: [Open] and [Store.Apply] make those of the next seven days, and a day that was not made ahead is made
// when its rows come and told by [Store.Missed] (PRJ-03). [Store.ReadDay] and [Store.DropDay] are what package archive moves days
// to files with (PRJ-07). [Store.Grant] shares a database with a writer that may add and a reader that may read (SEC-07).
//
// # Training
//
// [Store.EachTold] gives decisions with their children and outcomes in the order of time, up to a training cut (SWP-01);
// [Store.EachParent] gives finished orders with what they say of impact.
//
// # SQLite
//
// Write-ahead log, one writer, readers beside it that see the last commit, busy timeout 5 s, synchronous=NORMAL: a
// power loss may take the last commits, and their watermark with them, so that they are applied again (PRJ-05). A store
// that is to outlive its journal as the only archive should be PostgreSQL.
package store
