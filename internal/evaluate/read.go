package evaluate

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A World is a *CostWorld or a *PoolWorld.
type World interface{ title() string }

func (w *CostWorld) title() string { return w.Name }
func (w *PoolWorld) title() string { return w.Name }

// maxRows bounds a world: memory is about 400 bytes a row.
const maxRows = 5_000_000

// Read reads a recorded world, a .csv.gz or .csv file. The JSON file that its kind needs (sor_venues.json,
// dark_tails.json) is looked for beside it. Errors name file, row, column and remedy.
func Read(path string) (World, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, fmt.Errorf("world %s: %w: is it compressed? rename it to .csv if not", path, err)
		}
		r = z
	}
	w, err := decode(r, filepath.Base(path))
	if err != nil {
		return nil, fmt.Errorf("world %s: %w", path, err)
	}
	switch w := w.(type) {
	case *CostWorld:
		err = w.readVenues(filepath.Join(filepath.Dir(path), "sor_venues.json"))
	case *PoolWorld:
		err = w.readTails(filepath.Join(filepath.Dir(path), "dark_tails.json"))
	}
	return w, err
}

// The columns, in order.
func costColumns() []string {
	c := []string{"t", "regime"}
	c = numbered(c, "x", contexts)
	c = numbered(c, "q", venues)
	c = append(c, "half", "opp")
	c = numbered(c, "filled_", venues)
	c = numbered(c, "tox_", venues)
	return numbered(c, "mean_", venues)
}

func poolColumns() []string {
	c := []string{"t", "regime"}
	c = numbered(c, "x", poolContexts)
	c = append(c, "V")
	c = numbered(c, "A", pools)
	return numbered(c, "D", pools)
}

func numbered(c []string, name string, n int) []string {
	for i := range n {
		c = append(c, name+strconv.Itoa(i))
	}
	return c
}

// decode reads the rows; what stands beside the file is still missing.
func decode(r io.Reader, name string) (World, error) {
	c := csv.NewReader(r)
	c.ReuseRecord = true
	header, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("header: %w: the first line names the columns", err)
	}
	costs, splits := costColumns(), poolColumns()
	switch {
	case equal(header, costs):
		w := &CostWorld{Name: name}
		err = rows(c, costs, func(v *cells) {
			w.Rows = append(w.Rows, v.cost())
		})
		return w, err
	case equal(header, splits):
		w := &PoolWorld{Name: name}
		err = rows(c, splits, func(v *cells) {
			w.Rows = append(w.Rows, v.pool())
		})
		return w, err
	}
	want := costs
	if len(header) < len(costs) {
		want = splits
	}
	for i, got := range header {
		if i >= len(want) || got != want[i] {
			return nil, fmt.Errorf("header: column %d is %q, want %s", i+1, got, strings.Join(want, ","))
		}
	}
	return nil, fmt.Errorf("header: %d columns, want %s", len(header), strings.Join(want, ","))
}

func equal(a, b []string) bool { return strings.Join(a, ",") == strings.Join(b, ",") }

// rows hands every record to take.
func rows(c *csv.Reader, columns []string, take func(*cells)) error {
	for n := 0; ; n++ {
		record, err := c.Read()
		switch {
		case errors.Is(err, io.EOF) && n < 2:
			return fmt.Errorf("%d rows: give at least 2, one in each half", n)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err // names line and column
		case n == maxRows:
			return fmt.Errorf("more than %d rows: split the file", maxRows)
		}
		v := &cells{record: record, columns: columns}
		take(v)
		if v.problem != "" {
			line, _ := c.FieldPos(0)
			return fmt.Errorf("row %d (line %d): %s", n, line, v.problem)
		}
	}
}

// cells takes the fields of one record from the left and notes the first that is wrong.
type cells struct {
	record, columns []string
	at              int
	problem         string
}

// number is the next field, within bounds.
func (c *cells) number(least, most float64) float64 {
	i := c.at
	c.at++
	v, err := strconv.ParseFloat(c.record[i], 64)
	if (err != nil || !(v >= least && v <= most)) && c.problem == "" {
		c.problem = fmt.Sprintf("column %s is %q: want a number from %g to %g", c.columns[i], c.record[i], least, most)
	}
	return v
}

// count is the next field, a whole number within bounds.
func (c *cells) count(least, most int) int {
	i := c.at
	v := c.number(float64(least), float64(most))
	if v != math.Trunc(v) && c.problem == "" {
		c.problem = fmt.Sprintf("column %s is %q: want a whole number", c.columns[i], c.record[i])
	}
	if c.problem != "" {
		return least
	}
	return int(v)
}

func (c *cells) numbers(dst []float64, least, most float64) {
	for i := range dst {
		dst[i] = c.number(least, most)
	}
}

const (
	anything = 1e6 // bounds of a figure in bps or of a feature
	lots     = 1 << 20
)

func (c *cells) cost() (r CostRow) {
	c.count(0, maxRows)
	c.count(0, maxRows)
	c.numbers(r.X[:], -anything, anything)
	c.numbers(r.Q[:], 0, 1)
	r.Half, r.Opp = c.number(0, anything), c.number(-anything, anything)
	for k := range r.filled {
		r.filled[k] = c.count(0, 1) == 1
	}
	c.numbers(r.tox[:], -anything, anything)
	c.numbers(r.mean[:], -anything, anything)
	return r
}

func (c *cells) pool() (r PoolRow) {
	c.count(0, maxRows)
	r.regime = c.count(0, 1)
	c.numbers(r.X[:], -anything, anything)
	r.Lots = c.count(1, lots)
	c.numbers(r.any[:], 0, 1)
	for i := range r.liquidity {
		r.liquidity[i] = c.count(0, lots)
	}
	return r
}

// readVenues reads fees and capture signs.
func (w *CostWorld) readVenues(path string) error {
	var file struct {
		Venues []struct {
			K       int
			Type    string
			Fee     *float64 `json:"fee_bps"`
			Capture *float64 `json:"capt_sign"`
		}
		Centre *float64 `json:"q_centre"`
	}
	if err := readJSON(path, &file); err != nil {
		return err
	}
	if len(file.Venues) != venues || file.Centre == nil {
		return fmt.Errorf("world %s: %d venues, q_centre %v: want %d venues and a q_centre", path, len(file.Venues), file.Centre, venues)
	}
	for i, v := range file.Venues {
		if v.K != i || v.Fee == nil || v.Capture == nil {
			return fmt.Errorf("world %s: venue %d: want k %d with fee_bps and capt_sign", path, i, i)
		}
		w.Venues[i] = Venue{v.Type, *v.Fee, *v.Capture}
	}
	w.Centre = *file.Centre
	return nil
}

// readTails reads the exponents of the file's liquidity.
func (w *PoolWorld) readTails(path string) error {
	var file struct {
		Size  int `json:"size_max"`
		Files map[string]struct{ Beta [][]float64 }
	}
	if err := readJSON(path, &file); err != nil {
		return err
	}
	mine, ok := file.Files[w.Name]
	if !ok {
		mine, ok = file.Files[strings.TrimSuffix(w.Name, ".gz")+".gz"]
	}
	if !ok || file.Size != maxSize || len(mine.Beta) != 2 {
		return fmt.Errorf("world %s: want size_max %d and files.%q with beta for two regimes", path, maxSize, w.Name)
	}
	for i, of := range mine.Beta {
		if len(of) != pools {
			return fmt.Errorf("world %s: files.%q.beta[%d] has %d pools, want %d", path, w.Name, i, len(of), pools)
		}
		var t [pools]tail
		for j, beta := range of {
			if !(beta >= 0 && beta <= 20) {
				return fmt.Errorf("world %s: files.%q.beta[%d][%d] is %v: want 0 to 20", path, w.Name, i, j, beta)
			}
			t[j] = powerTail(beta)
		}
		w.tails = append(w.tails, t)
	}
	return nil
}

func readJSON(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("world: %w: it belongs beside the CSV file", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("world %s: %w", path, err)
	}
	return nil
}
