package web

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
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

// TestFactsAreDocumented: what the pages show is there for programs, with something in it, as the document says.
func TestFactsAreDocumented(t *testing.T) {
	d := newDesk(t)
	d.trial(t, 300, -1)
	d.apply(&event.Recovered{})
	h, doc := New(newPlant(d.v), quiet()), readDocument(t)
	for path, want := range map[string]string{
		"/api/v1/experiment": `"verdict":"`, "/api/v1/limits": `"owner":"ann"`, "/api/v1/doubts": `"leaves":1000`, "/api/v1/sessions": `"queued":7`,
		"/api/v1/ladder": `"name":"passive"`, "/api/v1/venues/history": `"reject_rate":0`, "/api/v1/models/costs": `"model":"prior"`,
	} {
		w := get(t, h, path)
		doc.check(t, "get", path, w)
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s lacks %s: %.300s", path, want, w.Body)
		}
	}
}

// TestConfirmOfTheUnknown: before a halt of a name that the router does not know, its confirmation says so, and asks all the same.
func TestConfirmOfTheUnknown(t *testing.T) {
	h := newHouse(t, nil)
	risk := h.login("risk").bring
	for symbol, warned := range map[string]bool{"AMZM": true, "AMZN": false} {
		body := h.ask("GET", "/confirm?do=halt&symbol="+symbol, "", "", risk).Body.String()
		if strings.Contains(body, "did you mean AMZN?") != warned || !strings.Contains(body, `action="/act"`) {
			t.Errorf("halt of %s: warned %t, want %t, and a form", symbol, !warned, warned)
		}
	}
}
