package tree

import (
	"encoding/json"
	"fmt"

	"github.com/sjwhitworth/golearn/base"
	"github.com/sjwhitworth/golearn/trees"
)

// A node is one split of golearn's CART, as its root encodes.
type node struct {
	Left, Right *node
	Threshold   float64
	Feature     int
	leaf        [2]*leaf // where there is no child
}

// A leaf has what the training rows that end there were.
type leaf struct {
	counts [Classes]float64
	sum, n float64
}

// A cart is a tree over binned features; a nil root has a single leaf.
type cart struct {
	edges   [][]float64 // of each of columns
	columns []int       // features that it may see
	root    *node
	only    leaf
	all     *leaf // of all its rows: what an empty leaf says
}

// fitCART grows golearn's CART classifier on the given rows, which may repeat, and columns.
func fitCART(d *Data, rows []int, label func(i int) int, columns []int, c *Config) (*cart, error) {
	t := &cart{columns: columns, all: new(leaf)}
	for _, col := range columns {
		values := make([]float64, len(rows))
		for k, i := range rows {
			values[k] = d.row(i)[col]
		}
		t.edges = append(t.edges, quantiles(values, c.Bins))
	}
	grid, err := t.instances(d, rows, label)
	if err != nil {
		return nil, err
	}
	labels := make([]int64, Classes)
	for k := range labels {
		labels[k] = int64(k)
	}
	model := trees.NewDecisionTreeClassifier(trees.GINI, int64(c.Depth), labels)
	if err := model.Fit(grid); err != nil {
		return nil, fmt.Errorf("tree: golearn's CART: %w", err)
	}
	text, err := json.Marshal(model.RootNode) // its type has no name outside, its fields do
	if err != nil {
		return nil, fmt.Errorf("tree: reading golearn's tree: %w", err)
	}
	var root node
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("tree: reading golearn's tree: %w", err)
	}
	if root.Threshold > 0 { // bins begin at 0, so every split lies above it: 0 is a root that found none
		t.root = &root
	}
	for _, i := range rows {
		t.leafOf(d.row(i)).take(label(i), d.Y[i])
		t.all.take(label(i), d.Y[i])
	}
	return t, nil
}

// instances is golearn's table of the binned rows.
func (t *cart) instances(d *Data, rows []int, label func(i int) int) (base.FixedDataGrid, error) {
	grid := base.NewDenseInstances()
	specs := make([]base.AttributeSpec, len(t.columns)+1)
	for k := range t.columns {
		specs[k] = grid.AddAttribute(base.NewFloatAttribute(fmt.Sprintf("x%02d", k)))
	}
	class := base.NewFloatAttribute("class")
	specs[len(t.columns)] = grid.AddAttribute(class)
	if err := grid.AddClassAttribute(class); err != nil {
		return nil, fmt.Errorf("tree: golearn's table: %w", err)
	}
	if err := grid.Extend(len(rows)); err != nil {
		return nil, fmt.Errorf("tree: golearn's table: %w", err)
	}
	for at, i := range rows {
		x := d.row(i)
		for k, col := range t.columns {
			grid.Set(specs[k], at, base.PackFloatToBytes(float64(bucket(t.edges[k], x[col]))))
		}
		grid.Set(specs[len(t.columns)], at, base.PackFloatToBytes(float64(label(i))))
	}
	return grid, nil
}

func (l *leaf) take(class int, y float64) {
	l.counts[class]++
	l.sum += y
	l.n++
}

// leafOf walks a row down.
func (t *cart) leafOf(x []float64) *leaf {
	if t.root == nil {
		return &t.only
	}
	n := t.root
	for {
		side, next := 0, n.Left
		if float64(bucket(t.edges[n.Feature], x[t.columns[n.Feature]])) >= n.Threshold {
			side, next = 1, n.Right
		}
		if next == nil {
			if n.leaf[side] == nil {
				n.leaf[side] = new(leaf)
			}
			return n.leaf[side]
		}
		n = next
	}
}

// predict gives the shares of the classes and the mean outcome where a row ends, each with the whole sample's as half a
// dozen rows more.
func (t *cart) predict(x []float64) (p [Classes]float64, mean float64) {
	const prior = 6
	l := t.leafOf(x)
	for k := range p {
		p[k] = (l.counts[k] + prior*t.all.counts[k]/t.all.n) / (l.n + prior)
	}
	return p, (l.sum + prior*t.all.sum/t.all.n) / (l.n + prior)
}
