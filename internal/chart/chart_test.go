package chart

import (
	"fmt"
	"testing"
)

// TestPaints: a color goes through gonum's conversion and comes out as its name.
func TestPaints(t *testing.T) {
	for p := range Paint(25) {
		for _, c := range []struct {
			got  interface{ RGBA() (r, g, b, a uint32) }
			want string
		}{{p.Color(), "fill:" + p.css()}, {p.Wash(), "fill:" + p.css() + ";fill-opacity:.22"}} {
			r, g, b, a := c.got.RGBA()
			k := 255 / float64(a) // as vgsvg does it
			if got := painted(fmt.Sprintf("fill:#%02X%02X%02X", int(float64(r)*k), int(float64(g)*k), int(float64(b)*k))); got != c.want {
				t.Errorf("paint %d comes out as %s, want %s", p, got, c.want)
			}
		}
	}
	for _, own := range []string{"fill:#FFFFFF", "stroke:#000000"} {
		if got := painted(own); got != own {
			t.Errorf("%s becomes %s", own, got)
		}
	}
}
