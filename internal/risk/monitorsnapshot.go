package risk

import (
	"encoding/json"
	"fmt"

	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/snapshot"
)

// monitorVersion is the version of the monitor's bytes, raised with every change of what a visitor carries.
const monitorVersion = 1

// AppendSnapshot appends the monitor's state to b, with the limits in force: what was executed today must not be forgotten
// by a restart (RISK-15). Equal states give equal bytes.
func (m *Monitor) AppendSnapshot(b []byte) []byte {
	c := snapshot.NewEncoder(b)
	version := uint16(monitorVersion)
	snapshot.Uint(c, &version)
	m.visit(c)
	return c.Bytes()
}

// Restore takes what AppendSnapshot wrote into a monitor that has seen nothing.
func (m *Monitor) Restore(data []byte) error {
	c := snapshot.NewDecoder(data)
	var version uint16
	if snapshot.Uint(c, &version); c.Err() == nil && version != monitorVersion {
		return fmt.Errorf("risk: the exposure monitor's snapshot has version %d, this build reads %d", version, monitorVersion)
	}
	m.visit(c)
	if err := c.Close(); err != nil {
		return fmt.Errorf("risk: reading the exposure monitor's snapshot: %w", err)
	}
	return nil
}

func (m *Monitor) visit(c *snapshot.Coder) {
	visitLimits(c, &m.limits)
	proposed := m.proposed != nil
	if snapshot.Flag(c, &proposed); proposed {
		if c.Decoding() {
			m.proposed = new(Limits)
		}
		visitLimits(c, m.proposed)
	}
	snapshot.Int(c, &m.day)
	m.firm.visit(c)
	snapshot.List(c, &m.list, func(e **exposure, c *snapshot.Coder) {
		if c.Decoding() {
			*e = new(exposure)
		}
		(*e).visit(c)
	})
	if c.Decoding() {
		for _, e := range m.list {
			m.clients[e.client] = e
		}
		if len(m.clients) != len(m.list) {
			c.Fail("a client has two exposures")
			return
		}
	}
	for _, id := range parentIDs(c, snapshot.Sorted(m.parents)) {
		e := m.parents[id]
		m.visitOf(&e, c)
		m.parents[id] = e
	}
	children := snapshot.Keys(c, snapshot.Sorted(m.children), func(a, b order.ChildID) bool { return a < b },
		func(id *order.ChildID, c *snapshot.Coder) { snapshot.Uint(c, id) })
	for _, id := range children {
		w := m.children[id]
		if c.Decoding() {
			w = new(watched)
			m.children[id] = w
		}
		m.visitOf(&w.of, c)
		w.visit(c)
		if c.Err() != nil {
			return
		}
	}
}

// visitLimits carries limits as the journal has them.
func visitLimits(c *snapshot.Coder, l *Limits) {
	var text []byte
	if !c.Decoding() {
		var err error
		if text, err = json.Marshal(l); err != nil {
			panic("risk: limits do not encode: " + err.Error())
		}
	}
	snapshot.Blob(c, &text)
	if c.Decoding() && c.Err() == nil {
		if err := json.Unmarshal(text, l); err != nil {
			c.Fail("limits: %w", err)
		}
	}
}

// visitOf carries whose exposure something is; one of nobody that is known is the firm's alone.
func (m *Monitor) visitOf(e **exposure, c *snapshot.Coder) {
	known, client := false, ""
	if !c.Decoding() {
		client = (*e).client
		known = m.clients[client] == *e
	}
	snapshot.Flag(c, &known)
	snapshot.Text(c, &client)
	if !c.Decoding() {
		return
	}
	if *e = m.clients[client]; !known {
		*e = &exposure{}
	} else if *e == nil {
		c.Fail("client %q has no exposure", client)
		*e = &exposure{}
	}
}

func (e *exposure) visit(c *snapshot.Coder) {
	snapshot.Text(c, &e.client)
	for i := range e.sides {
		snapshot.Amount(&e.sides[i].open, c)
		snapshot.Amount(&e.sides[i].executed, c)
	}
}

func (w *watched) visit(c *snapshot.Coder) {
	snapshot.Uint(c, &w.side)
	snapshot.Int(c, &w.px)
	snapshot.Int(c, &w.open)
	snapshot.List(c, &w.fills, func(f *watchedFill, c *snapshot.Coder) {
		snapshot.Text(c, &f.id)
		snapshot.Int(c, &f.qty)
		snapshot.Int(c, &f.px)
	})
	if w.px < 0 || w.open < 0 {
		c.Fail("a child has %d open at %v", w.open, w.px)
	}
}
