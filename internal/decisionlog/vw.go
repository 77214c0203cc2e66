package decisionlog

import (
	"bufio"
	"encoding/json"
	"io"
	"math"
	"strconv"

	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/event"
)

// VW writes usable decisions as Vowpal Wabbit reads them with --dsjson --cb_explore_adf or --cb_adf, a line each
// (https://github.com/VowpalWabbit/vowpal_wabbit/wiki/DSJSON). Actions are the plans. The cost is that of the draw in bps of
// the shares wanted, lower is better; the probability is the exact one.
//
// Namespaces have different first letters, so that -q CP crosses two of them: Order and Context are shared; an action has
// Plan, its expected cost by part and the features of its venues in the mean over its shares, and Venues, the share of what
// was wanted that goes to each venue and style.
type VW struct {
	Names   Names
	Written Written
	out     *bufio.Writer
	json    *json.Encoder
	schema  features.Schema
	hash    string
}

// NewVW gives a writer whose venues have no names.
func NewVW(w io.Writer) *VW {
	v := &VW{out: buffered(w), schema: features.Default()}
	v.json = json.NewEncoder(v.out)
	v.json.SetEscapeHTML(false)
	v.hash = v.schema.Hash()
	return v
}

// vwLine is one decision. The order of the fields is what readers that do not parse JSON look for.
type vwLine struct {
	Cost        float64     `json:"_label_cost"`
	Probability float64     `json:"_label_probability"`
	Action      int         `json:"_label_Action"` // from 1
	Index       int         `json:"_labelIndex"`   // from 0
	Outcomes    []vwOutcome `json:"o"`
	Timestamp   string      `json:"Timestamp"`
	Version     string      `json:"Version"`
	EventID     string      `json:"EventId"`
	Actions     []int       `json:"a"` // from 1, what was drawn first
	Context     vwContext   `json:"c"`
	Probs       []float64   `json:"p"` // of Actions
	Drop        float64     `json:"pdrop"`
	Model       vwModel     `json:"VWState"`
}

type vwOutcome struct {
	Reward  float64 `json:"v"` // the negative of the cost
	EventID string  `json:"EventId"`
	Taken   bool    `json:"ActionTaken"`
}

type vwModel struct {
	ID string `json:"m"`
}

type vwContext struct {
	Order   bag     `json:"Order"`
	Context bag     `json:"Context"`
	Plans   []vwAct `json:"_multi"`
}

type vwAct struct {
	Name   string `json:"_tag"`
	Plan   bag    `json:"Plan"`
	Venues bag    `json:"Venues"`
}

// bag is features in a fixed order. What is no figure is not in it.
type bag []feature

type feature struct {
	name  string
	value any // float64 or string
}

func (b *bag) add(name string, value float64) {
	if !math.IsNaN(value) && !math.IsInf(value, 0) {
		*b = append(*b, feature{name, value + 0}) // no −0
	}
}

func (b *bag) word(name, value string) { *b = append(*b, feature{name, value}) }

// MarshalJSON implements json.Marshaler.
func (b bag) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, f := range b {
		if i > 0 {
			out = append(out, ',')
		}
		for k, x := range []any{f.name, f.value} {
			raw, err := json.Marshal(x)
			if err != nil {
				return nil, err
			}
			if k == 1 {
				out = append(out, ':')
			}
			out = append(out, raw...)
		}
	}
	return append(out, '}'), nil
}

// Write writes the record if it is a usable draw, and else counts it.
func (v *VW) Write(r *Record) error {
	state, _, err := Classify(r)
	if err != nil {
		return err
	}
	if state != Usable {
		v.Written.Left[state]++
		return nil
	}
	v.Written.Rows++
	if r.Decision.Schema != v.hash {
		v.Written.Other++
	}
	return v.json.Encode(v.line(r))
}

// Flush implements Writer.
func (v *VW) Flush() error { return v.out.Flush() }

func (v *VW) line(r *Record) *vwLine {
	d := r.Decision
	id := eventID(r)
	drawn := int(d.Chosen)
	line := &vwLine{
		Cost: r.Cost.Value, Probability: d.Plans[drawn].Prob, Action: drawn + 1, Index: drawn,
		Outcomes:  []vwOutcome{{-r.Cost.Value, id, true}},
		Timestamp: d.At.UTC().Format("2006-01-02T15:04:05.0000000Z"), Version: "1", EventID: id,
		Context: vwContext{Order: orderBag(d), Context: v.shared(d)},
		Model:   vwModel{d.Model + "-" + strconv.FormatUint(d.Posterior, 10)},
	}
	line.Actions, line.Probs = append(line.Actions, drawn+1), append(line.Probs, d.Plans[drawn].Prob)
	for j := range d.Plans {
		if j != drawn {
			line.Actions, line.Probs = append(line.Actions, j+1), append(line.Probs, d.Plans[j].Prob)
		}
		line.Context.Plans = append(line.Context.Plans, vwAct{d.Plans[j].Name, v.planBag(d, j), v.venuesBag(r, &d.Plans[j])})
	}
	return line
}

// eventID is unique over journals.
func eventID(r *Record) string {
	return strconv.FormatUint(uint64(r.Instance), 10) + "-" + strconv.FormatUint(r.Decision.Decision, 10)
}

func orderBag(d *event.RecordDecision) (b bag) {
	b.word("symbol", string(d.Symbol))
	b.word("side", d.Side.String())
	b.word("stage", d.Stage.String())
	b.word("objective", d.Objective.String())
	b.add("finish_later_bps", d.OppBps)
	return b
}

// local are the features that differ from venue to venue; the others are the market's and the order's.
func local(i int) bool {
	switch i {
	case features.SizeToShown, features.SizeToMinute, features.Microprice, features.SinceFill, features.AtBest, features.Taken:
		return true
	}
	return false
}

// name is that of a feature in the schema of the log.
func (v *VW) name(d *event.RecordDecision, i int) string {
	if d.Schema == v.hash {
		return v.schema.Columns[i].Name
	}
	return "x" + strconv.Itoa(i)
}

// shared are the features that are the same for all venues, as the first of them has them.
func (v *VW) shared(d *event.RecordDecision) (b bag) {
	for i := range d.Venues {
		all := d.Venues[i].Features
		if len(all) != features.Dim {
			continue
		}
		for k, x := range all {
			if k != features.One && !local(k) {
				b.add(v.name(d, k), x)
			}
		}
		return b
	}
	return b
}

// planBag are the features of a plan.
func (v *VW) planBag(d *event.RecordDecision, j int) (b bag) {
	p := &d.Plans[j]
	b.word("name", p.Name)
	b.add("cost_bps", p.CostBps)
	if p.Parts != (event.CostParts{}) {
		b.add("spread_bps", p.Parts.Spread)
		b.add("fee_bps", p.Parts.Fee)
		b.add("impact_bps", p.Parts.Impact)
		b.add("toxicity_bps", p.Parts.Toxicity)
		b.add("leakage_bps", p.Parts.Leakage)
		b.add("opportunity_bps", p.Parts.Opportunity)
	}
	var sent, fill float64
	var mean [features.Dim]float64
	known := false
	for i := range p.Shares {
		s := &p.Shares[i]
		q := float64(s.Qty)
		sent += q
		for k := range d.Venues {
			w := &d.Venues[k]
			if w.Venue != s.Venue || len(w.Features) != features.Dim {
				continue
			}
			known = true
			fill += q * w.FillProb
			for f, x := range w.Features {
				mean[f] += q * x
			}
		}
	}
	if d.Want > 0 {
		b.add("sent_share", sent/float64(d.Want))
	}
	if known && sent > 0 {
		b.add("fill_prob", fill/sent)
		for f := range mean {
			if local(f) {
				b.add(v.name(d, f), mean[f]/sent)
			}
		}
	}
	return b
}

// venuesBag is where a plan sends.
func (v *VW) venuesBag(r *Record, p *event.PlanView) (b bag) {
	for i := range p.Shares {
		s := &p.Shares[i]
		b.add(v.Names.of(r.Instance, s.Venue)+"_"+s.Style.String(), float64(s.Qty)/float64(max(1, r.Decision.Want)))
	}
	return b
}
