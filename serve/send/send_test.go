package send

import (
	"testing"

	"github.com/sluice-sor/sluice/fixgw"
)

// TestFinished: an order's end is told in the router's words, and without any where there are none.
func TestFinished(t *testing.T) {
	for _, c := range []struct {
		name string
		r    fixgw.ExecutionReport
		over bool
		want string
	}{
		{"working", fixgw.ExecutionReport{OrdStatus: '1', Cum: 5, Leaves: 5}, false, ""},
		{"filled", fixgw.ExecutionReport{OrdStatus: '2', Cum: 10}, true, ""},
		{"filled in part", fixgw.ExecutionReport{OrdStatus: '4', Cum: 5}, true, ""},
		{"canceled as asked", fixgw.ExecutionReport{OrdStatus: '4'}, true, "the order was not filled"},
		{"canceled by a person", fixgw.ExecutionReport{OrdStatus: '4', Text: "canceled by ann"}, true, "the order was not filled: canceled by ann"},
		{"rejected", fixgw.ExecutionReport{OrdStatus: '8', Text: "KILL-07: halted"}, true, "the order was not filled: rejected: KILL-07: halted (103=0)"},
		{"over for today", fixgw.ExecutionReport{OrdStatus: '3', Leaves: 5}, false, ""},
	} {
		over, err := finished(&c.r)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if over != c.over || got != c.want {
			t.Errorf("%s: %v, %q; want %v, %q", c.name, over, got, c.over, c.want)
		}
	}
}
