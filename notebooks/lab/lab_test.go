package lab

import (
	"bytes"
	"image/png"
	"math"
	"strings"
	"testing"
)

// TestMean: the interval is by clusters: the same evidence told ten times is not ten times the evidence.
func TestMean(t *testing.T) {
	var once, often Mean
	for c, x := range []float64{1, 2, 3, 6} {
		once.Add(uint64(c), x, 2)
		for range 10 {
			often.Add(uint64(c), x, .2)
		}
	}
	mean, half := once.Value()
	if want := 1.96 * math.Sqrt(14./3/4); mean != 3 || math.Abs(half-want) > 1e-12 {
		t.Errorf("mean %v ± %v, want 3 ± %v", mean, half, want)
	}
	if m, h := often.Value(); math.Abs(m-mean) > 1e-12 || math.Abs(h-half) > 1e-9 || often.N != 40 || often.Clusters() != 4 {
		t.Errorf("told ten times: %v ± %v of %d, want %v ± %v", m, h, often.N, mean, half)
	}
}

// TestWilson: the published example of 1 in 10 is 1.8 to 40.4 %, and nothing of ten is not certainly nothing.
func TestWilson(t *testing.T) {
	p := Wilson(3, 1, 10)
	if p.X != 3 || p.Y != .1 || math.Abs(p.Low-.0179) > 1e-4 || math.Abs(p.High-.4042) > 1e-4 {
		t.Errorf("%+v", p)
	}
	if p := Wilson(0, 0, 10); p.Low != 0 || p.High < .27 || p.High > .28 {
		t.Errorf("none of ten: %+v", p)
	}
}

// TestShow: charts in a row are one picture, and a table says what it was given and not what that would do to a page.
func TestShow(t *testing.T) {
	p := Chart("title", "x", "y")
	points := []Point{{1, 2, 1, 3}, {2, 3, 3, 3}}
	Points(p, "dots", Color(0), points)
	Line(p, "line", Color(8), points)
	Dashes(p, "", points)
	Band(p, Color(1), points)
	img, err := png.Decode(bytes.NewReader(PNG(p, p)))
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != 1188 || b.Dy() != 385 {
		t.Errorf("a picture of %v", b)
	}
	table := NewTable("venue", "n")
	table.Row("LITX", 7)
	table.Row("<b>", 1.23456)
	h := table.HTML()
	for _, want := range []string{`left">LITX<`, `right">7<`, "&lt;b&gt;", ">1.235<", "<th>venue</th>"} {
		if !strings.Contains(h, want) {
			t.Errorf("%q is not in %s", want, h)
		}
	}
}
