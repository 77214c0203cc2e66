package report

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/tca"
	"github.com/sluice-sor/sluice/internal/tca/nms"
)

// Disclosure is tables of what venues did with the orders of some days.
type Disclosure struct {
	What   string       `json:"what"` // what was selected
	Tables []*nms.Table `json:"tables"`
}

// Text is the tables for a terminal.
func (d *Disclosure) Text() string {
	var b strings.Builder
	b.WriteString(d.What + "\n")
	for _, t := range d.Tables {
		b.WriteString("\n" + t.Text())
	}
	return b.String()
}

// orders gives fn every child order of the parents that match, and gives the control for a table of them. A parent that does not
// reconcile to the share refuses the whole (BX-02).
func orders(ctx context.Context, st *store.Store, f *Filter, what string, fn func(k *setting, o *nms.Order)) (nms.Totals, error) {
	var control nms.Totals
	var refused refusal
	err := each(ctx, st, f, func(k *setting, in *tca.Input, r *tca.Report) error {
		refused.check(r)
		control.Count(r)
		list := nms.Orders(in, k.lots[r.Symbol])
		for i := range list {
			fn(k, &list[i])
		}
		return nil
	})
	if err == nil {
		err = refused.err(what, f.String())
	}
	if err == nil && control.Orders == 0 {
		err = fmt.Errorf("store %v has no child orders of parents of %s", st, f.String())
	}
	return control, err
}

// ReadQuality makes the table in the manner of amended Rule 605.
func ReadQuality(ctx context.Context, st *store.Store, f Filter) (*Disclosure, error) {
	q := nms.NewQuality()
	control, err := orders(ctx, st, &f, "Rule 605 table", func(_ *setting, o *nms.Order) { q.Add(o) })
	if err != nil {
		return nil, err
	}
	t, err := q.Table(control)
	if err != nil {
		return nil, fmt.Errorf("the Rule 605 table of %s is refused (BX-02): %w", f.String(), err)
	}
	return &Disclosure{f.String(), []*nms.Table{t}}, nil
}

// ReadRouting makes the tables in the manner of Rules 606(a) and 606(b)(3).
func ReadRouting(ctx context.Context, st *store.Store, f Filter) (*Disclosure, error) {
	q := nms.NewRouting()
	control, err := orders(ctx, st, &f, "Rule 606 tables", func(_ *setting, o *nms.Order) { q.Add(o) })
	if err != nil {
		return nil, err
	}
	by, handling, err := q.Tables(control)
	if err != nil {
		return nil, fmt.Errorf("the Rule 606 tables of %s are refused (BX-02): %w", f.String(), err)
	}
	return &Disclosure{f.String(), []*nms.Table{by, handling}}, nil
}

// ReadMonthly makes the records of the files that market centers published before Rule 605 was amended, one file for all venues,
// each a market center by its MIC. The spread is realized after realizedNs, where a markout was measured then.
func ReadMonthly(ctx context.Context, st *store.Store, f Filter, realizedNs int64) ([]string, error) {
	type key struct {
		center, month string
		symbol        market.Symbol
		kind, size    int
	}
	records := map[key]*nms.Monthly{}
	_, err := orders(ctx, st, &f, "Rule 605 file", func(k *setting, o *nms.Order) {
		kind, size, ok := nms.MonthlyKey(o)
		if !ok || int(o.At) >= len(k.venues) {
			return
		}
		day := k.hours.Day(o.Received).Date
		at := key{k.venues[o.At].MIC, fmt.Sprintf("%06d", day/100), o.Symbol, kind, size}
		m := records[at]
		if m == nil {
			m = &nms.Monthly{Participant: "T", Center: at.center, Month: at.month, Symbol: at.symbol, Type: kind, Size: size}
			records[at] = m
		}
		m.Add(o, realizedNs)
	})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, m := range records {
		out = append(out, m.String())
	}
	slices.Sort(out)
	return out, nil
}
