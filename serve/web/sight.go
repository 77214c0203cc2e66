package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/tca"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/act"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/view"
)

// sight is everything that there is to see. Handlers see it as somebody: as is the one place where it is decided what they see
// (SEC-04).
type sight struct{ everything Reader }

// as gives what somebody may see. Nobody in particular sees everything, where reading needs no login; see [site.open].
func (s sight) as(who *reader) Reader {
	if who == nil || !who.person.Bound() {
		return s.everything
	}
	return &bound{s.everything, who.person}
}

// seen is what whoever asks may see.
func (s *site) seen(r *http.Request) Reader { return s.sight.as(readerOf(r)) }

// bound is what somebody sees who is bound to clients: their clients' orders with all that belongs to them, and what is of no
// client: the venues, the books of symbols that they trade, the models, the experiment, the ladder, limits that hold for all, and
// sums over everybody. An order of another client is answered as one that is not there. It embeds nothing, so that what a Reader
// comes to show more is looked at here first.
type bound struct {
	all Reader
	who *access.Person
}

// Seq implements Reader.
func (b *bound) Seq() uint64 { return b.all.Seq() }

// History implements Reader: of venues, over everybody's orders.
func (b *bound) History() [][]view.VenuePoint { return b.all.History() }

// Experiment implements Reader: sums over everybody's orders.
func (b *bound) Experiment() *view.Experiment { return b.all.Experiment() }

// ModelCosts implements Reader: sums over everybody's orders.
func (b *bound) ModelCosts() []view.ModelCost { return b.all.ModelCosts() }

// Snapshot implements Reader. An alert of no order may name any client, and an order that the router does not know may be
// anybody's: neither is shown.
func (b *bound) Snapshot() view.State {
	s := b.all.Snapshot()
	s.Parents = slices.DeleteFunc(s.Parents, func(p view.Parent) bool { return !b.who.Owns(p.Client) })
	own, symbols := map[order.ParentID]bool{}, map[string]bool{}
	for i := range s.Parents {
		own[s.Parents[i].ID], symbols[s.Parents[i].Symbol] = true, true
	}
	s.Decisions = slices.DeleteFunc(s.Decisions, func(d view.DecisionLine) bool { return !own[d.Parent] })
	s.Alerts = slices.DeleteFunc(s.Alerts, func(a view.Alert) bool { return !own[a.Parent] })
	s.Clients = slices.DeleteFunc(s.Clients, func(c view.Client) bool { return !b.who.Owns(c.Name) })
	s.Halts = slices.DeleteFunc(s.Halts, func(h view.Halt) bool { return h.Client != "" && !b.who.Owns(h.Client) })
	s.Orphans = []view.Orphan{}
	s.Baskets = slices.DeleteFunc(s.Baskets, func(x view.Basket) bool { return !b.who.Owns(x.Client) })
	s.Books = slices.DeleteFunc(s.Books, func(x view.SymbolBook) bool { return !symbols[x.Symbol] }) // a book is kept while somebody trades it
	return s
}

// Uses implements Reader: the firm's and their clients'.
func (b *bound) Uses() []view.Use {
	return slices.DeleteFunc(b.all.Uses(), func(u view.Use) bool { return u.Client != "" && !b.who.Owns(u.Client) })
}

// Limits implements Reader: those for all and their clients' own.
func (b *bound) Limits() risk.Limits {
	l := b.all.Limits()
	l.Credits = slices.DeleteFunc(slices.Clone(l.Credits), func(c risk.ClientLimits) bool { return !b.who.Owns(c.Client) })
	return l
}

// Doubts implements Reader.
func (b *bound) Doubts() []view.Doubt {
	own := map[order.ParentID]bool{}
	for _, p := range b.all.Snapshot().Parents {
		own[p.ID] = b.who.Owns(p.Client)
	}
	return slices.DeleteFunc(b.all.Doubts(), func(d view.Doubt) bool { return !own[d.Parent] })
}

// Parent implements Reader.
func (b *bound) Parent(id order.ParentID) (view.ParentDetail, bool) {
	if d, ok := b.all.Parent(id); ok && b.who.Owns(d.Client) {
		return d, true
	}
	return view.ParentDetail{}, false
}

func (b *bound) owns(id order.ParentID) bool {
	_, ok := b.Parent(id)
	return ok
}

// Decision implements Reader.
func (b *bound) Decision(id uint64) (view.Decision, bool) {
	if d, ok := b.all.Decision(id); ok && b.owns(d.Parent) {
		return d, true
	}
	return view.Decision{}, false
}

// Explain implements Reader.
func (b *bound) Explain(id uint64) (*tca.Explanation, bool) {
	if x, ok := b.all.Explain(id); ok && b.owns(x.Parent) {
		return x, true
	}
	return nil, false
}

// ExplainChild implements Reader.
func (b *bound) ExplainChild(id order.ChildID) (*tca.ChildExplanation, bool) {
	if x, ok := b.all.ExplainChild(id); ok && b.owns(x.Decision.Parent) {
		return x, true
	}
	return nil, false
}

// plantOf gives what a Reader knows of the plant, as far as whoever it is for may see it.
func plantOf(v Reader) (Plant, bool) {
	b, ok := v.(*bound)
	if !ok {
		p, ok := v.(Plant)
		return p, ok
	}
	p, ok := b.all.(Plant)
	return &boundPlant{p, b.who}, ok
}

// registryOf gives the models' registry, which is of no client.
func registryOf(v Reader) (Registry, bool) {
	if b, ok := v.(*bound); ok {
		v = b.all
	}
	r, ok := v.(Registry)
	return r, ok
}

// boundPlant is the plant for somebody who is bound to clients: without the other clients' sessions, names and limits.
type boundPlant struct {
	all Plant
	who *access.Person
}

// Wires implements Plant. A drop copy may be of several clients.
func (b *boundPlant) Wires() []Wire {
	return slices.DeleteFunc(b.all.Wires(), func(w Wire) bool { return w.Of != "venue" && (w.Of != "client" || !b.who.Owns(w.Name)) })
}

// Rung implements Plant.
func (b *boundPlant) Rung() Rung { return b.all.Rung() }

// LimitValues implements Plant.
func (b *boundPlant) LimitValues() []config.LimitValue {
	return slices.DeleteFunc(slices.Clone(b.all.LimitValues()), func(l config.LimitValue) bool {
		client, ok := strings.CutPrefix(l.Of, "client ")
		return ok && !b.who.Owns(client)
	})
}

// Known implements Plant.
func (b *boundPlant) Known() act.Known {
	k := b.all.Known()
	k.Clients = slices.DeleteFunc(slices.Clone(k.Clients), func(c string) bool { return !b.who.Owns(c) })
	return k
}
