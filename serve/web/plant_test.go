package web

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// TestPlant: the Risk page has the sessions with their queues, the venues' desks (KILL-04), the rung of the ladder with its
// reason and since when (OPS-04), and whose the limits are (RISK-16).
func TestPlant(t *testing.T) {
	d := newDesk(t)
	w := httptest.NewRecorder()
	New(newPlant(d.v), quiet()).ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1/risk", nil))
	got := w.Body.String()
	for _, want := range []string{
		`☎ LITX trading desk, &#43;1 212 555 0100`, `not in the configuration`, // INVY has no desk
		`<b class="warn">7</b>`, `◐ gap`, `NEVER <span class="kind">client`,
		`aria-current="step" class="least">■ 3 passive`, `no new orders: the open was odd`, `Since 13:31:40`,
		`ann, carol`, `2026-11-30T21:00:00Z`, `what the desk sends`, `class thin`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the Risk page lacks %q", want)
		}
	}
	state := d.v.Snapshot()
	for _, s := range sessions(&state, newPlant(d.v)) {
		if s.Name == "DARKA" && (s.State != "GAP" || !s.Up || s.Drops != 1) || s.Name == "NATIVE" && s.State != "LOGGED_ON" || s.Name == "OMS42" && s.State != "DOWN" {
			t.Errorf("session %+v", s)
		}
	}
}
