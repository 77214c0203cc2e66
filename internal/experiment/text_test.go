package experiment

import (
	"strings"
	"testing"
)

// The words name both arms, the interval, the wrong test as such, and what the rule says.
func TestText(t *testing.T) {
	d := Default("words")
	r, err := Analyze(&d, world(&d, 11, 3_000, -2, 10, .4))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"control: static", "treatment: learner", "however often one looks", "wrong as soon as one looks twice", "ship: learner costs"} {
		if text := r.Text(); !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
