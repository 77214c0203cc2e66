package metrics

import "github.com/sluice-sor/sluice/internal/event"

// fill waits for what the report of an execution caused: its commands stand between it and the next event. The engine books a fill
// once and says nothing when it comes again (ER-13), so one that booked nothing and raised nothing was there before.
type fill struct{ waits bool }

// next takes a record and reports whether the fill before it was a duplicate.
func (f *fill) next(b event.Body) (duplicate bool) {
	switch b.(type) {
	case *event.RecordExecution, *event.Raise:
		f.waits = false
		return false
	}
	if !b.Kind().IsEvent() {
		return false
	}
	duplicate = f.waits
	_, f.waits = b.(*event.ChildExecuted)
	return duplicate
}
