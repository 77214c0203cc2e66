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
