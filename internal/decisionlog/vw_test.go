package decisionlog

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// vwRead is a line as Vowpal Wabbit's parser understands it.
type vwRead struct {
	Cost, Probability float64
	Action, Index     int
	EventID           string
	A                 []int
	P                 []float64
	Shared            map[string]map[string]float64 // by namespace; words are features of value 1
	Actions           []map[string]map[string]float64
}

// readVW decodes a line by the rules of VW's dsjson parser (parse_example_json.h), and refuses what it would refuse or
// misread: a label after the examples, an index out of bounds, features that are null or nested, namespaces of one group.
func readVW(line []byte) (*vwRead, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	if tok, err := d.Token(); err != nil || tok != json.Delim('{') {
		return nil, fmt.Errorf("begins with %v, error %v", tok, err)
	}
	out := &vwRead{Index: -1}
	examples := false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		if examples && strings.HasPrefix(key.(string), "_label") {
			return nil, fmt.Errorf("%v follows c: it is too late for it", key)
		}
		var into any = new(json.RawMessage)
		switch key {
		case "_label_cost":
			into = &out.Cost
		case "_label_probability":
			into = &out.Probability
		case "_label_Action":
			into = &out.Action
		case "_labelIndex":
			into = &out.Index
		case "EventId":
			into = &out.EventID
		case "a":
			into = &out.A
		case "p":
			into = &out.P
		case "Version":
			var version string
			if err := d.Decode(&version); err != nil || version != "1" {
				return nil, fmt.Errorf("version %q, error %v", version, err)
			}
			continue
		case "Timestamp":
			var at time.Time
			if err := d.Decode(&at); err != nil {
				return nil, err
			}
			continue
		case "c":
			examples = true
			var c map[string]json.RawMessage
			if err := d.Decode(&c); err != nil {
				return nil, err
			}
			if err := out.examples(c); err != nil {
				return nil, err
			}
			continue
		}
		if err := d.Decode(into); err != nil {
			return nil, fmt.Errorf("%v: %w", key, err)
		}
	}
	return out, out.check()
}

func (r *vwRead) examples(c map[string]json.RawMessage) (err error) {
	var actions []map[string]json.RawMessage
	if err := json.Unmarshal(c["_multi"], &actions); err != nil {
		return fmt.Errorf("_multi: %w", err)
	}
	delete(c, "_multi")
	if r.Shared, err = namespaces(c); err != nil {
		return err
	}
	groups := map[byte]string{}
	for name := range r.Shared {
		groups[name[0]] = name
	}
	for _, a := range actions {
		delete(a, "_tag")
		of, err := namespaces(a)
		if err != nil {
			return err
		}
		for name := range of {
			if other, taken := groups[name[0]]; taken && other != name {
				return fmt.Errorf("namespaces %s and %s are one group", name, other)
			}
			groups[name[0]] = name
		}
		r.Actions = append(r.Actions, of)
	}
	return nil
}

func namespaces(of map[string]json.RawMessage) (map[string]map[string]float64, error) {
	out := map[string]map[string]float64{}
	for name, raw := range of {
		var values map[string]any
		if err := json.Unmarshal(raw, &values); err != nil || strings.HasPrefix(name, "_") {
			return nil, fmt.Errorf("namespace %s: %w", name, err)
		}
		out[name] = map[string]float64{}
		for f, v := range values {
			if strings.HasPrefix(f, "_") {
				return nil, fmt.Errorf("%s.%s would be ignored", name, f)
			}
			switch v := v.(type) {
			case float64:
				out[name][f] = v
			case string:
				out[name][f+strings.NewReplacer(" ", "_", ":", "_", "|", "_", "\t", "_").Replace(v)] = 1
			default:
				return nil, fmt.Errorf("%s.%s is %v", name, f, v)
			}
		}
	}
	return out, nil
}

func (r *vwRead) check() error {
	n := len(r.Actions)
	if r.Index < 0 || r.Index >= n || r.Action != r.Index+1 || len(r.A) != n || len(r.P) != n || r.A[0] != r.Action || r.P[0] != r.Probability {
		return fmt.Errorf("%d actions, label of %d at %d with %v; a %v, p %v", n, r.Action, r.Index, r.Probability, r.A, r.P)
	}
	sum := 0.0
	for i, p := range r.P {
		if sum += p; !(p >= 0) || slices.Contains(r.A[:i], r.A[i]) || r.A[i] < 1 || r.A[i] > n {
			return fmt.Errorf("a %v, p %v", r.A, r.P)
		}
	}
	if math.Abs(sum-1) > 1e-9 || r.EventID == "" {
		return fmt.Errorf("event %q: the probabilities sum to %v", r.EventID, sum)
	}
	return nil
}

// views gives a decision the venues that it saw, with features of .1, .2, … at the first, and twice that at the second.
func views(d *event.RecordDecision) {
	schema := features.Default()
	d.Schema, d.Model, d.Posterior, d.OppBps, d.Objective = schema.Hash(), "builtin", 12, 4.25, order.MinImpact
	d.Venues = []event.VenueView{{Venue: 0, Excluded: "stale book", AgeNs: -1}}
	for v := 1; v <= 2; v++ {
		w := event.VenueView{Venue: market.VenueID(v), FillProb: .25 * float64(v), Features: make([]float64, features.Dim)}
		for f := range w.Features {
			w.Features[f] = float64(v) * (float64(f) + 1) / 8
		}
		d.Venues = append(d.Venues, w)
	}
	d.Plans[0].Parts = event.CostParts{Spread: .5, Fee: -.25, Impact: 1, Toxicity: .75, Leakage: 0, Opportunity: 1}
}

// TestVW: the lines of a log are the golden ones, VW can read each, and they hold what the records do, probabilities to the
// bit. Void decisions and those without a cost are counted, not written.
func TestVW(t *testing.T) {
	var out bytes.Buffer
	v, n := NewVW(&out), 0
	v.Names = names
	var written []*Record
	ordinary(7, 4).draw(t, func(r *Record, _ [4]float64) {
		views(r.Decision)
		switch n++; n {
		case 2:
			r.Decision.Void = true
		case 3:
			r.Cost = nil
		case 4:
			r.Decision.Schema = "another"
			written = append(written, r)
		case 5:
			r.Decision.Plans[1].Parts.Fee, r.Decision.Venues[1].FillProb = math.NaN(), math.Inf(1)
			r.Decision.Symbol = `A "B|C`
			written = append(written, r)
		default:
			written = append(written, r)
		}
		if err := v.Write(r); err != nil {
			t.Fatal(err)
		}
	})
	if err := v.Flush(); err != nil {
		t.Fatal(err)
	}
	if w := v.Written; w.Rows != len(written) || w.Left[Void] != 1 || w.Left[Unknown] != 1 || w.Other != 1 || !strings.HasPrefix(w.String(), "8 decisions written; left out: 1 void, 1 whose") {
		t.Errorf("%+v: %v", w, w.String())
	}
	golden := filepath.Join("testdata", "decisions.dsjson")
	if os.Getenv("SLUICE_GOLDEN") != "" {
		if err := os.WriteFile(golden, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(out.Bytes(), want) {
		t.Errorf("the lines differ from %s (error %v): look at them, and write it with SLUICE_GOLDEN=1 if they should:\n%s", golden, err, out.Bytes())
	}
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	if len(lines) != len(written) {
		t.Fatalf("%d lines of %d records", len(lines), len(written))
	}
	for i, r := range written {
		got, err := readVW(lines[i])
		if err != nil {
			t.Errorf("line %d: %v\n%s", i+1, err, lines[i])
			continue
		}
		d := r.Decision
		if got.Cost != r.Cost.Value || got.Index != int(d.Chosen) || got.EventID != fmt.Sprintf("1-%d", d.Decision) {
			t.Errorf("line %d: %+v of %+v at %v", i+1, got, d, r.Cost.Value)
		}
		for k, a := range got.A {
			if got.P[k] != d.Plans[a-1].Prob {
				t.Errorf("line %d: action %d has %v, want %v", i+1, a, got.P[k], d.Plans[a-1].Prob)
			}
		}
		if both := got.Actions[0]["Venues"]; len(both) != 2 || both["DARKA_dark"] != .5 || both["DARKB_dark"] != .5 {
			t.Errorf("line %d: the first plan's venues %v", i+1, both)
		}
	}
	first, err := readVW(lines[0])
	if err != nil {
		t.Fatal(err)
	}
	if p := first.Actions[0]["Plan"]; p["fee_bps"] != -.25 || p["fill_prob"] != .375 || p["since_fill"] != 1.5*(features.SinceFill+1)/8 {
		t.Errorf("the first plan %v", p)
	}
	if c := first.Shared["Context"]; len(c) != 9 || c["spread"] != (features.Spread+1)/8. || c["since_fill"] != 0 || c["microprice"] != 0 {
		t.Errorf("the context %v", c)
	}
}

// The decoder of the test refuses what VW would: so it can fail.
func TestReadVWCanFail(t *testing.T) {
	const good = `{"_label_cost":1,"_label_probability":0.5,"_label_Action":1,"_labelIndex":0,"Timestamp":"2026-01-02T15:04:05.0000000Z","Version":"1","EventId":"x","a":[1,2],` +
		`"c":{"Order":{"a":"b"},"_multi":[{"Plan":{"x":1}},{"Plan":{"x":2}}]},"p":[0.5,0.5]}`
	if _, err := readVW([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{
		{`"_labelIndex":0`, `"_labelIndex":2`}, {`"_label_Action":1`, `"_label_Action":2`}, {`"a":[1,2]`, `"a":[2,1]`}, {`"a":[1,2]`, `"a":[1,1]`},
		{`"p":[0.5,0.5]`, `"p":[0.5,0.4]`}, {`"p":[0.5,0.5]`, `"p":[0.5]`}, {`{"x":1}`, `{"x":null}`}, {`{"x":1}`, `{"_x":1}`}, {`"Order"`, `"Plans"`}, {`"Version":"1"`, `"Version":"2"`},
		{`"_label_cost":1,`, ``}, {`"EventId":"x"`, `"EventId":""`},
	} {
		bad := strings.Replace(good, c[0], c[1], 1)
		if c[1] == "" {
			bad = strings.TrimSuffix(bad, "}") + `,"_label_cost":1}`
		}
		if _, err := readVW([]byte(bad)); err == nil {
			t.Errorf("no error for %s", bad)
		}
	}
}

// TestCSV: a row a decision under its header, usable or not; without decisions the header alone.
func TestCSV(t *testing.T) {
	var out bytes.Buffer
	c, n := NewCSV(&out), 0
	c.Names = names
	ordinary(7, 4).draw(t, func(r *Record, _ [4]float64) {
		switch n++; n {
		case 2:
			r.Decision.Void = true
		case 3:
			r.Cost = nil
		case 4:
			r.Decision.Chosen, r.Decision.Static, r.Decision.Plans = -1, -1, nil
		}
		if err := c.Write(r); err != nil {
			t.Fatal(err)
		}
	})
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != n+1 || !slices.Equal(rows[0], tableNames()) {
		t.Fatalf("%d rows of %d records, error %v, header %q", len(rows), n, err, rows[0])
	}
	column := func(row int, name string) string { return rows[row][slices.Index(rows[0], name)] }
	for row, want := range []string{"", "usable", "void", "cost unknown", "no choice"} {
		if row > 0 && column(row, "state") != want {
			t.Errorf("row %d is %q, want %q", row, column(row, "state"), want)
		}
	}
	if column(3, "cost_bps") != "" || column(4, "plan") != "" || column(1, "event_id") != "1-1" || column(1, "cost_bps") == "" {
		t.Errorf("rows %q", rows[1:5])
	}
	if got := column(1, "shares"); column(1, "plan") == "static" && got != "DARKA:dark:500 DARKB:dark:500" || got == "" {
		t.Errorf("shares %q of plan %q", got, column(1, "plan"))
	}
	out.Reset()
	if err := NewCSV(&out).Flush(); err != nil || out.String() != strings.Join(tableNames(), ",")+"\n" {
		t.Errorf("an empty table is %q, error %v", out.String(), err)
	}
}

// A file that takes no more is an error, not a short file.
func TestWriterErrors(t *testing.T) {
	for name, w := range map[string]Writer{"vw": NewVW(full{}), "csv": NewCSV(full{}), "parquet": NewParquet(full{})} {
		err := w.Write(one(nil))
		if err == nil {
			err = w.Flush()
		}
		if !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func tableNames() (names []string) {
	for _, c := range tableColumns() {
		names = append(names, c.Name)
	}
	return names
}
