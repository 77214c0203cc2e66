package tree

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Classes is the number of buckets of outcomes: quintiles (FIT-07).
const Classes = 5

// Data are rows in the order of time.
type Data struct {
	In   int       // features of a row
	X    []float64 // row-major
	Y    []float64 // toxicity or cost, bps
	Fold []int     // of each row, from 0; −1 is in none: a purged border. Days are kept whole by whoever makes them
}

// Len is the number of rows.
func (d *Data) Len() int { return len(d.Y) }

func (d *Data) row(i int) []float64 { return d.X[i*d.In : (i+1)*d.In] }

func (d *Data) validate() (folds int, err error) {
	if d.In < 1 || len(d.X) != d.Len()*d.In || len(d.Fold) != d.Len() {
		return 0, errors.New("tree: columns differ in length")
	}
	for i, x := range d.X {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return 0, fmt.Errorf("tree: feature %d of row %d is %v", i%d.In, i/d.In, x)
		}
	}
	for i, y := range d.Y {
		if math.IsNaN(y) || math.IsInf(y, 0) {
			return 0, fmt.Errorf("tree: the outcome of row %d is %v", i, y)
		}
		folds = max(folds, d.Fold[i]+1)
	}
	if folds < 2 {
		return 0, fmt.Errorf("tree: %d folds: give 2 at least", folds)
	}
	return folds, nil
}

// split gives the places of the rows outside and inside a fold.
func (d *Data) split(fold int) (fit, test []int) {
	for i, f := range d.Fold {
		switch {
		case f == fold:
			test = append(test, i)
		case f >= 0:
			fit = append(fit, i)
		}
	}
	return fit, test
}

// Config says how large challengers are.
type Config struct {
	Depth      int // of a tree
	Bins       int // values that a feature is binned to
	Trees      int // of the forest
	Neighbours int // of the floor
	Seed       uint64
}

// DefaultConfig is depth 6, 16 bins, 10 trees and 50 neighbours.
func DefaultConfig(seed uint64) Config {
	return Config{Depth: 6, Bins: 16, Trees: 10, Neighbours: 50, Seed: seed}
}

// quantiles are the n−1 inner edges of n buckets of equal count; fewer where values repeat.
func quantiles(values []float64, n int) []float64 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	var edges []float64
	for k := 1; k < n && len(sorted) > 0; k++ {
		e := sorted[k*len(sorted)/n]
		if e > sorted[0] && (len(edges) == 0 || e > edges[len(edges)-1]) {
			edges = append(edges, e)
		}
	}
	return edges
}

// bucket is how many edges a value has reached.
func bucket(edges []float64, v float64) int {
	n, found := slices.BinarySearch(edges, v)
	if found {
		n++
	}
	return n
}
