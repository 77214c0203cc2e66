package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/act"
	"github.com/sluice-sor/sluice/serve/config"
)

// The orders of the two clients. Whatever is of the one that is hushed has HUSH or HSHX in its text.
const (
	hushed = order.ParentID(4711)
	ours   = order.ParentID(4712)
	none1  = order.ParentID(9911) // there is none
)

var hushes = regexp.MustCompile(`HUSH|HSHX`)

// hushPlant is a plant with the hushed client's session, name and limit.
type hushPlant struct{ plant }

func (p hushPlant) Wires() []Wire {
	return append(p.plant.Wires(), Wire{Name: "HUSHCO", Of: "client", State: "LOGGED_ON"}, Wire{Name: "HUSHCOPY", Of: "drop copy", State: "LOGGED_ON"})
}

func (p hushPlant) LimitValues() []config.LimitValue {
	return append(p.plant.LimitValues(), config.LimitValue{Limit: "max_client_usd", Of: "client HUSHCO", Value: "1", From: "v7", Rationale: "HUSH"})
}

func (p hushPlant) Known() act.Known {
	k := p.plant.Known()
	k.Clients = append(slices.Clone(k.Clients), "HUSHCO", "OMS42")
	return k
}

// newHush is a house in which HUSHCO and OMS42 trade, with one of everything that may be a client's. Its user "own" has every role
// and is bound to OMS42.
func newHush(t *testing.T) *house {
	t.Helper()
	h := newHouse(t, nil)
	h.edit(func(u *access.Users) {
		u.Users = append(u.Users, access.User{Name: "own", Roles: access.Roles(), Clients: []string{"OMS42"}, Password: u.Users[0].Password})
	})
	d := h.day
	d.apply(&event.ClientUp{Client: "HUSHCO"})
	for id, x := range map[order.ParentID][3]string{hushed: {"HUSHCO", "HUSH-1", "HSHX"}, ours: {"OMS42", "OWN-1", "OWNX"}} {
		p := &order.Parent{ID: id, Client: x[0], ClOrdID: x[1], State: order.New, Received: d.at, Arrival: 10 * market.Dollar, Hold: order.HoldPaused, Reason: x[1] + " is paused",
			Terms: order.Terms{Symbol: market.Symbol(x[2]), Side: market.Buy, Qty: 90_000, Type: order.Limit, Limit: 11 * market.Dollar}}
		d.record(p)
		for wave := range 4 {
			d.wave(p, 10*market.Dollar, wave)
		}
		d.record(p)
		d.apply(&event.BookChanged{Venue: 3, Symbol: market.Symbol(x[2]), Bids: []market.Level{{Price: 9_990_000, Size: 300}}, Asks: []market.Level{{Price: 10_010_000, Size: 500}}},
			&event.Raise{Severity: event.Page, Code: "INV-01", Parent: id, Text: x[1] + " stopped"},
			&event.Halted{Client: x[0], Actor: "ann", Reason: x[1]},
			&event.RecordBasket{Basket: uint64(id), Client: x[0], List: x[1], Orders: 2, Waiting: 2, Since: d.at, Warnings: []event.BasketWarning{{Rule: "RISK-05", Orders: 2, Worst: x[1]}}})
		h.engine.baskets = append(h.engine.baskets, event.RecordBasket{Basket: uint64(id), Client: x[0]})
	}
	d.apply(&event.Raise{Severity: event.Page, Code: "RISK-20", Text: "HUSHCO waits"}, &event.RecordOrphan{Orphan: 9, Report: event.ReportOrphaned{Venue: 3, ClOrdID: "HUSH-9", Symbol: "HSHX"}},
		&event.VenueDown{Venue: 2}, &event.VenueDown{Venue: 3})
	h.Handler = NewSite(hushPlant{newPlant(d.v)}, quiet(), Access{Gate: h.gate, Desk: h.desk}, Route{"POST /v1/estimate", func(*http.Request) (any, int, error) { return "an estimate", 0, nil }})
	return h
}

// stream gives what a page's stream sends at first.
func (h *house) stream(path, token string) *httptest.ResponseRecorder {
	ctx, cancel := context.WithTimeout(h.t.Context(), 100*time.Millisecond)
	defer cancel()
	return h.ask("GET", path, "", "", bearer(token), func(r *http.Request) { *r = *r.WithContext(ctx) })
}

// otherRoutes are answered by the router itself, and are of no client: the registry's models, and hashes of what runs.
var otherRoutes = []string{"/api/v1/models", "/api/v1/attestation"}

// targets are the addresses by which a documented path is asked: of an order, decision or child, and of a page that selects one.
func (h *house) targets(path string, parent order.ParentID) []string {
	number := map[string]uint64{"/api/v1/parents/{id}": uint64(parent), "/api/v1/decisions/{id}": uint64(parent) * 10, "/api/v1/decisions/{id}/explanation": uint64(parent) * 10}
	if d, ok := h.day.v.Parent(parent); ok {
		number["/api/v1/children/{id}/explanation"] = uint64(d.Timeline[0].ID)
	} else {
		number["/api/v1/children/{id}/explanation"] = uint64(parent)
	}
	page := func(p page) string {
		return fmt.Sprintf("?page=%s&parent=%d&decision=%d&do=parent.cancel&client=HUS", p.Name, parent, 10*parent)
	}
	switch {
	case path == "/assets/{name}":
		return []string{"/assets/live.js"}
	case path == streamPath:
		var out []string
		for _, p := range append(pages(), confirmPage()) {
			out = append(out, path+page(p))
		}
		return out
	case strings.Contains(path, "{"):
		n, ok := number[path]
		if !ok {
			h.t.Errorf("%s: say here whose it is", path)
		}
		return []string{strings.Replace(path, "{id}", fmt.Sprint(n), 1)}
	}
	return []string{path, path + page(pageOf("orders")), path + "?do=halt&client=hushco"} // for which HUSHCO may have been meant
}

// TestBoundReading asks every documented route as somebody who is bound to a client, in every role: nothing of another client is in
// any answer, and an order of another is answered as one that is not there (SEC-04). Who is not bound finds it in these answers.
func TestBoundReading(t *testing.T) {
	h := newHush(t)
	own, all := h.token("own"), h.token("all")
	get := func(path, token string) *httptest.ResponseRecorder {
		if strings.HasPrefix(path, streamPath) {
			return h.stream(path, token)
		}
		return h.ask("GET", path, "", "", bearer(token))
	}
	var found, kept []string
	for path, methods := range readDocument(t).Paths {
		if _, ok := methods["get"]; !ok || slices.Contains(otherRoutes, path) {
			continue
		}
		guess, never := h.targets(path, hushed), h.targets(path, none1)
		for i := range guess {
			free, bound, absent := get(guess[i], all), get(guess[i], own), get(never[i], own)
			if free.Code == http.StatusNotFound && free.Body.String() == "404 page not found\n" {
				t.Errorf("%s is not served here", path)
			}
			if hushes.MatchString(free.Body.String()) {
				found = append(found, path)
			}
			if what := hushes.FindString(bound.Body.String()); what != "" {
				t.Errorf("%s shows %s", guess[i], around(bound.Body.String(), what))
			}
			if strings.Contains(bound.Body.String(), "OWN") {
				kept = append(kept, path)
			}
			digits := strings.NewReplacer("9911", "4711", strings.TrimPrefix(never[i], "/api/v1/"), strings.TrimPrefix(guess[i], "/api/v1/"))
			want := digits.Replace(absent.Body.String())
			if strings.Contains(path, "/children/") {
				id := strings.Split(guess[i], "/")[4]
				want = strings.ReplaceAll(want, " 4711", " "+id)
			}
			if got := bound.Body.String(); bound.Code != absent.Code || got != want {
				t.Errorf("%s is answered %d, one that is not there %d:\n%.2000s\n%.2000s", guess[i], bound.Code, absent.Code, got, want)
			}
		}
	}
	slices.Sort(found)
	slices.Sort(kept)
	want := []string{"/", "/api/v1/children/{id}/explanation", "/api/v1/decisions/{id}", "/api/v1/decisions/{id}/explanation", "/api/v1/doubts", "/api/v1/limits",
		"/api/v1/parents/{id}", "/api/v1/sessions", "/api/v1/state", "/api/v1/stream", "/confirm", "/risk"}
	for _, path := range want {
		if !slices.Contains(found, path) {
			t.Errorf("%s shows nothing that is hushed to who may see it: this test would find nothing", path)
		}
	}
	for _, path := range []string{"/", "/api/v1/doubts", "/api/v1/state", "/api/v1/stream", "/risk"} {
		if !slices.Contains(kept, path) {
			t.Errorf("%s does not show its own orders to who is bound to a client", path)
		}
	}
	for _, path := range h.targets("/api/v1/parents/{id}", ours) {
		if w := h.ask("GET", path, "", "", bearer(own)); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "OWN-1") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// around gives a text's surroundings.
func around(text, what string) string {
	i := strings.Index(text, what)
	return text[max(0, i-80):min(len(text), i+80)]
}

// TestBoundStreamFollows: a page that is open ends when what its reader may see becomes another, and asks again.
func TestBoundStreamFollows(t *testing.T) {
	h := newHush(t)
	r := httptest.NewRequest(http.MethodGet, origin+streamPath+"?page=orders", nil)
	bearer(h.token("trader"))(r)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	time.AfterFunc(300*time.Millisecond, func() {
		h.edit(func(u *access.Users) { u.Find("trader").Clients = []string{"OMS42"} })
	})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(ctx))
	if ctx.Err() != nil {
		t.Error("the stream goes on with what the reader may not see any more")
	}
	if !strings.Contains(w.Body.String(), "HUSH") {
		t.Error("before, the reader may see everything")
	}
}

// boundTo is an action of its kind on what is of one client.
func boundTo(do, client string, id order.ParentID) map[string]any {
	a := example(do)
	for _, key := range []string{"parent", "basket"} {
		if _, ok := a[key]; ok {
			a[key] = id
		}
	}
	if do == act.Halt || do == act.Resume {
		delete(a, "venue")
		delete(a, "symbol")
		a["client"] = client
	}
	return a
}

// TestBoundActions: who is bound to a client acts on its orders, baskets and halts alone, whatever their roles, over the API and by
// the page's forms; an order of another is answered as one that is not there, and what is of no client is refused. Every action
// that there is, is tried.
func TestBoundActions(t *testing.T) {
	h := newHush(t)
	own, page := h.token("own"), h.login("own")
	ask := func(a map[string]any) *httptest.ResponseRecorder {
		h.pass(5 * time.Second)
		return h.ask("POST", "/api/v1/actions", takesJSON, encode(t, a), bearer(own))
	}
	for _, do := range act.Actions() {
		before := h.engine.count()
		hush, never := ask(boundTo(do, "HUSHCO", hushed)), ask(boundTo(do, "NEVER", none1))
		if hush.Code < 400 || hush.Code != never.Code || strings.ReplaceAll(never.Body.String(), "9911", "4711") != hush.Body.String() {
			t.Errorf("%s of another's: %d %s; of what is not there: %d %s", do, hush.Code, hush.Body, never.Code, never.Body)
		}
		form := url.Values{"csrf": {page.csrf}}
		for k, v := range boundTo(do, "HUSHCO", hushed) {
			form.Set(k, fmt.Sprint(v))
		}
		h.pass(5 * time.Second)
		if w := h.ask("POST", "/act", takesForm, form.Encode(), page.bring); w.Code != http.StatusSeeOther {
			t.Errorf("form of %s: %d", do, w.Code)
		}
		if n := h.engine.count(); n != before {
			t.Errorf("%s of another's was done", do)
		}
		mine := ask(boundTo(do, "OMS42", ours))
		ofClient := slices.Contains([]string{act.ParentPause, act.ParentResume, act.ParentCancel, act.ParentSteer, act.Halt, act.Resume, act.BasketConfirm, act.BasketDeny}, do)
		if want := map[bool]int{true: 200, false: 403}[ofClient]; mine.Code != want {
			t.Errorf("%s: %d %s, want %d", do, mine.Code, mine.Body, want)
		}
		if act.May(&access.Person{Roles: access.Roles(), Clients: []string{"OMS42"}}, do) != ofClient {
			t.Errorf("the page offers %s: %t", do, !ofClient)
		}
	}
	for _, wide := range []map[string]any{{"do": act.Halt, "reason": "everything"}, {"do": act.Halt, "reason": "x", "venue": "LITX"}, {"do": act.Halt, "reason": "x", "symbol": "HSHX"}} {
		if w := ask(wide); w.Code != http.StatusForbidden {
			t.Errorf("%v: %d %s", wide, w.Code, w.Body)
		}
	}
}

// TestBoundApprovals: what waits of another client is neither listed to an admin who is bound, nor theirs to approve or drop. The
// answer is that of a number under which nothing waits.
func TestBoundApprovals(t *testing.T) {
	h := newHush(t)
	own := h.token("own")
	ids := map[string]uint64{}
	for client, id := range map[string]order.ParentID{"HUSHCO": hushed, "OMS42": ours} {
		h.pass(5 * time.Second)
		w := h.ask("POST", "/api/v1/actions", takesJSON, encode(t, boundTo(act.Resume, client, id)), bearer(h.token("risk")))
		var o struct{ Approval uint64 }
		if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil || o.Approval == 0 {
			t.Fatalf("%s: %v %s", client, err, w.Body)
		}
		ids[client] = o.Approval
	}
	list := h.ask("GET", "/api/v1/approvals", "", "", bearer(own)).Body.String()
	if hushes.MatchString(list) || !strings.Contains(list, "OMS42") {
		t.Errorf("listed: %s", list)
	}
	if body := h.ask("GET", "/risk", "", "", h.login("own").bring).Body.String(); hushes.MatchString(body) || !strings.Contains(body, fmt.Sprintf(`data-key="w%d"`, ids["OMS42"])) {
		t.Errorf("the page: %s", around(body, "Waits for"))
	}
	for _, yes := range []bool{true, false} {
		decide := func(id uint64) *httptest.ResponseRecorder {
			return h.ask("POST", fmt.Sprintf("/api/v1/approvals/%d", id), takesJSON, fmt.Sprintf(`{"approve":%t,"reason":"somebody looked at it closely"}`, yes), bearer(own))
		}
		hush, never := decide(ids["HUSHCO"]), decide(999_999)
		if hush.Code < 400 || hush.Code != never.Code || hush.Body.String() != never.Body.String() {
			t.Errorf("approve %t of another's: %d %s; of nothing: %d %s", yes, hush.Code, hush.Body, never.Code, never.Body)
		}
	}
	if w := h.ask("POST", fmt.Sprintf("/api/v1/approvals/%d", ids["OMS42"]), takesJSON, `{"approve":true,"reason":"somebody looked at it closely"}`, bearer(own)); w.Code != http.StatusOK {
		t.Errorf("their own client's: %d %s", w.Code, w.Body)
	}
	// Who is bound after they asked is no longer somebody who may.
	h.edit(func(u *access.Users) { u.Find("risk").Clients = []string{"OMS42"} })
	if w := h.ask("POST", fmt.Sprintf("/api/v1/approvals/%d", ids["HUSHCO"]), takesJSON, `{"approve":true,"reason":"somebody looked at it closely"}`, bearer(h.token("admin"))); w.Code != http.StatusConflict {
		t.Errorf("asked by somebody who is bound now: %d %s", w.Code, w.Body)
	}
}

// TestBoundPosts: every documented path that takes a POST is one whose bodies are looked at by these tests, or is of no client.
func TestBoundPosts(t *testing.T) {
	known := []string{"/login", "/setup", "/logout", "/v1/estimate", "/act", "/approve", "/api/v1/actions", "/api/v1/approvals/{id}"}
	for path, methods := range readDocument(t).Paths {
		if _, ok := methods["post"]; ok && !slices.Contains(known, path) {
			t.Errorf("POST %s: hold it to the clients of who asks (SEC-04), and test it here", path)
		}
	}
}
