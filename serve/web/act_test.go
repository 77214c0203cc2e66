package web

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// controls are what only people with a role see.
var controls = regexp.MustCompile(`<form[^>]*action="/(act|approve)"|href="/confirm|action="/confirm"|name="do"`)

// TestControlsByRole: a viewer, and somebody who is not logged in, see no control on any page; the others see what is theirs.
func TestControlsByRole(t *testing.T) {
	h := newHouse(t, func(a *Access) { a.Open = true })
	see := map[string]map[string][]string{
		"trader": {"/?parent=14": {`value="parent.pause"`, "do=parent.cancel", `value="parent.steer"`}},
		"risk":   {"/risk": {`value="halt"`, "do=learning.hold"}, "/?parent=14": {`value="parent.pause"`}},
		"model":  {"/experiment": {`value="experiment.start"`}},
		"admin":  {"/risk": {"Waits for a second person"}},
		"viewer": {},
		"":       {},
	}
	for who, wants := range see {
		for _, path := range everyPage {
			var body string
			if who == "" {
				body = h.ask("GET", path, "", "").Body.String()
			} else {
				body = h.ask("GET", path, "", "", h.login(who).bring).Body.String()
			}
			if len(wants) == 0 && controls.MatchString(body) {
				t.Errorf("%q sees a control on %s: %s", who, path, controls.FindString(body))
			}
			for _, want := range wants[path] {
				if !strings.Contains(body, want) {
					t.Errorf("%s has no %q on %s", who, want, path)
				}
			}
		}
	}
	if body := h.ask("GET", "/?parent=3", "", "", h.login("trader").bring).Body.String(); strings.Contains(body, "parent.pause") {
		t.Error("an order that is done can be paused")
	}
}

// TestConfirm: what is dangerous is said before it is done, needs a reason and a word that it is meant, and goes back to where it came from.
func TestConfirm(t *testing.T) {
	h := newHouse(t, nil)
	risk := h.login("risk")
	for _, c := range []struct {
		path  string
		wants []string
	}{
		{"/confirm?do=halt&venue=DARKB&back=/risk", []string{"Halt venue DARKB", "children there", `name="venue" value="DARKB"`, `name="back" value="/risk"`, `minlength="1"`, `name="sure" value="yes" required`}},
		{"/confirm?do=halt", []string{"Halt everything", "two persons resume it"}},
		{"/confirm?do=resume&client=DESK", []string{"Resume client DESK", `minlength="20"`, "second person"}},
		{"/confirm?do=parent.cancel&parent=14&back=" + url.QueryEscape("/?parent=14&q=x"), []string{"buy 50\u2009000 AIG", "leaves", `value="/?parent=14&q=x"`}},
		{"/confirm?do=parent.cancel&parent=999", []string{"not kept here"}},
		{"/confirm?do=halt&back=//evil.example/", []string{`name="back" value="/"`}},
	} {
		w := h.ask("GET", c.path, "", "", risk.bring)
		body := html.UnescapeString(w.Body.String())
		if w.Code != 200 {
			t.Errorf("%s: %d", c.path, w.Code)
		}
		for _, want := range c.wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s has no %q", c.path, want)
			}
		}
	}
	for who, do := range map[string]string{"viewer": "halt", "trader": "halt", "risk": "nonsense", "admin": "parent.cancel"} {
		if w := h.ask("GET", "/confirm?parent=14&do="+do, "", "", h.login(who).bring); w.Code != 403 || strings.Contains(w.Body.String(), `action="/act"`) {
			t.Errorf("%s may confirm %s: %d", who, do, w.Code)
		}
	}
	w := h.ask("POST", "/act", takesForm, url.Values{"csrf": {risk.csrf}, "do": {"halt"}, "venue": {"LITX"}, "client": {""}, "reason": {"a test"}, "sure": {"yes"}, "back": {"/risk"}}.Encode(), risk.bring)
	if w.Code != 303 || w.Header().Get("Location") != "/risk" {
		t.Fatalf("the halt: %d to %q", w.Code, w.Header().Get("Location"))
	}
	if b, ok := h.engine.asked[len(h.engine.asked)-1].(*event.Halted); !ok || b.Venue != "LITX" || b.Actor != "risk" {
		t.Errorf("asked %+v", h.engine.asked)
	}
	if body := h.ask("GET", "/risk", "", "", risk.bring).Body.String(); !strings.Contains(body, "done: *event.Halted") {
		t.Error("the page does not say what became of it")
	}
}

// TestSteer: a person changes urgency, limit and share of a parent in one step, or says what is wrong with it.
func TestSteer(t *testing.T) {
	h := newHouse(t, nil)
	p := h.login("trader")
	form := func(fields ...string) string {
		v := url.Values{"csrf": {p.csrf}, "do": {"parent.steer"}, "parent": {"14"}, "reason": {"the client called"}}
		for i := 0; i < len(fields); i += 2 {
			v.Set(fields[i], fields[i+1])
		}
		return v.Encode()
	}
	h.ask("POST", "/act", takesForm, form("urgency", "high", "limit", "49.5", "max_pct", "7.5"), p.bring)
	want := event.ParentSteered{Parent: 14, Steer: event.SteerTerms, Actor: "trader (the client called)", Sets: event.SetUrgency | event.SetLimit | event.SetShare,
		Urgency: order.High, Bounds: order.Bounds{Limit: 49_500_000 * market.Dollar / 1_000_000, MaxPctBps: 750}}
	if got, ok := h.engine.asked[len(h.engine.asked)-1].(*event.ParentSteered); !ok || *got != want {
		t.Errorf("asked %+v, want %+v", got, want)
	}
	n := h.engine.count()
	for _, c := range []struct {
		want   string
		fields []string
	}{
		{"nothing is to change", nil},
		{"urgency", []string{"urgency", "frantic"}},
		{"limit is", []string{"limit", "many"}},
		{"max_pct is", []string{"max_pct", "101"}},
		{"want a number", []string{"max_pct", "x"}},
	} {
		h.ask("POST", "/act", takesForm, form(c.fields...), p.bring)
		if body := h.ask("GET", "/", "", "", p.bring).Body.String(); !strings.Contains(html.UnescapeString(body), c.want) {
			t.Errorf("%v: the page does not say %q", c.fields, c.want)
		}
	}
	if h.engine.count() != n {
		t.Error("the engine was asked for what makes no sense")
	}
}
