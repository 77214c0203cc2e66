package table

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
)

// TestProblems reads one file with every kind of mistake and wants all of them at once.
func TestProblems(t *testing.T) {
	root, err := Read("f.toml", []byte("nmae = 'x'\nrate = 7\nwait = '2h'\nsize = 1.5\n[[venue]]\nname = 'A'\ncaps = ['midpoint', 'midpiont']\n"))
	if err != nil {
		t.Fatal(err)
	}
	var name string
	var rate float64
	var wait, size int64
	root.Require("seed", "give one")
	root.Text("name", &name)
	root.Real("rate", &rate, 0, 1)
	root.Duration("wait", &wait, 0, time.Hour)
	Whole(root, "size", &size, 0, 9)
	for _, v := range root.Tables("venue", 4) {
		v.Text("name", &name)
		if got := v.Caps("caps"); got != market.CapMidpoint {
			t.Errorf("caps = %b, want midpoint alone", got)
		}
		v.Done()
	}
	root.Done()
	got := root.In.Problems.OrNil().Error()
	for _, want := range []string{
		"f.toml: seed: is missing; give one",
		"f.toml: rate: is 7; want a number from 0 to 1",
		"f.toml: wait: is 2h0m0s; want a duration from 0s to 1h0m0s",
		"f.toml: size: is 1.5; want a whole number",
		`f.toml: venue[A].caps: has "midpiont", which is no order feature; known: midpoint,`,
		"f.toml: nmae: is an unknown key; did you mean name?",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("problems lack %q:\n%s", want, got)
		}
	}
	if n := len(root.In.Problems); n != 6 {
		t.Errorf("%d problems, want 6", n)
	}
}

// TestSyntax wants the place of what is not TOML.
func TestSyntax(t *testing.T) {
	_, err := Read("f.toml", []byte("a = 1\nb = = 2\n"))
	var p Problem
	if !errors.As(err, &p) || !strings.HasPrefix(p.Key, "line 2") {
		t.Errorf("Read = %v, want a Problem of line 2", err)
	}
}
