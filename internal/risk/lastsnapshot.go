package risk

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/snapshot"
)

// visit carries the last gate's state: what it saw of parents and children, and the halts. The venues' names are
// configuration: what is read goes into a gate made of the same venues or more.
func (g *LastGate) visit(c *snapshot.Coder) {
	g.halts.visit(c)
	g.orphans.visit(c)
	snapshot.Uint(c, &g.newest)
	snapshot.Uint(c, &g.decision.child)
	snapshot.Uint(c, &g.decision.outcome)
	snapshot.Int(c, &g.decision.cum)
	snapshot.Uint(c, &g.decision.parent)
	snapshot.Flag(c, &g.decision.lifts)
	g.decision.scope.visit(c)
	visitName(&g.arrived, c)
	asked := snapshot.Keys(c, snapshot.SortedBy(g.asked, compareNames), func(a, b name) bool { return compareNames(a, b) < 0 }, visitName)
	for _, n := range asked {
		a := g.asked[n]
		snapshot.Terms(&a.terms, c)
		if snapshot.Int(c, &a.times); a.times < 1 {
			c.Fail("%q asked for something %d times", n.clOrdID, a.times)
			return
		}
		g.asked[n] = a
	}
	for _, id := range parentIDs(c, snapshot.Sorted(g.parents)) {
		p := g.parents[id]
		if c.Decoding() {
			p = new(lastParent)
			g.parents[id] = p
		}
		g.visitParent(p, c)
		if c.Err() != nil {
			return
		}
	}
	snapshot.List(c, &g.done, func(id *order.ParentID, c *snapshot.Coder) {
		if snapshot.Uint(c, id); c.Decoding() && g.parents[*id] == nil {
			c.Fail("parent %d is done and not there", *id)
		}
	})
}

// visitParent carries a parent with its children.
func (g *LastGate) visitParent(p *lastParent, c *snapshot.Coder) {
	snapshot.Text(c, &p.client)
	snapshot.Terms(&p.terms, c)
	snapshot.Int(c, &p.taken)
	snapshot.Uint(c, &p.venues)
	snapshot.Flag(c, &p.stopped)
	snapshot.Flag(c, &p.done)
	snapshot.List(c, &p.ids, func(id *order.ChildID, c *snapshot.Coder) { snapshot.Uint(c, id) })
	for _, id := range p.ids {
		l := g.children[id]
		if c.Decoding() {
			if l != nil {
				c.Fail("child %d is there twice", id)
				return
			}
			l = &lastChild{parent: p}
			g.children[id] = l
		}
		l.visit(c)
	}
}

func (c *lastChild) visit(to *snapshot.Coder) {
	snapshot.Int(to, &c.qty)
	snapshot.List(to, &c.pending, func(r *lastReplace, c *snapshot.Coder) {
		snapshot.Uint(c, &r.request)
		snapshot.Int(c, &r.qty)
	})
	snapshot.Flag(to, &c.once)
	snapshot.Uint(to, &c.accepted)
	snapshot.Flag(to, &c.ended)
	snapshot.Uint(to, &c.unknowns)
	snapshot.Int(to, &c.cum)
	snapshot.Int(to, &c.byHand)
	snapshot.Int(to, &c.venueCum)
	snapshot.List(to, &c.fills, func(f *lastFill, c *snapshot.Coder) {
		snapshot.List(c, &f.ids, func(id *string, c *snapshot.Coder) { snapshot.Text(c, id) })
		snapshot.Int(c, &f.qty)
	})
}

// lastGateVersion is the version of the last gate's bytes, raised with every change of what a visitor carries.
const lastGateVersion = 5

// AppendSnapshot appends the gate's state to b: equal states give equal bytes.
func (g *LastGate) AppendSnapshot(b []byte) []byte {
	c := snapshot.NewEncoder(b)
	version := uint16(lastGateVersion)
	snapshot.Uint(c, &version)
	g.visit(c)
	return c.Bytes()
}

// Restore takes what AppendSnapshot wrote into a gate that has seen nothing.
func (g *LastGate) Restore(data []byte) error {
	c := snapshot.NewDecoder(data)
	var version uint16
	if snapshot.Uint(c, &version); c.Err() == nil && version != lastGateVersion {
		return fmt.Errorf("risk: the last gate's snapshot has version %d, this build reads %d", version, lastGateVersion)
	}
	g.visit(c)
	if err := c.Close(); err != nil {
		return fmt.Errorf("risk: reading the last gate's snapshot: %w", err)
	}
	return nil
}
