package reconcile

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"

	fixstore "github.com/sluice-sor/sluice/fixgw/store"
	"github.com/sluice-sor/sluice/internal/market"
)

// tellings is what one kind of receiver was told: the clients, or the readers of drop copies (DC-03). It is the reports as they were handed to the FIX sessions. The messages are read here from
// their bytes, not by the mapping that wrote them, so that a fault of the mapping shows.
type tellings struct {
	trades  map[string]*Trade // by our ExecID (17) of the first report
	content map[string]string // by 17: what it said, to find one that was sent twice with other content
	differs []string
	cum     map[string]market.Qty // by OrderID (37): the last 14
	order   map[string]string     // 17 -> 37
}

// messages sorts the stored reports by their receivers: a drop copy's say so in 797.
type messages struct{ clients, copies tellings }

func newTellings() tellings {
	return tellings{trades: map[string]*Trade{}, content: map[string]string{}, cum: map[string]market.Qty{}, order: map[string]string{}}
}

// read takes one record of the FIX message store.
func (m *messages) read(payload []byte) error {
	_, message, ok, err := fixstore.Saved(payload)
	if err != nil || !ok {
		return err
	}
	f, err := split(message)
	if err != nil || f["35"] != "8" { // nothing but an ExecutionReport speaks of shares
		return err
	}
	if f["797"] == "Y" {
		return m.copies.report(f)
	}
	return m.clients.report(f)
}

// report takes one ExecutionReport. One that was sent again keeps its ExecID and counts once (ER-23).
func (t *tellings) report(f map[string]string) (err error) {
	r := telling{id: f["17"], ref: f["19"], order: f["37"]}
	if r.qty, err = shares(f, "32"); err != nil {
		return err
	}
	if r.cum, err = shares(f, "14"); err != nil {
		return err
	}
	if px := f["31"]; px != "" {
		if r.px, err = market.ParsePrice(px); err != nil {
			return fmt.Errorf("report %s: LastPx (31): %w", r.id, err)
		}
	}
	r.what = f["150"]
	if kind := f["20"]; kind != "" { // FIX 4.2 says in 20 what later versions say in 150 (ER-19)
		r.what = of42(kind, r.what)
	}
	t.take(&r)
	return nil
}

// telling is one report.
type telling struct {
	id, ref, order, what string
	qty, cum             market.Qty
	px                   market.Price
}

func of42(transType, execType string) string {
	switch {
	case transType == "1":
		return "H"
	case transType == "2":
		return "G"
	case transType == "3":
		return "I"
	case execType == "1" || execType == "2":
		return "F"
	}
	return execType
}

func (t *tellings) take(r *telling) {
	if r.what != "F" && r.what != "H" && r.what != "G" {
		return
	}
	content := fmt.Sprint(r.what, r.ref, r.qty, r.px, r.cum, r.order)
	if old, again := t.content[r.id]; again {
		if old != content {
			t.differs = append(t.differs, r.id)
		}
		return
	}
	t.content[r.id] = content
	t.cum[r.order] = r.cum
	switch r.what {
	case "F":
		t.trades[r.id], t.order[r.id] = &Trade{Qty: r.qty, Px: r.px}, r.order
	case "H":
		t.revise(r.ref, r.order, Trade{})
	case "G":
		t.revise(r.ref, r.order, Trade{Qty: r.qty, Px: r.px})
	}
}

// revise gives an execution its new values; one that was never told stands as what it is now.
func (t *tellings) revise(ref, order string, is Trade) {
	old := t.trades[ref]
	if old == nil {
		t.trades[ref], t.order[ref] = &is, order
		return
	}
	if is.Qty == 0 {
		is.Px = old.Px
	}
	*old = is
}

// miscounted gives the orders whose last CumQty (14) is not what their surviving executions sum to.
func (t *tellings) miscounted(who string) (out []Break) {
	sums := map[string]market.Qty{}
	for id, trade := range t.trades {
		sums[t.order[id]] += trade.Qty
	}
	for _, order := range slices.Sorted(maps.Keys(t.cum)) {
		if t.cum[order] != sums[order] {
			out = append(out, Break{Trades: map[string]*Trade{}, Wrong: fmt.Sprintf("%s was last told CumQty (14) %d of order %s, its executions sum to %d", who, t.cum[order], order, sums[order])})
		}
	}
	return out
}

// split reads the fields of a message; of a tag that comes twice the first counts.
func split(message []byte) (map[string]string, error) {
	f := map[string]string{}
	for part := range bytes.SplitSeq(bytes.TrimSuffix(message, []byte{1}), []byte{1}) {
		tag, value, ok := bytes.Cut(part, []byte{'='})
		if !ok {
			return nil, fmt.Errorf("a stored report has the field %q without =", part)
		}
		if _, twice := f[string(tag)]; !twice {
			f[string(tag)] = string(value)
		}
	}
	return f, nil
}

func shares(f map[string]string, tag string) (market.Qty, error) {
	text := f[tag]
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("report %s: tag %s is %q, not a number of shares", f["17"], tag, text)
	}
	return market.Qty(n), nil
}
