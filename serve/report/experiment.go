package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/serve/words"
)

// Experiment is the reading of an experiment on live flow, from a store.
type Experiment struct {
	Name     string                 `json:"name"`
	Began    market.Time            `json:"began_ns"`
	Ended    market.Time            `json:"ended_ns,omitempty"`
	Reason   string                 `json:"reason"`   // who began it, and why
	Assigned int                    `json:"assigned"` // parents that have an arm
	Working  int                    `json:"working"`  // of these, not done yet: in no figure
	Unpriced int                    `json:"unpriced"` // of these, without an arrival price to measure by: in no figure
	Unquoted map[string]int         `json:"unpriced_by_symbol,omitempty"`
	Result   *experiment.Result     `json:"result,omitempty"`
	Days     *experiment.Switchback `json:"switchback,omitempty"`
	TooFew   string                 `json:"too_few,omitempty"` // why a switchback cannot be read yet
}

// ReadExperiment reads the experiment of a name, or where that is empty the one that began last. Y is a parent's implementation
// shortfall in bps of its paper value, with fees and the price of what stayed unfilled; parents count in the order in which they
// ended, by what busts and corrections made of them since.
func ReadExperiment(ctx context.Context, st *store.Store, instance uint32, name string) (*Experiment, error) {
	instance, err := newest(ctx, st, instance)
	if err != nil {
		return nil, err
	}
	x, design, err := register(ctx, st, instance, name)
	if err != nil {
		return nil, err
	}
	rows, err := x.rows(ctx, st, instance)
	if err != nil {
		return nil, err
	}
	if design.Unit == experiment.SymbolDays {
		if x.Days, err = experiment.AnalyzeSwitchback(design, rows); err != nil {
			x.TooFew = err.Error()
		}
		return x, nil
	}
	x.Result, err = experiment.Analyze(design, rows)
	return x, err
}

// register finds an experiment's beginning and end.
func register(ctx context.Context, st *store.Store, instance uint32, name string) (*Experiment, *experiment.Design, error) {
	began, err := st.Experiments(ctx, store.ExperimentFilter{Instance: instance, Name: name, What: event.ExperimentBegan, Limit: -1})
	if err != nil {
		return nil, nil, err
	}
	if len(began) == 0 {
		if name == "" {
			return nil, nil, fmt.Errorf("store %v has no experiment: begin one with `sluice experiment start`", st)
		}
		return nil, nil, fmt.Errorf("store %v has no experiment %q", st, name)
	}
	last := began[len(began)-1].Body
	design := new(experiment.Design)
	if err := json.Unmarshal(last.Design, design); err != nil {
		return nil, nil, fmt.Errorf("store %v: the design of experiment %q: %w", st, last.Name, err)
	}
	x := &Experiment{Name: last.Name, Began: last.At, Reason: last.Reason}
	ended, err := st.Experiments(ctx, store.ExperimentFilter{Instance: instance, Name: x.Name, What: event.ExperimentEnded, Limit: -1})
	for _, e := range ended {
		if e.Body.At >= x.Began {
			x.Ended = e.Body.At
		}
	}
	return x, design, err
}

// rows are the parents that have ended.
func (x *Experiment) rows(ctx context.Context, st *store.Store, instance uint32) ([]experiment.Row, error) {
	assigned, err := st.Experiments(ctx, store.ExperimentFilter{Instance: instance, Name: x.Name, What: event.ExperimentAssigned, Limit: -1})
	if err != nil {
		return nil, err
	}
	settings := map[uint32]*setting{}
	type ended struct {
		experiment.Row
		at market.Time
		id order.ParentID
	}
	var all []ended
	for i := range assigned {
		a := assigned[i].Body
		if a.At < x.Began {
			continue
		}
		x.Assigned++
		r, _, err := reconcile(ctx, st, settings, store.ParentKey{Instance: instance, ID: a.Parent})
		if errors.Is(err, store.ErrNotFound) {
			x.Working++
			continue
		}
		if err != nil {
			return nil, err
		}
		switch {
		case !r.Done:
			x.Working++
			continue
		case r.Shortfall.Paper <= 0:
			x.Unpriced++
			if x.Unquoted == nil {
				x.Unquoted = map[string]int{}
			}
			x.Unquoted[string(a.Symbol)]++
			continue
		}
		all = append(all, ended{experiment.Row{Cluster: a.Cluster, Arm: experiment.Arm(a.Arm), Y: float64(r.Shortfall.Total) / float64(r.Shortfall.Paper) * 1e4,
			X: a.X, Symbol: string(a.Symbol), Date: int32(a.Date), SinceNs: a.SinceNs}, r.Ended, a.Parent})
	}
	slices.SortFunc(all, func(a, b ended) int {
		if a.at != b.at {
			return int(min(1, max(-1, int64(a.at)-int64(b.at))))
		}
		return int(min(1, max(-1, int64(a.id)-int64(b.id))))
	})
	rows := make([]experiment.Row, len(all))
	for i := range all {
		rows[i] = all[i].Row
	}
	return rows, nil
}

// Text is the reading for a terminal.
func (x *Experiment) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "experiment %q, begun %v %s\n", x.Name, x.Began, x.Reason)
	if x.Ended != 0 {
		fmt.Fprintf(&b, "ended %v\n", x.Ended)
	}
	fmt.Fprintf(&b, "%s, %d of them %s still", armed(x.Assigned), x.Working, words.Verb(x.Working, "works", "work"))
	if x.Unpriced > 0 {
		fmt.Fprintf(&b, ", %d arrived when nobody quoted both sides%s", x.Unpriced, x.unquoted())
	}
	b.WriteString("\n")
	switch {
	case x.Result != nil:
		b.WriteString(x.Result.Text())
	case x.Days != nil:
		b.WriteString(x.Days.Text())
	default:
		b.WriteString(x.TooFew + "\n")
	}
	return b.String()
}

// armed says how many orders an experiment has.
func armed(n int) string { return words.Count(n, "order has an arm", "orders have an arm") }

// unquoted says where the orders without an arrival price were, and what becomes of them. The quote was there, or not, before
// their arm was drawn, so to leave them out favors neither arm.
func (x *Experiment) unquoted() string {
	var where []string
	for symbol, n := range x.Unquoted {
		where = append(where, fmt.Sprintf("%d in %s", n, symbol))
	}
	slices.Sort(where)
	return fmt.Sprintf(" (%s):\nwithout a mid at arrival there is nothing to measure them by, and they are in no figure. That was so before their arm was drawn, and favors neither",
		strings.Join(where, ", "))
}

// Status is the reading in one line.
func (x *Experiment) Status() string {
	state := "runs"
	if x.Ended != 0 {
		state = "has ended"
	}
	head := fmt.Sprintf("experiment %q %s: %s", x.Name, state, armed(x.Assigned))
	switch {
	case x.Result != nil:
		return fmt.Sprintf("%s; %s: %s", head, x.Result.Verdict, x.Result.Because)
	case x.Days != nil:
		return fmt.Sprintf("%s on %s", head, words.Count(x.Days.Days[0]+x.Days.Days[1], "symbol-day", "symbol-days"))
	}
	return head + "; " + x.TooFew
}
