package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/internal/table"
)

// readChange reads one [[change]].
func (r *reader) readChange(s *table.Section) {
	var c Change
	if s.Has("at") == s.Has("at_parent") {
		s.Problem("at", "or at_parent must be given, and not both", `give a time after the start such as "2h", or the number of a parent`)
	}
	s.Duration("at", &c.When, 0, maxTime)
	table.Whole(s, "at_parent", &c.AtParent, 1, maxParents)
	if s.Require("kind", "want "+strings.Join(kindNames[1:], ", ")) {
		c.Kind = parsed(s, "kind", c.Kind, parseKind)
	}
	var names []string
	s.Texts("venues", &names)
	for _, n := range names {
		id, ok := r.index(n)
		if !ok {
			var known []string
			for i := range r.Venues {
				known = append(known, r.Venues[i].Name)
			}
			unknown(s, "venues", n, "[[venue]]", known)
			continue
		}
		c.Venues = append(c.Venues, id)
	}
	if len(names) == 0 && c.Kind != Agents && c.Kind != 0 {
		s.Problem("venues", "is missing", `name at least one, such as ["DARKA"]`)
	}
	r.readWhat(s, &c, len(names) > 0)
	s.Done()
	r.Changes = append(r.Changes, c)
}

func parseKind(text string) (Kind, error) {
	i := slices.Index(kindNames[1:], text)
	if i < 0 {
		return 0, fmt.Errorf("%q is not a kind of change: use %s", text, strings.Join(kindNames[1:], ", "))
	}
	return Kind(i + 1), nil
}

// readWhat reads what belongs to the kind of change.
func (r *reader) readWhat(s *table.Section, c *Change, atVenues bool) {
	switch c.Kind {
	case Agents:
		s.Require("flow", "give the parameters that change, as in [venue.flow], or as in [flow] without venues")
		r.readAgents(s.Sub("flow"), c, atVenues)
	case Fees:
		s.Require("fees", `give the new ones: { added = "-0.0020", removed = "0.0030" }`)
		s.Sub("fees").PerShare(&c.Schedule)
	case Links:
		if !s.Has("order_latency") && !s.Has("feed_latency") {
			s.Problem("order_latency", "and feed_latency are missing", `give one of them: { base = "2ms" }`)
		}
		c.Order, c.Feed = newLatency(s, "order_latency"), newLatency(s, "feed_latency")
	case Halt, Resume, Outage:
		c.Symbols = r.symbols(s)
	case Stall, Accept: // say all with their kind
	case Reject:
		if s.Require("text", "say what the venue answers") {
			s.Text("text", &c.Text)
		}
		if s.Has("text") && c.Text == "" {
			s.Problem("text", "is empty", "say what the venue answers")
		}
	}
	if c.Kind == Halt || c.Kind == Stall || c.Kind == Reject || c.Kind == Outage {
		s.Duration("for", &c.For, 0, maxTime)
		if c.For == 0 && (c.Kind == Stall || c.Kind == Outage) {
			s.Problem("for", "is missing", `say how long, such as "60s"`)
		}
	}
}

func newLatency(s *table.Section, k string) *sim.Latency {
	if !s.Has(k) {
		return nil
	}
	l := new(sim.Latency)
	readLatency(s.Sub(k), l)
	return l
}

// readAgents reads new parameters, and checks them together with those that stay.
func (r *reader) readAgents(s *table.Section, c *Change, atVenues bool) {
	if atVenues {
		c.Edits = readEdits(s, venueFields())
	} else {
		c.Edits = readEdits(s, flowFields())
	}
	if !atVenues || len(c.Venues) > 0 { // else a name that there is not has been reported
		if p := r.agents; p != nil && (c.When < p.When || c.AtParent < p.AtParent) {
			s.Problem("", "changes agents before an earlier entry does", "give the changes of agents in the order of time, all at times or all at parents")
		}
		r.agents = &Change{When: c.When, AtParent: c.AtParent}
		c.edit(&r.now)
		checkWhole(s, &r.now)
	}
	for _, v := range c.Venues {
		checkEffect(s, r.Venues[v].Type)
		checkFlow(s, &r.now.Venues[v])
	}
	s.Done()
}

// checkFees reports changes of fees at several times: a market starts so that midnight, when schedules change, comes at the
// time of one.
func (r *reader) checkFees(root *table.Section) {
	var first *Change
	for i := range r.Changes {
		c := &r.Changes[i]
		switch {
		case c.Kind != Fees:
		case first == nil:
			first = c
		case c.When != first.When || c.AtParent != first.AtParent:
			root.Problem(fmt.Sprintf("change[%d]", i+1), "changes fees at another time than an earlier one", "give all changes of fees one time")
			return
		}
	}
}
