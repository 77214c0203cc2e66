package shard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
)

// WhatIf is what another configuration would have decided (OPS-05). Each decision that is compared is taken twice from the very
// state of its time, with the same draw: as it was, and under the other configuration. What would have come of it is not
// known, so the next one is again compared from what was.
type WhatIf struct {
	Journal   string              `json:"journal"`
	Decisions int                 `json:"decisions"` // in the journal: orders received, and decisions
	Compared  int                 `json:"compared"`
	Same      int                 `json:"same"`
	Refused   int                 `json:"refused"`  // orders that were taken and would be refused
	Accepted  int                 `json:"accepted"` // and the other way round
	Venues    map[string]Diverted `json:"venues"`   // by name; of the decisions compared
	Examples  []Difference        `json:"examples"` // the first ones
}

// Diverted is what a venue was sent, and would be.
type Diverted struct {
	Children, OtherChildren int
	Shares, OtherShares     int64
}

// Difference is a decision that comes out another way.
type Difference struct {
	Parent order.ParentID `json:"parent"`
	At     string         `json:"at"`
	What   string         `json:"what"` // the order
	Was    string         `json:"was"`
	Is     string         `json:"is"`
}

// examplesMost is how many differences are shown.
const examplesMost = 20

// Text prints the comparison for people.
func (w *WhatIf) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d decisions, %d compared from the state of their time with the same draw\n", w.Journal, w.Decisions, w.Compared)
	fmt.Fprintf(&b, "%d come out the same, %d another way; %d orders that were taken would be refused, %d that were refused would be taken\n",
		w.Same, w.Compared-w.Same, w.Refused, w.Accepted)
	for _, name := range slices.Sorted(maps.Keys(w.Venues)) {
		v := w.Venues[name]
		fmt.Fprintf(&b, "  %-10s %6d children %9d shares  ->  %6d children %9d shares\n", name, v.Children, v.Shares, v.OtherChildren, v.OtherShares)
	}
	for _, d := range w.Examples {
		fmt.Fprintf(&b, "parent %d at %s, %s\n  was %s\n  is  %s\n", d.Parent, d.At, d.What, d.Was, d.Is)
	}
	return b.String()
}

// whatIf is a comparison in progress: ahead has taken every event, behind all but the one in hand.
type whatIf struct {
	WhatIf
	ahead, behind *router.Engine
	other         event.Configured
	config        *router.Config
	every         int
	memory        []byte
}

// Reconsider replays the journal at path and takes at most so many of its decisions, evenly spread, again under another
// configuration.
func Reconsider(ctx context.Context, path string, other router.Config, most int) (*WhatIf, error) {
	n, err := countDecisions(ctx, path)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(other)
	if err != nil {
		return nil, err
	}
	in, err := journal.OpenReader(path, func(t journal.Type, v uint8) bool { return event.Known(t, v) })
	if err != nil {
		return nil, err
	}
	defer in.Close()
	w := &whatIf{WhatIf: WhatIf{Journal: path, Venues: map[string]Diverted{}, Examples: []Difference{}}, config: &other,
		other: event.Configured{Config: text}, every: max(1, (n+most-1)/max(most, 1)), ahead: router.New(), behind: router.New()}
	from, err := w.begin(path, in)
	if err != nil {
		return nil, err
	}
	for {
		rec, err := in.Next(ctx)
		if errors.Is(err, io.EOF) {
			return &w.WhatIf, nil
		}
		if err != nil {
			return nil, err
		}
		if kind := event.Kind(rec.Type); !kind.IsEvent() || rec.Seq <= from {
			continue
		}
		body, err := event.Decode(event.Kind(rec.Type), rec.Payload)
		if err != nil {
			return nil, fmt.Errorf("journal record %d: %w", rec.Seq, err)
		}
		if err := w.take(event.Event{Seq: rec.Seq, At: market.Time(rec.Wall), Body: body}); err != nil {
			return nil, err
		}
	}
}

// countDecisions counts what would be compared, without looking into it.
func countDecisions(ctx context.Context, path string) (n int, err error) {
	if _, err := os.Stat(path); err != nil {
		return 0, fmt.Errorf("journal %s: %w: name a journal directory or one of its segment files", path, errors.Unwrap(err))
	}
	in, err := journal.OpenReader(path, func(t journal.Type, v uint8) bool { return event.Known(t, v) })
	if err != nil {
		return 0, err
	}
	defer in.Close()
	for {
		rec, err := in.Next(ctx)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		if k := event.Kind(rec.Type); k == event.KindRecordDecision || k == event.KindParentReceived {
			n++
		}
	}
}

// begin starts with the oldest snapshot where the first segments are archived, and gives the last event that it holds.
func (w *whatIf) begin(path string, in *journal.Reader) (from uint64, err error) {
	marks, err := readMarks(path)
	if err != nil || in.Found().First <= 1 || len(marks) == 0 {
		return 0, err
	}
	r, err := startAt(marks, in.Found().First, in)
	if err != nil {
		return 0, err
	}
	if w.ahead = r.Engine; r.from == 0 {
		return 0, nil
	}
	if r.Configured != nil {
		if err := w.follow(r.Configured); err != nil {
			return 0, err
		}
	}
	w.behind, err = router.Restore(w.ahead.AppendSnapshot(nil))
	return r.from, err
}

// follow checks that a journal can go on under the other configuration.
func (w *whatIf) follow(c *event.Configured) error {
	var old router.Config
	if err := json.Unmarshal(c.Config, &old); err != nil {
		return fmt.Errorf("journal %s: its configuration does not decode: %w", w.Journal, err)
	}
	w.other.Instance, w.other.Epoch, w.other.Build = c.Instance, c.Epoch, c.Build
	return router.CanFollow(&old, w.config)
}

// take takes the next event, and reconsiders what it led to.
func (w *whatIf) take(ev event.Event) (err error) {
	defer func() { // the engine panics on a bug; this says where
		if p := recover(); p != nil {
			err = fmt.Errorf("journal record %d (%T): %v", ev.Seq, ev.Body, p)
		}
	}()
	if c, ok := ev.Body.(*event.Configured); ok {
		if err := w.follow(c); err != nil {
			return err
		}
	}
	was := w.outcome(w.ahead.Apply(ev))
	_, received := ev.Body.(*event.ParentReceived)
	if received || was.decided > 0 {
		if w.Decisions++; (w.Decisions-1)%w.every == 0 {
			w.memory = w.behind.AppendSnapshot(w.memory[:0])
			again, err := router.Restore(w.memory)
			if err != nil {
				return err
			}
			again.Apply(event.Event{Seq: ev.Seq, At: ev.At, Body: &w.other})
			next := event.Event{Seq: ev.Seq + 1, At: ev.At, Body: ev.Body} // nothing is decided by a place
			is := w.outcome(again.Apply(next))
			w.judge(ev, &was, &is)
		}
	}
	w.behind.Apply(ev)
	return nil
}

// decided is what an event led to, as far as it leaves the router.
type decided struct {
	decided int
	parent  order.ParentID
	refused string
	actions []string
	sent    map[string]Diverted
}

func (d *decided) String() string {
	switch {
	case d.refused != "":
		return "refused: " + d.refused
	case len(d.actions) == 0:
		return "nothing"
	}
	return strings.Join(d.actions, ", ")
}

// outcome reads commands, which are the engine's until its next event.
func (w *whatIf) outcome(cmds []event.Body) decided {
	d := decided{sent: map[string]Diverted{}}
	for _, cmd := range cmds {
		switch c := cmd.(type) {
		case *event.RecordDecision:
			d.decided++
			d.parent = c.Parent
		case *event.ReportParent:
			if c.ExecType == '8' {
				d.refused = c.Text
			}
		case *event.SendChild:
			name, px := w.config.Venues[c.Child.Venue].Name, ""
			if c.Child.Limit > 0 {
				px = " at " + c.Child.Limit.String()
			}
			d.actions = append(d.actions, fmt.Sprintf("%d to %s %v%s", c.Child.Qty, name, c.Child.Style, px))
			v := d.sent[name]
			v.Children++
			v.Shares += int64(c.Child.Qty)
			d.sent[name] = v
		case *event.ReplaceChild:
			d.actions = append(d.actions, fmt.Sprintf("replace child %d", c.Child))
		case *event.CancelChild:
			d.actions = append(d.actions, fmt.Sprintf("cancel child %d", c.Child))
		}
	}
	return d
}

// judge books one decision that was taken twice.
func (w *whatIf) judge(ev event.Event, was, is *decided) {
	w.Compared++
	for name, v := range was.sent {
		sum := w.Venues[name]
		sum.Children += v.Children
		sum.Shares += v.Shares
		w.Venues[name] = sum
	}
	for name, v := range is.sent {
		sum := w.Venues[name]
		sum.OtherChildren += v.Children
		sum.OtherShares += v.Shares
		w.Venues[name] = sum
	}
	if was.String() == is.String() {
		w.Same++
		return
	}
	switch {
	case was.refused == "" && is.refused != "":
		w.Refused++
	case was.refused != "" && is.refused == "":
		w.Accepted++
	}
	if len(w.Examples) < examplesMost {
		what := strings.TrimPrefix(fmt.Sprintf("%T", ev.Body), "*event.")
		if p, ok := ev.Body.(*event.ParentReceived); ok {
			what = fmt.Sprintf("%v %d %s", p.Terms.Side, p.Terms.Qty, p.Terms.Symbol)
		}
		w.Examples = append(w.Examples, Difference{Parent: max(was.parent, is.parent), At: ev.At.String(), What: what, Was: was.String(), Is: is.String()})
	}
}
