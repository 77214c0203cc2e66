package tca

import (
	"testing"
	"unicode"

	"github.com/sluice-sor/sluice/internal/event"
)

// FuzzExplain holds that any decision that decodes is explained, in text that a terminal shows.
func FuzzExplain(f *testing.F) {
	f.Add(event.Append(nil, decision()))
	f.Fuzz(func(t *testing.T, b []byte) {
		body, err := event.Decode(event.KindRecordDecision, b)
		if err != nil {
			return
		}
		for _, r := range Explain(body.(*event.RecordDecision), names) {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("the explanation holds %q", r)
			}
		}
	})
}

// FuzzReconcile holds that records that decode give a report or an error, never a panic.
func FuzzReconcile(f *testing.F) {
	in := example()
	f.Add(event.Append(nil, in.Parent), event.Append(nil, in.Executions[1]), event.Append(nil, in.Children[1]))
	f.Fuzz(func(t *testing.T, parent, execution, child []byte) {
		p, errP := event.Decode(event.KindRecordParent, parent)
		x, errX := event.Decode(event.KindRecordExecution, execution)
		c, errC := event.Decode(event.KindRecordChild, child)
		if errP != nil || errX != nil || errC != nil {
			return
		}
		in := Input{Parent: p.(*event.RecordParent), Executions: []*event.RecordExecution{x.(*event.RecordExecution)},
			Children: []*event.RecordChild{c.(*event.RecordChild)}}
		in.Executions[0].Exec.Parent, in.Children[0].Child.Parent = in.Parent.Parent.ID, in.Parent.Parent.ID
		if r, err := Reconcile(in); err == nil {
			_ = r.Text()
		}
	})
}
