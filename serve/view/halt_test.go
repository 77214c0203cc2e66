package view

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

func (f *feed) flat(i int) Flat {
	f.t.Helper()
	h := f.v.Snapshot().Halts
	if len(h) <= i {
		f.t.Fatalf("%d halts, want more than %d", len(h), i)
	}
	return h[i].Progress
}

// TestFlat: a halt is flat only when every child of its scope is confirmed gone; what is unknown is not (KILL-04, KILL-07, INC-10).
func TestFlat(t *testing.T) {
	f := newFeed(t, Options{})
	f.apply(child(1, 0, 600), child(2, 1, 100), child(3, 0, 50), &event.ChildAccepted{Child: 1}, &event.ChildAccepted{Child: 3})
	f.apply(&event.Halted{Venue: "DARKA", Actor: "ann"})
	if got := f.flat(0); got.Before != 2 || got.Open != 2 || got.Flat || got.Late {
		t.Errorf("at the halt: %+v", got)
	}
	f.apply(&event.CancelChild{Child: 1}, &event.CancelChild{Child: 3})
	if got := f.flat(0); got.Asked != 2 || got.Open != 0 || got.Confirmed != 0 || got.Flat {
		t.Errorf("cancels sent: %+v", got)
	}
	f.apply(&event.ChildDone{Child: 1, What: order.WasCanceled, Request: 1})
	if got := f.flat(0); got.Asked != 1 || got.Confirmed != 1 || got.Flat {
		t.Errorf("one confirmed: %+v", got)
	}
	f.apply(&event.VenueDown{Venue: 0})
	f.seq += 6000 // six seconds pass
	f.apply(&event.Raise{})
	if got := f.flat(0); got.Unknown != 1 || got.Flat || !got.Late || got.FlatAt != 0 {
		t.Errorf("one unknown: %+v", got)
	}
	f.apply(&event.RecordOrphan{Orphan: 5, Report: event.ReportOrphaned{Venue: 0, Symbol: "ACME"}},
		&event.ChildDone{Child: 3, What: order.WasCanceled})
	if got := f.flat(0); got.Orphans != 1 || got.Flat {
		t.Errorf("an orphan is there: %+v", got)
	}
	f.apply(&event.RecordOrphan{Orphan: 5, Resolved: true, Report: event.ReportOrphaned{Venue: 0}})
	if got := f.flat(0); !got.Flat || got.FlatAt == 0 || got.Confirmed != 2 || got.Late {
		t.Errorf("all gone: %+v", got)
	}
	f.apply(&event.Halted{Algorithm: "block", Actor: "ann"}, &event.Halted{Client: "OTHER"}, &event.Halted{Client: "DESK"})
	for i, want := range []int{0, 0, 1} { // child 2 is the desk's, and of no block
		if got := f.flat(i + 1); got.Before != want || got.Flat != (want == 0) {
			t.Errorf("halt %d: %+v, want %d before", i+1, got, want)
		}
	}
}

// TestRefusedWords: what a person asked for counts once the engine has not refused it.
func TestRefusedWords(t *testing.T) {
	f := newFeed(t, Options{})
	wider := &event.LimitsChanged{Version: "v2", Limits: []byte(`{"MaxClientMoney":5000000}`)}
	f.apply(wider, &event.Raise{}, &event.AnswerPerson{Refused: true})
	if got := f.v.Snapshot().Engine.Limits; got != "default" {
		t.Errorf("limits %q after a refusal, want default", got)
	}
	f.apply(wider, &event.AnswerPerson{})
	if got, use := f.v.Snapshot().Engine.Limits, f.v.Uses(); got != "v2" || use[1].Limit != 5_000_000 {
		t.Errorf("limits %q, use %+v; want v2 and its limit", got, use)
	}
	off := &event.ControlSwitched{Control: "RISK-04", Off: true, Until: market.Time(market.Hour), Actor: "ann", Approver: "bob"}
	f.apply(off, &event.AnswerPerson{Refused: true})
	if got := f.v.Snapshot().Off; len(got) != 0 {
		t.Errorf("controls off: %v", got)
	}
	f.apply(off, &event.AnswerPerson{})
	if got := f.v.Snapshot().Off; len(got) != 1 || got[0].Approver != "bob" {
		t.Errorf("controls off: %v", got)
	}
	f.apply(&event.ControlSwitched{Control: "RISK-04", Actor: "ann"}, &event.AnswerPerson{})
	if got := f.v.Snapshot().Off; len(got) != 0 {
		t.Errorf("controls off: %v", got)
	}
}

// TestUses: what is open at its limit and what was executed count together, a bust takes back, a new day begins at nothing.
func TestUses(t *testing.T) {
	f := newFeed(t, Options{})
	f.apply(child(1, 0, 600), fill("x1", 1, 0, 400, 10*market.Dollar))
	u := f.v.Uses()
	if len(u) != 2 || u[1].Client != "DESK" || u[1].Executed != 4000*1e6 || u[1].Open != 11*600*1e6 || u[0].Open != u[1].Open || u[0].Executed != u[1].Executed {
		t.Errorf("uses %+v", u)
	}
	bust := fill("x1", 1, 0, 0, 10*market.Dollar)
	bust.Exec.Busted = true
	f.apply(bust)
	if u = f.v.Uses(); u[1].Executed != 0 || u[1].Open != 11*1000*1e6 {
		t.Errorf("after the bust: %+v", u)
	}
	f.apply(fill("x2", 1, 0, 100, 10*market.Dollar))
	late := fill("x3", 1, 0, 100, 10*market.Dollar)
	late.Exec.At = market.Time(25 * market.Hour)
	f.apply(late)
	if u = f.v.Uses(); u[1].Executed != 1000*1e6 {
		t.Errorf("on the next day: %+v", u)
	}
}
