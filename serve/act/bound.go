package act

import (
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/serve/access"
)

// bound holds somebody who is bound to clients to what is theirs, whatever their roles (SEC-04): their clients' orders and
// baskets, and halts of their clients. What touches everybody's orders is for somebody who is not bound.
func (d *Desk) bound(by *access.Person, a *Action) error {
	r := ruleOf(a.Do)
	switch {
	case !by.Bound():
		return nil
	case a.Parent != 0:
		return d.own(by, a)
	case a.Basket != 0:
		for _, b := range d.cfg.Engine.Baskets() {
			if b.Basket == a.Basket && by.Owns(b.Client) {
				return nil
			}
		}
		return refuse(Conflict, "basket %d is not known here", a.Basket)
	case r != nil && r.ofOrders(): // which it does not name
		return nil
	case r != nil && r.ofScope() && a.Client != "" && by.Owns(a.Client):
		return nil
	case r != nil && r.ofScope():
		return refuse(Forbidden, "you are bound to the clients %s: name one of them", strings.Join(by.Clients, ", "))
	}
	return refuse(Forbidden, "%s touches everybody's orders, and you are bound to the clients %s", a.Do, strings.Join(by.Clients, ", "))
}

// ofOrders reports whether an action is about one order or basket.
func (r *rule) ofOrders() bool {
	return slices.Contains(r.needs, "parent") || slices.Contains(r.needs, "basket")
}

// ofScope reports whether an action may be about one client.
func (r *rule) ofScope() bool { return slices.Contains(r.may, "client") }

// sees reports whether what waits is somebody's to know of.
func (d *Desk) sees(by *access.Person, w *waiting) bool {
	return !by.Bound() || w.request == nil && d.bound(by, &w.action) == nil
}
