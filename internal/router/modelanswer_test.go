package router

import (
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// command takes in what the engine wants done, and says what is wrong with it, empty if nothing.
func (m *model) command(cmd event.Body) string {
	switch c := cmd.(type) {
	case *event.SendChild:
		p := m.parents[c.Child.Parent]
		if p == nil || m.children[c.Child.ID] != nil {
			return fmt.Sprintf("child %d is sent twice, or for nobody", c.Child.ID)
		}
		child := &modelChild{parent: p, state: 'A', ioc: c.Child.TIF == order.IOC, qty: int64(c.Child.Qty), leaves: int64(c.Child.Qty), limit: int64(c.Child.Limit)}
		m.children[c.Child.ID], p.children = child, append(p.children, child)
		if p.closed != 0 || p.pending != 0 {
			return fmt.Sprintf("INV-10: child %d is sent for an order that is %c, pending %c", c.Child.ID, p.closed, p.pending)
		}
	case *event.CancelChild:
		m.children[c.Child].requests = c.Request
	case *event.ReplaceChild:
		k := m.children[c.Child]
		if k.replacing || k.over() || k.state == 'A' {
			return fmt.Sprintf("ER-05: child %d, %c, is replaced while a replace is pending: %v", c.Child, k.state, k.replacing)
		}
		k.requests, k.replacing, k.asked = c.Request, true, *c
	case *event.RecordChild:
		// Filled is not an end for being unknown: a correction that waited for the last fill brings the order back in the same event.
		if k := m.children[c.Child.ID]; k != nil && !k.over() && k.unknown >= 2 && c.Child.State.Done() && c.Child.State != order.Filled {
			if k.state == 'A' && k.cum == 0 {
				k.ends('N')
			} else {
				k.ends('4')
			}
		}
	case *event.Raise:
		if k := m.children[c.Child]; k != nil && c.Code == "ER-21" {
			k.early = slices.DeleteFunc(k.early, func(r modelRevision) bool { return m.now.Sub(r.at) >= 60*market.Second })
		}
	case *event.AnswerPerson:
		if c.Refused && m.person {
			return "a true word was refused: " + c.Text
		}
	case *event.RejectRequest:
		return m.refused(c)
	case *event.ReportParent:
		return m.report(c)
	}
	return ""
}

// refused is a 9: a pending request that it names is over, and it carries what stands (ER-04).
func (m *model) refused(r *event.RejectRequest) string {
	p := m.parents[r.Parent]
	if p == nil {
		return ""
	}
	if p.pending != 0 && p.ask == r.ClOrdID {
		p.pending = 0
	}
	want := p.pending
	if want == 0 {
		want = p.status(p.told.cum)
	}
	if r.OrdStatus != want || r.OrigClOrdID != p.id {
		return fmt.Sprintf("ER-04: 9 for %s says 39=%c 41=%s, want %c %s", r.ClOrdID, r.OrdStatus, r.OrigClOrdID, want, p.id)
	}
	return ""
}

// report is an ExecutionReport to the client: what it says must follow from what happened.
func (m *model) report(r *event.ReportParent) string {
	p := m.parents[r.Parent]
	if r.Parent == 0 {
		return ""
	}
	if p == nil {
		a, known := m.asked[[2]string{r.Client, r.ClOrdID}]
		if !known || r.ExecType != '0' && r.ExecType != '8' {
			return fmt.Sprintf("150=%c of an order that nobody sent: %+v", r.ExecType, *r)
		}
		p = &modelParent{client: r.Client, id: r.ClOrdID, terms: a.terms}
		m.parents[r.Parent] = p
	}
	id, orig := p.id, ""
	switch r.ExecType {
	case '0', 'I':
	case '8':
		p.closed = '8'
	case 'F', 'H', 'G':
		if text := m.trades(p, r); text != "" {
			return text
		}
	case '6', 'E':
		p.pending, p.ask, id, orig = r.ExecType, r.ClOrdID, r.ClOrdID, p.id
		if _, asked := m.asked[[2]string{p.client, r.ClOrdID}]; !asked {
			return fmt.Sprintf("ER-04: 150=%c for %q, which the client never sent", r.ExecType, r.ClOrdID)
		}
	case '5':
		a := m.asked[[2]string{p.client, r.ClOrdID}]
		if !a.replace {
			return fmt.Sprintf("ER-04: 150=5 for %q, which is no replace", r.ClOrdID)
		}
		id, orig = r.ClOrdID, p.id
		p.id, p.pending, p.terms = r.ClOrdID, 0, a.terms
		p.night = p.night && (a.terms.TIF == order.GTC || a.terms.TIF == order.GTD) // amended overnight it stays done for the day
		p.terms.Qty = max(p.terms.Qty, market.Qty(p.told.cum))                      // ER-06
	case '4', 'C':
		if p.pending == '6' {
			id, orig = p.ask, p.id
		}
		p.closed, p.pending = r.ExecType, 0
		for _, c := range p.children {
			if !c.over() && len(m.due) == 0 { // a revision that waited for this trade comes after it, and may revive its order
				return fmt.Sprintf("DEF-15: 150=%c while a child is %c with %d left", r.ExecType, c.state, c.leaves)
			}
		}
	case '3', 'D': // a GT order's night, and its morning
		p.night = r.ExecType == '3'
		for _, c := range p.children {
			if p.night && !c.over() && len(m.due) == 0 {
				return fmt.Sprintf("150=3 while a child is %c with %d left", c.state, c.leaves)
			}
		}
	default:
		return fmt.Sprintf("150=%c is unknown to the model", r.ExecType)
	}
	return p.says(r, id, orig)
}

// says compares a report with what stands.
func (p *modelParent) says(r *event.ReportParent, id, orig string) string {
	status := p.status(p.told.cum)
	if p.pending == '6' && p.ask == p.id && status == '2' { // a mass cancel: the fill is the answer
		p.pending = 0
	}
	if p.pending != 0 {
		status = p.pending
	}
	got := fmt.Sprintf("11=%s 41=%s 39=%c 38=%d 14=%d 151=%d 6=%d", r.ClOrdID, r.OrigClOrdID, r.OrdStatus, r.Terms.Qty, r.Cum, max(0, r.Leaves), r.AvgPx)
	want := fmt.Sprintf("11=%s 41=%s 39=%c 38=%d 14=%d 151=%d 6=%d", id, orig, status, p.terms.Qty, p.told.cum, p.leaves(p.told.cum), average(p.told.value, p.told.cum))
	if got != want {
		return fmt.Sprintf("150=%c says\n%s, the model\n%s", r.ExecType, got, want)
	}
	return ""
}

// trades is an F, H or G: of the next booking that the client was not told of, with its own ids (ER-22).
func (m *model) trades(p *modelParent, r *event.ReportParent) string {
	if len(m.due) == 0 || m.due[0].parent != p || m.due[0].kind != r.ExecType {
		return fmt.Sprintf("INV-06: 150=%c of %d without a booking", r.ExecType, r.LastQty)
	}
	d := m.due[0]
	m.due, p.told = m.due[1:], d
	p.night = p.night && d.cum < int64(p.terms.Qty)
	if int64(r.LastQty) != d.qty || int64(r.LastPx) != d.px {
		return fmt.Sprintf("150=%c of %d at %d, the model booked %d at %d", r.ExecType, r.LastQty, r.LastPx, d.qty, d.px)
	}
	if r.ExecType == 'F' {
		d.trade.report = r.ExecID
	} else if r.RefExecID != d.trade.report {
		return fmt.Sprintf("ER-22: 150=%c names 19=%d, the trade was reported as %d", r.ExecType, r.RefExecID, d.trade.report)
	}
	return ""
}

// letters are the model's names of the engine's states.
var letters = map[order.State]byte{order.PendingNew: 'A', order.New: '0', order.PartiallyFilled: '1', order.Stopped: '7', order.Suspended: '9',
	order.DoneForDay: '3', order.Filled: '2', order.Canceled: '4', order.Expired: 'C', order.Rejected: '8', order.NeverSent: 'N'}

// end is the end of an event: nothing may be left that a client was to be told, and a pending request that a fill overtook
// is over without a word where nobody asked for the order alone.
func (m *model) end() string {
	if len(m.due) > 0 {
		return fmt.Sprintf("INV-06: a client was not told of a %c of %d", m.due[0].kind, m.due[0].qty)
	}
	return ""
}

// sameChild and sameParent compare the engine with the model.
func (m *model) sameChild(c *childState) string {
	k := m.children[c.ID]
	got := fmt.Sprintf("%c cum %d leaves %d of %d avg %d", letters[c.State], c.Cum, c.Leaves, c.Qty, c.AvgPx())
	want := fmt.Sprintf("%c cum %d leaves %d of %d avg %d", k.state, k.cum, k.leaves, k.qty, average(k.value, k.cum))
	if got != want {
		return fmt.Sprintf("TEST-05: child %d is\n%s, the model says\n%s", c.ID, got, want)
	}
	return ""
}

func (m *model) sameParent(q *parentState) string {
	p := m.parents[q.ID]
	got := fmt.Sprintf("%s %c cum %d leaves %d avg %d", q.ClOrdID, letters[q.State], q.Cum, max(0, q.Leaves()), q.AvgPx())
	want := fmt.Sprintf("%s %c cum %d leaves %d avg %d", p.id, p.status(p.cum), p.cum, p.leaves(p.cum), average(p.value, p.cum))
	if got != want {
		return fmt.Sprintf("TEST-05: parent %d is\n%s, the model says\n%s", q.ID, got, want)
	}
	return ""
}
