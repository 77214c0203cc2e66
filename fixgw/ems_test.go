package fixgw

import (
	"slices"
	"testing"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/session"
)

// asker is a handler that is told of questions too.
type asker struct {
	desk
	unanswered []string
}

func (a *asker) Unanswered(id, _ string) { a.unanswered = append(a.unanswered, id) }

// TestLostQuestionSaysNothingOfItsOrder: a status request that a gap kept in the queue does not come back as a refusal of
// the order it asked about, which may well work at the router.
func TestLostQuestionSaysNothingOfItsOrder(t *testing.T) {
	h := &asker{}
	e := &EMS{cfg: EMSConfig{Handler: h}, orders: map[string]*emsOrder{}, names: map[uint64]named{1: {id: "D1"}, 2: {id: "D2", question: true}, 3: {id: "D3", question: true}}}
	e.outcome(quickfix.SessionID{}, session.Outcome{Token: 1, Result: session.NeverSent, Reason: "not connected"})
	e.outcome(quickfix.SessionID{}, session.Outcome{Token: 2, Result: session.NeverSent, Reason: "not connected"})
	e.outcome(quickfix.SessionID{}, session.Outcome{Token: 2, Result: session.Sent})
	e.refused(quickfix.SessionID{}, session.Reject{Token: 3, Text: "unsupported"})
	if want := []string{"D1: not sent: not connected"}; !slices.Equal(h.refusals, want) {
		t.Errorf("refused %q, want %q", h.refusals, want)
	}
	if want := []string{"D2", "D3"}; !slices.Equal(h.unanswered, want) {
		t.Errorf("unanswered %q, want %q", h.unanswered, want)
	}
}
