package decisionlog

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// CSV writes every decision as a row of a table, usable or not: its state says which.
type CSV struct {
	Names   Names
	Written Written
	out     *csv.Writer
	begun   bool
}

// NewCSV gives a writer whose venues have no names.
func NewCSV(w io.Writer) *CSV { return &CSV{out: csv.NewWriter(w)} }

// csvColumns are those of the table. Shares are VENUE:STYLE:SHARES, separated by spaces.
func csvColumns() []string {
	return []string{"event_id", "time", "parent", "symbol", "side", "stage", "want", "m", "epsilon", "gamma", "plans", "plan", "static",
		"probability", "expected_bps", "static_expected_bps", "cost_bps", "filled", "cut_short", "state", "reason", "shares"}
}

// Write implements Writer.
func (c *CSV) Write(r *Record) error {
	state, why, err := Classify(r)
	if err != nil {
		return err
	}
	if !c.begun {
		c.begun = true
		if err := c.out.Write(csvColumns()); err != nil {
			return err
		}
	}
	c.Written.Rows++
	d := r.Decision
	row := []string{eventID(r), d.At.UTC().Format("2006-01-02T15:04:05.000000000Z"), strconv.FormatUint(uint64(d.Parent), 10), string(d.Symbol),
		d.Side.String(), d.Stage.String(), strconv.FormatInt(int64(d.Want), 10), figure(d.M), figure(d.Epsilon), figure(d.Gamma), strconv.Itoa(len(d.Plans))}
	if n := int(d.Chosen); n >= 0 && n < len(d.Plans) {
		p := &d.Plans[n]
		row = append(row, p.Name, strconv.FormatBool(d.Chosen == d.Static), figure(p.Prob), figure(p.CostBps))
	} else {
		row = append(row, "", "", "", "")
	}
	if n := int(d.Static); n >= 0 && n < len(d.Plans) {
		row = append(row, figure(d.Plans[n].CostBps))
	} else {
		row = append(row, "")
	}
	if o := r.Cost; o != nil && o.Refused == "" {
		row = append(row, figure(o.Value), strconv.FormatInt(int64(o.Got), 10), strconv.FormatBool(o.Censored))
	} else {
		row = append(row, "", "", "")
	}
	return c.out.Write(append(row, state.String(), why, c.shares(r)))
}

// shares is what the chosen plan sends.
func (c *CSV) shares(r *Record) string {
	d := r.Decision
	if n := int(d.Chosen); n < 0 || n >= len(d.Plans) {
		return ""
	}
	var parts []string
	for _, s := range d.Plans[d.Chosen].Shares {
		parts = append(parts, c.Names.of(r.Instance, s.Venue)+":"+s.Style.String()+":"+strconv.FormatInt(int64(s.Qty), 10))
	}
	return strings.Join(parts, " ")
}

func figure(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// Flush implements Writer. A table without rows has its header.
func (c *CSV) Flush() error {
	if !c.begun {
		if err := c.out.Write(csvColumns()); err != nil {
			return err
		}
	}
	c.out.Flush()
	return c.out.Error()
}
