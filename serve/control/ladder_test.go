package control

import (
	"context"
	"strings"
	"testing"
)

// OPS-04: the rung is shown to everybody on the machine; a step of a person needs a name and a reason; and what nobody
// latched cannot be lifted.
func TestLadder(t *testing.T) {
	_, dir := start(t)
	a, err := Call(context.Background(), dir, &Request{Do: DoLadder})
	if err != nil || a.Ladder == nil || a.Ladder.Text() != "level 3, passive; 0 orders work\n9 % free" {
		t.Fatalf("got %+v, %v", a, err)
	}
	for _, c := range []struct {
		r    Request
		want string // of the error; empty: none
	}{
		{Request{Do: DoBrake, Reason: "odd"}, "needs the name"},
		{Request{Do: DoLift, Actor: "ann"}, "needs the name"},
		{Request{Do: DoLift, Actor: "ann", Reason: "r"}, "nothing waits for a person"},
		{Request{Do: DoBeat}, "risk_monitor = true"},
		{Request{Do: DoBrake, Actor: "ann", Reason: "odd"}, ""},
		{Request{Do: DoLift, Actor: "ann", Reason: "r"}, ""},
	} {
		_, err := Call(context.Background(), dir, &c.r)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %q", c.r, err, c.want)
		}
	}
}
