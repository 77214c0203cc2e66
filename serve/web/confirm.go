package web

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve/act"
	"github.com/sluice-sor/sluice/serve/view"
)

// confirmPage is where a dangerous action is looked at before it is asked for. It is no page of the navigation, and needs no script.
func confirmPage() page {
	return page{Name: "confirm", Path: "/confirm", Title: "Confirm", all: []string{"status", "notices"}}
}

// confirmation is an action that somebody is about to ask for, with what it will do.
type confirmation struct {
	Do, Title, Says, Button string
	Fields                  []field // as they go into the form
	Facts                   []fact
	Two                     bool // a second person approves
	Least                   int  // characters of the reason
	Danger                  bool
	Back                    string // the page it was asked from
	Warning                 string // what of the scope is not known
	Refused                 string // why there is nothing to confirm
}

type field struct{ Name, Value string }

type fact struct{ Name, Value string }

// passed are the fields of an action that a confirmation hands on.
var passed = [...]string{"parent", "basket", "client", "symbol", "venue", "algorithm", "model", "share", "name", "kind", "control", "treatment", "most", "urgency", "limit", "max_pct"}

// confirm shows what an action will do, and asks for its reason.
func (s *site) confirm(w http.ResponseWriter, r *http.Request) {
	v, p := s.seen(r), confirmPage()
	state := v.Snapshot()
	m := s.model(v, &state, asked(r, p))
	s.personal(m, readerOf(r))
	m.Confirm = confirmationOf(v, &state, r.URL.Query())
	status := http.StatusOK
	if !m.May(m.Confirm.Do) {
		m.Confirm.Refused = "You may not ask for this. Somebody with another role can."
		if m.User.Name == "" {
			m.Confirm.Refused = "Log in first: nobody in particular may ask for this."
		}
		status = http.StatusForbidden
	}
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, p.Name, m); err != nil {
		s.log.Error("page not rendered", "err", err)
		http.Error(w, "the page could not be rendered; the log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader is gone if it fails
}

// confirmationOf puts an action into words.
func confirmationOf(v Reader, state *view.State, q url.Values) *confirmation {
	c := &confirmation{Do: q.Get("do"), Back: back(q.Get("back")), Least: 1}
	for _, name := range passed {
		if v := strings.TrimSpace(q.Get(name)); v != "" && len(v) <= maxText {
			c.Fields = append(c.Fields, field{name, v})
		}
	}
	switch c.Do {
	case act.ParentCancel:
		c.ofParent(v, q)
	case act.Halt:
		h := scopeOf(q)
		c.ofHalt(state, h)
		if p, ok := plantOf(v); ok {
			known := p.Known()
			c.Warning = known.Warning(h.Client, h.Symbol, h.Venue)
		}
	case act.Resume:
		h := scopeOf(q)
		c.Title, c.Button = "Resume "+scopeWords(&h), "Ask for it"
		c.Says = "Orders go on being routed in this scope. A second person approves it first, and nobody approves their own."
		c.Two, c.Danger = true, true
	case act.LearningHold:
		c.Title, c.Button = "Hold the learner", "Hold it"
		c.Says = "The learner’s share of flow falls to its floor at once, and stays there until it is released."
	case act.LearningRelease:
		c.Title, c.Button, c.Two = "Release the learner", "Ask for it", true
		c.Says = "The learner’s share of flow follows its ramp again, once a second person has approved it."
	case act.ModelPromote:
		c.Title, c.Button, c.Two, c.Danger = "Promote "+q.Get("model"), "Ask for it", true, true
		c.Says = "It serves every order that arrives, once a second person has approved it. The one that serves now is watched beside it, and comes back by itself if the new one is worse."
	case act.ModelCanary:
		c.Title, c.Button = "Canary "+q.Get("model"), "Let it serve some"
		c.Says = "It serves a share of the orders that arrive, beside the one that serves now."
	case act.ModelShadow:
		c.Title, c.Button = "Shadow "+q.Get("model"), "Let it predict"
		c.Says = "It predicts beside the one that serves, and decides nothing."
	case act.ModelRollback:
		c.Title, c.Button, c.Danger = "Roll back", "Roll back", true
		c.Says = "The model that served before serves again at once; " + orNone(state.Engine.Model) + " leaves."
	case act.ExperimentStart:
		c.Title, c.Button = "Begin experiment "+q.Get("name"), "Begin it"
		c.Says = "Orders that arrive from now on get one of two policies by lot. Nothing of the design may change afterwards."
	case act.ExperimentStop:
		c.Title, c.Button = "End the experiment", "End it"
		c.Says = "No order gets an arm any more. Those that have one keep it."
	case act.BasketConfirm:
		c.Title, c.Button, c.Danger = "Let basket "+q.Get("basket")+" go on", "Confirm its warnings", true
		c.Says = "Every order of it that waits is worked. What a hard limit refused stays refused."
	case act.BasketDeny:
		c.Title, c.Button = "Withdraw basket "+q.Get("basket"), "Withdraw it"
		c.Says = "Every order of it that waits ends, and its client is told why."
	default:
		c.Title, c.Refused = "Nothing to confirm", "There is no such action."
	}
	for _, f := range c.Fields {
		c.Facts = append(c.Facts, fact{strings.ReplaceAll(f.Name, "_", " "), f.Value})
	}
	if c.Two {
		c.Least = 20
	}
	return c
}

func orNone(name string) string {
	if name == "" {
		return none
	}
	return name
}

// ofParent is the cancel of one parent.
func (c *confirmation) ofParent(v Reader, q url.Values) {
	id, _ := strconv.ParseUint(q.Get("parent"), 10, 64) // what is no number is no parent
	d, ok := v.Parent(order.ParentID(id))
	c.Title, c.Button, c.Danger = "Cancel parent "+q.Get("parent"), "Cancel the order", true
	if !ok {
		c.Refused = "This parent is not kept here."
		return
	}
	c.Title = fmt.Sprintf("Cancel %s: %s %s %s", d.OrderID, d.Side, qty(d.Qty), d.Symbol)
	c.Says = "What works of it is withdrawn from its venues, and its client is told that it ended. It cannot be undone."
	c.Facts = []fact{{"client", d.Client}, {"filled", qty(d.Cum)}, {"leaves", qty(d.Leaves)}, {"working", qty(d.Working)}, {"in doubt", qty(d.InDoubt)}}
}

// scopeOf is the scope that a form names.
func scopeOf(q url.Values) view.Halt {
	get := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	return view.Halt{Client: get("client"), Symbol: get("symbol"), Venue: get("venue"), Algorithm: get("algorithm")}
}

// scopeWords names a scope.
func scopeWords(h *view.Halt) string {
	var parts []string
	for _, f := range []fact{{"venue", h.Venue}, {"symbol", h.Symbol}, {"client", h.Client}, {"algorithm", h.Algorithm}} {
		if f.Value != "" {
			parts = append(parts, f.Name+" "+f.Value)
		}
	}
	if len(parts) == 0 {
		return "everything"
	}
	return strings.Join(parts, ", ")
}

// ofHalt is the kill switch: what it withdraws is counted before one presses it.
func (c *confirmation) ofHalt(state *view.State, h view.Halt) {
	c.Title, c.Button, c.Danger = "Halt "+scopeWords(&h), "Halt "+scopeWords(&h), true
	c.Says = "Nothing new is sent in this scope from that moment on, and everything that works there is withdrawn. It stays so, also over a restart, until two persons resume it."
	working, orders := int64(0), 0
	for i := range state.Parents {
		p := &state.Parents[i]
		if p.Done || h.Client != "" && h.Client != p.Client || h.Symbol != "" && h.Symbol != p.Symbol || h.Algorithm != "" && h.Algorithm != p.Strategy {
			continue
		}
		orders++
		working += p.Working + p.InDoubt
	}
	c.Facts = []fact{{"orders that work", qty(int64(orders))}, {"shares at venues", qty(working)}}
	if h.Venue != "" {
		c.Facts = []fact{{"orders that work", qty(int64(orders))}}
		if i := slices.IndexFunc(state.Venues, func(v view.Venue) bool { return v.Name == h.Venue }); i >= 0 {
			c.Facts = append(c.Facts, fact{"children there", strconv.Itoa(state.Venues[i].Working)})
		}
	}
}
