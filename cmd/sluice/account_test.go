//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/serve/venues"
)

// venueSide is the venues' own account: from the reports as the market gave them, and from each order at the stop.
type venueSide struct {
	cum    map[string]market.Qty   // by ClOrdID, summed over executions
	orders map[string]venues.Truth // how each stands at the stop
	starts int
}

// readTruth reads what `sluice venues --truth` wrote. An ExecID counts once.
func readTruth(t *testing.T, path string) *venueSide {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v := &venueSide{cum: map[string]market.Qty{}, orders: map[string]venues.Truth{}}
	execs := map[string]bool{}
	for line := range bytes.Lines(b) {
		var l venues.Truth
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatalf("%s: %v: %s", path, err, line)
		}
		l.ClOrdID = original(l.ClOrdID)
		switch {
		case l.What == "start":
			v.starts++
		case l.What == "order":
			v.orders[l.ClOrdID] = l
		case l.Kind == "filled" && !execs[l.Venue+l.ExecID]:
			execs[l.Venue+l.ExecID] = true
			v.cum[l.ClOrdID] += l.LastQty
		}
	}
	return v
}

// original gives the ClOrdID that a child was sent with: a venue names an order by the last request it took.
func original(clOrdID string) string {
	instance, child, _, err := event.ParseClOrdID(clOrdID)
	if err != nil {
		return clOrdID
	}
	return event.ClOrdID(instance, child, 0)
}

// ourSide is the router's account, as the store has it.
type ourSide struct {
	parents  map[string]*store.Dossier // by the ClOrdID the order was sent with
	children map[string]order.Child    // by ClOrdID
	alerts   []*event.Raise
}

func (d *desk) readStore() *ourSide {
	d.t.Helper()
	ctx := context.Background()
	st, err := store.Open(ctx, "sqlite:"+filepath.Join(d.dir, d.store))
	if err != nil {
		d.t.Fatal(err)
	}
	defer st.Close()
	parents, err := st.Parents(ctx, store.ParentFilter{Limit: -1})
	if err != nil {
		d.t.Fatal(err)
	}
	o := &ourSide{parents: map[string]*store.Dossier{}, children: map[string]order.Child{}}
	for _, p := range parents {
		x, err := st.Dossier(ctx, store.KeyOf(p))
		if err != nil {
			d.t.Fatal(err)
		}
		first := p.Body.Parent.ClOrdID
		for _, r := range x.Reports {
			first = r.Body.ClOrdID
			break
		}
		o.parents[first] = x
		for _, c := range x.Children {
			o.children[event.ClOrdID(c.Instance, c.Body.Child.ID, 0)] = c.Body.Child
		}
	}
	alerts, err := st.Alerts(ctx, store.AlertFilter{Limit: -1})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, a := range alerts {
		o.alerts = append(o.alerts, a.Body)
	}
	return o
}

// agree holds three accounts against each other, to the share: what the client was told, what the router booked, and
// what the venues did. forgotten says that the venues were killed once: what they had of orders before is then only what
// they had reported.
func (d *desk) agree(b *blotter, forgotten bool) {
	d.t.Helper()
	ours, theirs := d.readStore(), readTruth(d.t, d.truth)
	if len(b.doubled) > 0 {
		d.t.Errorf("an ExecID came with other content: %s", strings.Join(b.doubled, "\n"))
	}
	if len(ours.parents) == 0 {
		d.t.Fatal("the store is empty")
	}
	shares := market.Qty(0)
	for id, terms := range b.sent {
		if text, refused := b.refused[id]; refused {
			if p := ours.parents[id]; p != nil {
				d.t.Errorf("order %s was refused (%s), and the router works it: %+v", id, text, p.Parent.Body)
			}
			continue
		}
		p := ours.parents[id]
		if p == nil {
			d.t.Errorf("order %s: the store does not have it, the client was told %+v", id, b.last[id])
			continue
		}
		d.agreeParent(b, id, terms, p)
		shares += p.Parent.Body.Parent.Cum
	}
	if want := len(b.sent) - len(b.refused) + d.strangers; len(ours.parents) != want {
		d.t.Fatalf("the store has %d parents, the client sent %d", len(ours.parents), want)
	}
	venueShares := d.agreeChildren(ours, theirs, forgotten)
	if shares != venueShares {
		d.t.Errorf("%d shares filled by our books, %d by the venues'", shares, venueShares)
	}
	for _, a := range ours.alerts {
		if a.Severity == event.Page && a.Code != d.expects || strings.HasPrefix(a.Code, "INV") || a.Code == "ER-16" {
			d.t.Errorf("alert %s of parent %d, child %d: %s", a.Code, a.Parent, a.Child, a.Text)
		}
	}
	for id, text := range b.refused {
		d.t.Logf("order %s: %s", id, text)
	}
	d.t.Logf("%d parents, %d children, %d shares by each of the three accounts; the client had %d reports, %d of them possible resends, over %d logons",
		len(ours.parents), len(ours.children), shares, b.reports, b.again, b.logons)
}

// agreeParent compares what the client was told of one order with what was booked for it.
func (d *desk) agreeParent(b *blotter, id string, terms order.Terms, x *store.Dossier) {
	d.t.Helper()
	p := x.Parent.Body.Parent
	fail := func(format string, args ...any) {
		d.t.Errorf("parent %d (%s %s %d %s): %s", p.ID, terms.Strategy, terms.Side, terms.Qty, terms.Symbol, fmt.Sprintf(format, args...))
	}
	var booked, children market.Qty
	for _, e := range x.Executions {
		booked += e.Body.Exec.Qty
	}
	for _, c := range x.Children {
		children += c.Body.Child.Cum
		if !c.Body.Child.State.Done() {
			fail("child %d ends as %v", c.Body.Child.ID, c.Body.Child.State)
		}
	}
	told, money := b.filled(id)
	last := b.last[id]
	if told != p.Cum || booked != p.Cum || children != p.Cum || last.Cum != p.Cum {
		fail("filled %d; executions %d, children %d; the client's executions sum to %d, its last report says %d", p.Cum, booked, children, told, last.Cum)
	}
	if money != p.Notional {
		fail("notional %v, the client's executions sum to %v", p.Notional, money)
	}
	switch {
	case p.Cum > terms.Qty:
		fail("filled %d of %d", p.Cum, terms.Qty)
	case !p.State.Done():
		fail("ends as %v, hold %v: %s", p.State, p.Hold, p.Reason)
	case p.State == order.Filled && p.Cum != terms.Qty:
		fail("filled with %d of %d", p.Cum, terms.Qty)
	case p.State != order.Filled && p.Reason == "" && !b.canceled(id):
		fail("ended %v without a reason", p.State)
	case last.OrdStatus != p.State.FIX():
		fail("is %v, the client was told 39=%c", p.State, last.OrdStatus)
	}
}

// canceled reports whether the client asked for it.
func (b *blotter) canceled(id string) bool {
	for _, of := range b.first {
		if of == id {
			return true
		}
	}
	return false
}

// agreeChildren compares every child with its venue's own account, and gives the venues' shares.
func (d *desk) agreeChildren(ours *ourSide, theirs *venueSide, forgotten bool) (shares market.Qty) {
	d.t.Helper()
	for id, cum := range theirs.cum {
		shares += cum
		if c, known := ours.children[id]; !known {
			d.t.Errorf("a venue filled %d of order %s, which the router does not know", cum, id)
		} else if forgotten && c.Cum < cum {
			d.t.Logf("child %d: the venues died with a fill on its way: booked %d, the market did %d", c.ID, c.Cum, cum)
			shares -= cum - c.Cum
		} else if c.Cum != cum {
			d.t.Errorf("child %d (%v at venue %d): booked %d, the venue's executions sum to %d", c.ID, c.Style, c.Venue, c.Cum, cum)
		}
	}
	for id, o := range theirs.orders {
		c, known := ours.children[id]
		switch {
		case !known:
			d.t.Errorf("%s has order %s, which the router does not know: %+v", o.Venue, id, o)
		case !o.Done:
			d.t.Errorf("%s still works order %s: %+v; our child %+v", o.Venue, id, o, c)
		case o.Cum != c.Cum:
			d.t.Errorf("child %d: booked %d, %s has it at %d", c.ID, c.Cum, o.Venue, o.Cum)
		}
	}
	for id, c := range ours.children {
		if _, known := theirs.orders[id]; c.Cum > 0 && !known && !forgotten {
			d.t.Errorf("child %d was filled %d, and venue %d never had it", c.ID, c.Cum, c.Venue)
		}
	}
	return shares
}

// explain logs what the router knows of orders that do not finish.
func (d *desk) explain(ids []string) {
	d.t.Helper()
	ours := d.readStore()
	for _, id := range ids {
		p := ours.parents[id]
		if p == nil {
			d.t.Logf("%s: the store does not have it", id)
			continue
		}
		d.t.Logf("%s: %+v", id, p.Parent.Body)
		for _, c := range p.Children {
			if !c.Body.Child.State.Done() {
				d.t.Logf("%s: child %+v", id, c.Body)
			}
		}
		for _, a := range p.Alerts {
			d.t.Logf("%s: alert %s of child %d: %s", id, a.Body.Code, a.Body.Child, a.Body.Text)
		}
	}
}
