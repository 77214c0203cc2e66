package act

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/serve/access"
)

// TestRefusalsFillNoDisk: a viewer who asks for what they may not, as fast as they can and at length, leaves a bounded audit
// log, which says how many it does not list (SEC-05).
func TestRefusalsFillNoDisk(t *testing.T) {
	b := newBench(t, access.Viewer, access.Risk)
	long := strings.Repeat("é", 4000)
	for i := range 200 {
		_, err := b.Do(context.Background(), person(access.Viewer), Action{Do: Halt, Client: long, Reason: long})
		if i%2 == 0 {
			_, err = b.Approve(context.Background(), person(access.Viewer), 7, true, "seen")
		}
		if err == nil {
			t.Fatal("a viewer acts")
		}
	}
	if _, err := b.Do(context.Background(), person(access.Risk), Action{Do: Halt, Reason: "drill"}); err != nil {
		t.Error(err)
	}
	b.pass(time.Minute)
	_, _ = b.Do(context.Background(), person(access.Viewer), Action{Do: Halt, Reason: "drill"})
	all := b.entries()
	size := 0
	for _, e := range all {
		if e.Actor == "viewer" {
			size += len(e.What) + len(e.Of) + len(e.Reason) + len(e.Text)
		}
	}
	if len(all) > 40 || size > 40_000 {
		t.Errorf("%d lines, of the viewer %d bytes", len(all), size)
	}
	if last := all[len(all)-1].Text; !strings.Contains(last, "270 refusals are not listed") {
		t.Errorf("the last line says %q", last)
	}
}
