package words

import "testing"

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 orders work", 1: "1 order works", 2: "2 orders work", 1000: "1000 orders work"} {
		if got := Count(n, "order", "orders") + " " + Verb(n, "works", "work"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
