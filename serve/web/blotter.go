package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/serve/view"
)

// rowsAtOnce bounds the rows of one page of the blotter: what a browser lays out in a few milliseconds.
const rowsAtOnce = 100

// blotter is one page of the parents that the reader asked for.
type blotter struct {
	Rows             []*view.Parent
	Kept, Found      int // parents in all, and of the filter
	First, Last      int // of Found, from 1
	At, Pages        int
	Statuses         []statusCount
	Symbols, Clients []string
}

// status is one choice of the filter: a name for the address, words, and what belongs to it.
type status struct {
	Name, Words string
	has         func(*view.Parent) bool
}

// statusCount is a choice with how many parents it has.
type statusCount struct {
	Name, Words string
	Count       int
}

func statuses() []status {
	return []status{
		{"", "all", func(*view.Parent) bool { return true }},
		{"working", "working", func(p *view.Parent) bool { return !p.Done }},
		{"held", "held", func(p *view.Parent) bool { return p.Hold != "" && !p.Done }},
		{"doubt", "in doubt", func(p *view.Parent) bool { return p.InDoubt > 0 }},
		{"filled", "filled", func(p *view.Parent) bool { return p.Done && p.Cum >= p.Qty }},
		{"ended", "ended unfilled", func(p *view.Parent) bool { return p.Done && p.Cum < p.Qty }},
	}
}

// columns gives the comparisons by which the blotter can be sorted.
func columns() map[string]func(a, b *view.Parent) int {
	return map[string]func(a, b *view.Parent) int{
		"received": func(a, b *view.Parent) int { return cmp.Compare(a.Received, b.Received) },
		"side":     func(a, b *view.Parent) int { return cmp.Compare(a.Side, b.Side) },
		"symbol":   func(a, b *view.Parent) int { return cmp.Compare(a.Symbol, b.Symbol) },
		"status":   func(a, b *view.Parent) int { return cmp.Compare(a.Status, b.Status) },
		"qty":      func(a, b *view.Parent) int { return cmp.Compare(a.Qty, b.Qty) },
		"filled":   func(a, b *view.Parent) int { return cmp.Compare(filledShare(a), filledShare(b)) },
		"slip":     func(a, b *view.Parent) int { return cmp.Compare(slipOf(a), slipOf(b)) },
		"client":   func(a, b *view.Parent) int { return cmp.Compare(a.Client, b.Client) },
	}
}

func sortable() []string {
	return []string{"", "received", "side", "symbol", "status", "qty", "filled", "slip", "client"}
}

func filledShare(p *view.Parent) float64 { return float64(p.Cum) / float64(max(1, p.Qty)) }

// slipOf puts a parent without a figure between gains and losses.
func slipOf(p *view.Parent) view.Real {
	if p.Slippage == nil {
		return 0
	}
	return *p.Slippage
}

// newBlotter filters, sorts and cuts. It costs O(n log n) for n parents, and gives rowsAtOnce at most.
func newBlotter(parents []view.Parent, q query) *blotter {
	b := &blotter{Kept: len(parents)}
	kinds := statuses()
	for _, k := range kinds {
		b.Statuses = append(b.Statuses, statusCount{Name: k.Name, Words: k.Words})
	}
	symbols, clients := map[string]bool{}, map[string]bool{}
	want := strings.ToLower(q.Text)
	var found []*view.Parent
	for i := range parents {
		p := &parents[i]
		symbols[p.Symbol], clients[p.Client] = true, true
		in := false
		for k := range kinds {
			if kinds[k].has(p) {
				b.Statuses[k].Count++
				in = in || kinds[k].Name == q.Status
			}
		}
		if in && (q.Symbol == "" || q.Symbol == p.Symbol) && (q.Client == "" || q.Client == p.Client) && mentions(p, want) {
			found = append(found, p)
		}
	}
	b.Symbols, b.Clients = sorted(symbols), sorted(clients)
	if by := columns()[strings.TrimPrefix(q.Sort, "-")]; by != nil {
		if strings.HasPrefix(q.Sort, "-") {
			up := by
			by = func(a, b *view.Parent) int { return up(b, a) }
		}
		slices.SortStableFunc(found, by)
	}
	b.Found = len(found)
	b.Pages = max(1, (len(found)+rowsAtOnce-1)/rowsAtOnce)
	b.At = min(max(1, q.At), b.Pages)
	from := (b.At - 1) * rowsAtOnce
	b.Rows = found[min(from, len(found)):min(from+rowsAtOnce, len(found))]
	b.First, b.Last = from+1, from+len(b.Rows)
	return b
}

// mentions reports whether a parent's names hold the text, which is in lower case.
func mentions(p *view.Parent, text string) bool {
	if text == "" {
		return true
	}
	for _, s := range [...]string{p.OrderID, p.ClOrdID, p.Symbol, p.Client, p.Strategy, p.Side, p.Status} {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for s := range set {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}
