package fixgw

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestDeniedIsForgotten: a venue's routes keep nothing of an order of which no byte left; a denied request leaves its order.
func TestDeniedIsForgotten(t *testing.T) {
	x := &venue{routes: newRoutes()}
	for id := order.ChildID(1); id <= 3; id++ {
		x.restore(&event.SendChild{Child: order.Child{ID: id}})
	}
	x.denied(token{child: 1})
	x.denied(token{child: 2, request: 1})
	x.denied(token{child: 3, query: true})
	if x.routes.sent(1) != nil || x.routes.sent(2) == nil || x.routes.sent(3) == nil || len(x.routes.children) != 2 {
		t.Errorf("%d routes are kept; want those of children 2 and 3", len(x.routes.children))
	}
}

// TestEndedChildIsFoundAfterARestart: a bust that names only the venue's OrderID finds the child that ended before the
// restart (ER-20), and it counts among the ended, whose number is bounded.
func TestEndedChildIsFoundAfterARestart(t *testing.T) {
	x := &venue{routes: newRoutes()}
	x.restore(&event.SendChild{Child: order.Child{ID: 7, VenueOrderID: "V7", State: order.Filled}})
	x.restore(&event.SendChild{Child: order.Child{ID: 8, VenueOrderID: "V8", State: order.New}})
	child, ok := x.routes.byOrderID("V7")
	if !ok || child != 7 || len(x.routes.done) != 1 || x.routes.sent(7) == nil {
		t.Errorf("V7 is child %d (%v), %d ended; want 7 and 1", child, ok, len(x.routes.done))
	}
}
