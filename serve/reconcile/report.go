package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
)

// Options say what is compared.
type Options struct {
	Journal    string       // directory
	Store      *store.Store // opened by the caller
	Date       market.Date  // 0 = the journal's latest trade date
	VenueFiles []string     // none: the venues' account is missing, and the report says so
}

// Report is one day's proof.
type Report struct {
	Date       string   `json:"date"`
	Journal    string   `json:"journal"`
	Instance   uint32   `json:"instance"`
	LastSeq    uint64   `json:"last_seq"` // of the journal's records that were read
	Store      string   `json:"store"`
	VenueFiles []string `json:"venue_files"`
	// Unheard are the venues with executions of the day that no file speaks of.
	Unheard    []string `json:"unheard"`
	Copied     []string `json:"copied"` // clients of which a drop copy tells
	Executions int      `json:"executions"`
	Totals     []*Total `json:"totals"`
	Sum        *Total   `json:"sum"`
	Breaks     []Break  `json:"breaks"`
	Agree      bool     `json:"agree"`
}

// Run compares the accounts of one day.
func Run(ctx context.Context, o Options) (*Report, error) {
	b, err := ReadJournal(ctx, o.Journal)
	if err != nil {
		return nil, err
	}
	if o.Date == 0 {
		o.Date = b.Latest
	}
	if o.Date == 0 {
		return nil, fmt.Errorf("journal %s has no execution: there is nothing to reconcile", o.Journal)
	}
	if !b.covers(o.Date) {
		return nil, fmt.Errorf("journal %s begins at %v, within or after %v: its older segments were deleted; put them back from the archive", o.Journal, b.Began, o.Date)
	}
	var v *VenueBooks
	if len(o.VenueFiles) > 0 {
		v = NewVenueBooks(o.Date, b.Hours)
		var errs []error
		for _, path := range o.VenueFiles {
			errs = append(errs, v.ReadFile(path))
		}
		if err := errors.Join(errs...); err != nil {
			return nil, err
		}
	}
	c := newComparison(b, o.Date, v)
	if err := c.readStore(ctx, o.Store); err != nil {
		return nil, err
	}
	return c.report(&o), nil
}

func (c *comparison) report(o *Options) *Report {
	r := &Report{Date: c.date.String(), Journal: c.books.Dir, Instance: c.books.Instance, LastSeq: c.books.Last, Store: o.Store.String(),
		VenueFiles: append([]string{}, o.VenueFiles...), Unheard: []string{}, Executions: len(c.rows), Breaks: append([]Break{}, c.breaks()...)}
	for _, name := range c.books.Venues {
		traded := false
		for k := range c.rows {
			traded = traded || k.Venue == name
		}
		if traded && (c.venues == nil || !c.venues.Venues[name]) {
			r.Unheard = append(r.Unheard, name)
		}
	}
	r.Copied = append([]string{}, slices.Sorted(maps.Keys(c.copied))...)
	r.Totals = c.totals()
	r.Sum = &Total{Account: "all", Shares: map[string]market.Qty{}, Dollars: map[string]string{}}
	for _, t := range r.Totals {
		for s := range sides {
			r.Sum.qty[s] += t.qty[s]
			r.Sum.sums[s] = r.Sum.sums[s].Add(t.sums[s])
		}
		t.publish()
	}
	r.Sum.publish()
	r.Agree = len(r.Breaks) == 0
	return r
}

// publish gives the sums their printed form.
func (t *Total) publish() {
	for s := range sides {
		t.Shares[s.String()] = t.qty[s]
		t.Dollars[s.String()] = dollars(t.sums[s])
	}
}

func dollars(n market.Notional) string {
	if m, ok := n.Money(); ok {
		return m.String()
	}
	hi, lo := n.Parts()
	return fmt.Sprintf("%d*2^64+%d micro-dollars", hi, lo)
}

// Text prints the report for people.
func (r *Report) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: journal %s up to record %d, store %s\n\n", r.Date, r.Journal, r.LastSeq, r.Store)
	fmt.Fprintf(&b, "%-12s %-8s %-5s %12s %12s %12s %12s %12s %18s\n", "account", "symbol", "side", Journal, Store, Client, DropCopy, Venue, "notional $")
	for _, t := range append(r.Totals, r.Sum) {
		fmt.Fprintf(&b, "%-12s %-8s %-5s", t.Account, t.Symbol, t.Side)
		for s := range sides {
			switch {
			case s == Venue && len(r.VenueFiles) == 0:
				fmt.Fprintf(&b, " %12s", "no file")
			case s == DropCopy && len(r.Copied) == 0:
				fmt.Fprintf(&b, " %12s", "none")
			default:
				fmt.Fprintf(&b, " %12d", t.Shares[s.String()])
			}
		}
		fmt.Fprintf(&b, " %18s\n", t.Dollars[Journal.String()])
	}
	b.WriteByte('\n')
	for i := range r.Breaks {
		b.WriteString(r.Breaks[i].text())
	}
	b.WriteString(r.verdict())
	return b.String()
}

func (b *Break) text() string {
	if b.ExecID == "" {
		return "BREAK " + b.Wrong + "\n"
	}
	parts := []string{}
	for s := range sides {
		if t := b.Trades[s.String()]; t != nil {
			parts = append(parts, fmt.Sprintf("%v %d at %v", s, t.Qty, t.Px))
		}
	}
	return fmt.Sprintf("BREAK %v (%s): %s\n", b.Key, strings.Join(parts, ", "), b.Wrong)
}

func (r *Report) verdict() string {
	missing := ""
	if len(r.Unheard) > 0 {
		missing = "; no file speaks for " + strings.Join(r.Unheard, ", ") + ": give theirs with --venue"
	}
	if !r.Agree {
		return fmt.Sprintf("%d of %d executions do not agree%s\n", len(r.Breaks), r.Executions, missing)
	}
	ways := [...]string{"three", "four", "five"}
	n := 0
	if len(r.VenueFiles) > 0 {
		n++
	}
	if len(r.Copied) > 0 {
		n++
	}
	return fmt.Sprintf("the %s accounts agree to the share: %d executions, %d shares%s\n", ways[n], r.Executions, r.Sum.Shares[Journal.String()], missing)
}
