package report

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/tca"
)

// Filter selects parents. A field's zero value selects all.
type Filter struct {
	From, To market.Date // trading days of receipt, both included
	Client   string
	Symbol   market.Symbol
	Strategy string
}

// String tells what is selected.
func (f *Filter) String() string {
	days := "all days"
	switch {
	case f.From != 0 && f.From == f.To:
		days = f.From.String()
	case f.From != 0 && f.To != 0:
		days = f.From.String() + " to " + f.To.String()
	case f.From != 0:
		days = f.From.String() + " and later"
	case f.To != 0:
		days = f.To.String() + " and before"
	}
	for _, x := range [...][2]string{{"client", f.Client}, {"symbol", string(f.Symbol)}, {"strategy", f.Strategy}} {
		if x[1] != "" {
			days += fmt.Sprintf(", %s %q", x[0], x[1])
		}
	}
	return days
}

// dayNs is more than a day in any time zone needs.
const dayNs = 24 * market.Hour

// span gives times that enclose the days in every time zone; the trading day decides then.
func (f *Filter) span() (from, to market.Time) {
	at := func(d market.Date) market.Time {
		return market.Time(time.Date(int(d/10000), time.Month(d/100%100), int(d%100), 0, 0, 0, 0, time.UTC).UnixNano())
	}
	if f.From != 0 {
		from = at(f.From).Add(-dayNs)
	}
	if f.To != 0 {
		to = at(f.To).Add(2 * dayNs)
	}
	return from, to
}

func (f *Filter) takes(r *tca.Report) bool {
	return (f.From == 0 || r.Day >= f.From) && (f.To == 0 || r.Day <= f.To) && (f.Client == "" || r.Client == f.Client) &&
		(f.Symbol == "" || r.Symbol == f.Symbol) && (f.Strategy == "" || r.Strategy == f.Strategy)
}

// each gives fn every parent that matches, in the order of receipt over all journals. One parent's records are in memory at a
// time, and a page of parents. An error of fn ends it.
func each(ctx context.Context, st *store.Store, f *Filter, fn func(k *setting, in *tca.Input, r *tca.Report) error) error {
	from, to := f.span()
	settings := map[uint32]*setting{}
	return st.EachParent(ctx, store.ToldFilter{From: from, To: to}, func(p *store.JudgedParent) error {
		if t := &p.Body.Parent; f.Client != "" && t.Client != f.Client || f.Symbol != "" && t.Terms.Symbol != f.Symbol {
			return nil // its records need not be read
		}
		r, in, err := reconcile(ctx, st, settings, store.KeyOf(p.Parent))
		if err != nil || !f.takes(&r) {
			return err
		}
		return fn(settings[p.Instance], in, &r)
	})
}

// mostListed is how many restated executions a report lists; it counts all of them.
const mostListed = 100

// Period is the cost of all parents of some days.
type Period struct {
	What     string         `json:"what"` // what was selected
	By       string         `json:"by,omitempty"`
	Summary  tca.Summary    `json:"summary"`
	Groups   []tca.Group    `json:"groups,omitempty"`
	Days     []tca.Group    `json:"days"`
	Restated []tca.Restated `json:"restated"` // the first of them
	by       tca.Dimension

	Simulated bool `json:"simulated,omitempty"` // some of the parents were worked in a simulated market
}

// ReadPeriod sums the parents that match, by a dimension where it is not 0. Parents of several journals may be among them; venues
// are told apart by their names. A parent that does not reconcile refuses the whole (BX-02).
func ReadPeriod(ctx context.Context, st *store.Store, f Filter, by tca.Dimension) (*Period, error) {
	total, groups, days := tca.NewTotal(), tca.NewGroups(by), tca.NewGroups(tca.ByDay)
	p := &Period{What: f.String(), Restated: []tca.Restated{}, by: by}
	var refused refusal
	err := each(ctx, st, &f, func(k *setting, _ *tca.Input, r *tca.Report) error {
		refused.check(r)
		p.Simulated = p.Simulated || k.simulated
		total.Add(r)
		groups.Add(r)
		days.Add(r)
		p.Restated = append(p.Restated, r.Restated[:min(len(r.Restated), mostListed-len(p.Restated))]...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := refused.err("report", p.What); err != nil {
		return nil, err
	}
	if p.Summary, err = total.Summary(); err != nil {
		return nil, err
	}
	if p.Summary.Parents == 0 {
		return nil, fmt.Errorf("store %v has no parents of %s: `sluice report` without these flags lists the newest", st, p.What)
	}
	if p.Days, err = days.List(); err != nil {
		return nil, err
	}
	if by != 0 {
		p.By = by.String()
		p.Groups, err = groups.List()
	}
	return p, err
}

// refusal collects why a report cannot be given.
type refusal struct {
	parents int
	said    []string
}

// check notes what of a parent does not reconcile to the share.
func (x *refusal) check(r *tca.Report) {
	if len(r.Breaks) == 0 {
		return
	}
	if x.parents++; x.parents <= 5 {
		x.said = append(x.said, fmt.Sprintf("parent %d: %s", r.Parent, strings.Join(r.Breaks, "; ")))
	}
}

func (x *refusal) err(what, of string) error {
	if x.parents == 0 {
		return nil
	}
	more := ""
	if n := x.parents - len(x.said); n > 0 {
		more = fmt.Sprintf("; and %d more", n)
	}
	return fmt.Errorf("the %s of %s is refused (BX-02): %d of its parents do not reconcile to the share: %s%s; `sluice report PARENT` shows each; "+
		"rebuild the store from the journal, or resolve what the venue says", what, of, x.parents, strings.Join(x.said, "; "), more)
}

// Text is the report for a terminal.
func (p *Period) Text() string {
	var b strings.Builder
	b.WriteString(p.What + ": " + p.Summary.Text())
	if p.Groups != nil {
		b.WriteString("\nby " + p.By + ", costs in bps, positive is a loss\n" + tca.GroupText(p.by, p.Groups))
	}
	b.WriteString("\n" + tca.ChargeText(p.Summary.Charges))
	for i := range p.Restated {
		b.WriteString("restated: " + p.Restated[i].String() + "\n")
	}
	return b.String()
}

// Whole reports whether the groups are of whole parents, and not of what one venue or style did of them.
func (p *Period) Whole() bool { return p.by > tca.ByStyle }

// Table is the groups as rows for programs, the head first; without groups it is one row of everything.
func (p *Period) Table() [][]string {
	if p.Groups == nil {
		return tca.Table(0, []tca.Group{{Key: p.What, Summary: p.Summary}})
	}
	return tca.Table(p.by, p.Groups)
}
