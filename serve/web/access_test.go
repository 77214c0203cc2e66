package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/act"
	"github.com/sluice-sor/sluice/serve/audit"
	"github.com/sluice-sor/sluice/serve/control"
)

// engine takes every decision and remembers it.
type engine struct {
	control.Engine // what no test asks
	mu             sync.Mutex
	asked          []event.Body
	baskets        []event.RecordBasket
}

func (e *engine) Ask(_ context.Context, b event.Body) (*event.AnswerPerson, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, b)
	return &event.AnswerPerson{Text: fmt.Sprintf("done: %T", b)}, nil
}
func (e *engine) Halts() []router.HaltProgress   { return nil }
func (e *engine) Baskets() []event.RecordBasket  { return e.baskets }
func (e *engine) Doubts() []router.Doubt         { return nil }
func (e *engine) Orphans() []event.RecordOrphan  { return nil }
func (e *engine) Learning() event.RecordLearning { return event.RecordLearning{} }

func (e *engine) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.asked)
}

// moves takes every decision about a model.
type moves struct{ e *engine }

func (m moves) Resolve(_ context.Context, name string) (string, error) { return "id-" + name, nil }
func (m moves) Decide(_ context.Context, d registry.Decision, by registry.Who) (string, error) {
	m.e.mu.Lock()
	defer m.e.mu.Unlock()
	m.e.asked = append(m.e.asked, &event.TrainingCut{Actor: d.What + " " + d.Model + " " + by.Actor})
	return "done: " + d.What, nil
}

const (
	origin   = "http://127.0.0.1:8080"
	password = "correct horse battery"
)

// house is a page that people log in to.
type house struct {
	http.Handler
	t      *testing.T
	engine *engine
	gate   *access.Gate
	desk   *act.Desk
	day    *desk
	users  string
	log    string // the audit log's file
	mu     sync.Mutex
	clock  time.Time
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clock
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock = h.clock.Add(d)
}

// newHouse makes a page with a user of each role, named for it, one with every role, and what more changes.
func newHouse(t *testing.T, more func(*Access)) *house {
	t.Helper()
	h := &house{t: t, engine: &engine{}, clock: time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)}
	dir := t.TempDir()
	h.users, h.log = filepath.Join(dir, "users.json"), filepath.Join(dir, "audit.log")
	log, err := audit.Open(h.log, h.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	h.gate, err = access.Open(access.Config{File: h.users, Now: h.now, Cost: access.Cost{KiB: 64, Passes: 1, Threads: 1}, Log: quiet(),
		Audit: func(e audit.Entry) { _, _ = log.Append(e) }})
	if err != nil {
		t.Fatal(err)
	}
	token, err := os.ReadFile(h.gate.SetupFile())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.gate.Setup(strings.TrimSpace(string(token)), "all", password, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	h.edit(func(u *access.Users) {
		for _, r := range access.Roles() {
			u.Users = append(u.Users, access.User{Name: string(r), Roles: []access.Role{r}, Password: u.Users[0].Password})
		}
		u.Users = append(u.Users, access.User{Name: "bound", Roles: []access.Role{access.Trader}, Clients: []string{"OMS42"}, Password: u.Users[0].Password})
	})
	h.day = newDesk(t)
	v := h.day.v
	h.desk = act.New(act.Config{Engine: h.engine, Venues: []string{"LITX"}, Models: moves{h.engine}, Gate: h.gate, Audit: log, Now: h.now,
		Parent: func(id order.ParentID) (act.Parent, bool) {
			p, ok := v.Parent(id)
			return act.Parent{Client: p.Client}, ok
		}})
	a := Access{Gate: h.gate, Desk: h.desk}
	if more != nil {
		more(&a)
	}
	if a.Open {
		h.edit(func(u *access.Users) {
			u.Users = slices.DeleteFunc(u.Users, func(x access.User) bool { return x.Name == "bound" })
		})
	}
	h.Handler = NewSite(newPlant(v), quiet(), a, Route{"POST /v1/estimate", func(*http.Request) (any, int, error) { return "an estimate", 0, nil }})
	return h
}

func (h *house) edit(f func(*access.Users)) {
	h.t.Helper()
	if err := access.Edit(h.users, func(u *access.Users) error { f(u); return nil }); err != nil {
		h.t.Fatal(err)
	}
}

// ask sends one request as who is given; change alters it.
func (h *house) ask(method, path, kind, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	h.t.Helper()
	h.pass(time.Second) // people take their time
	r := httptest.NewRequest(method, origin+path, strings.NewReader(body))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if method == http.MethodPost {
		r.Header.Set("Origin", origin)
	}
	for _, c := range change {
		if c != nil {
			c(r)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// visit is the session of somebody who logged in by the form.
type visit struct {
	cookie *http.Cookie
	csrf   string
}

func (h *house) login(name string) *visit {
	h.t.Helper()
	h.pass(time.Minute)
	w := h.ask("POST", "/login", takesForm, url.Values{"name": {name}, "password": {password}}.Encode())
	if w.Code != http.StatusSeeOther || len(w.Result().Cookies()) != 1 {
		h.t.Fatalf("login of %s: %d %s", name, w.Code, w.Body)
	}
	p := &visit{cookie: w.Result().Cookies()[0]}
	var me struct{ CSRF string }
	if err := json.Unmarshal(h.ask("GET", "/api/v1/me", "", "", p.bring).Body.Bytes(), &me); err != nil || me.CSRF == "" {
		h.t.Fatalf("%s has no token of forms: %v", name, err)
	}
	p.csrf = me.CSRF
	return p
}

func (p *visit) bring(r *http.Request) { r.AddCookie(p.cookie) }

// token gives a user a token with all of their roles.
func (h *house) token(name string, roles ...access.Role) string {
	h.t.Helper()
	token := ""
	h.edit(func(u *access.Users) {
		x := u.Find(name)
		if roles == nil {
			roles = x.Roles
		}
		var err error
		if token, _, err = x.NewToken(roles, h.now(), time.Hour, ""); err != nil {
			h.t.Error(err)
		}
	})
	return token
}

func bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

// example is an action of each kind that can be done as it is.
func example(do string) map[string]any {
	a := map[string]any{"do": do, "reason": "a reason of twenty characters"}
	switch {
	case do == act.ParentSteer:
		a["parent"], a["urgency"] = 3, "high"
	case strings.HasPrefix(do, "parent."):
		a["parent"] = 3
	case strings.HasPrefix(do, "basket."):
		a["basket"] = 3
	case do == act.ModelRollback:
	case strings.HasPrefix(do, "model."):
		a["model"] = "m1"
	case do == act.ExperimentStart:
		a["name"] = "spring"
	}
	return a
}

func encode(t *testing.T, a map[string]any) string {
	t.Helper()
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func formOf(a map[string]any, csrf string) string {
	v := url.Values{"csrf": {csrf}}
	for k, x := range a {
		v.Set(k, fmt.Sprint(x))
	}
	return v.Encode()
}

// asks is SEC-04, written down a second time: who may ask for what.
var asks = map[string][]access.Role{
	"parent.pause": {"trader", "risk"}, "parent.resume": {"trader", "risk"}, "parent.cancel": {"trader", "risk"}, "parent.steer": {"trader", "risk"},
	"halt": {"risk"}, "resume": {"risk"}, "learning.hold": {"risk", "model"}, "learning.release": {"risk"},
	"model.promote": {"model"}, "model.canary": {"model"}, "model.shadow": {"model"}, "model.rollback": {"model", "risk"},
	"experiment.start": {"model"}, "experiment.stop": {"model"},
	"basket.confirm": {"risk"}, "basket.deny": {"risk"},
}

// TestWhoMay asks for every action as everybody in every way: nobody gets what their role does not give, and what needs
// two people is never done by one (SEC-04).
func TestWhoMay(t *testing.T) {
	h := newHouse(t, nil)
	all := act.Actions()
	for _, do := range all {
		if asks[do] == nil {
			t.Errorf("%s is not in this test's table", do)
		}
	}
	two := []string{act.Resume, act.LearningRelease, act.ModelPromote}
	for _, role := range append(access.Roles(), "") {
		name := string(role)
		var page *visit
		token := ""
		if role != "" {
			page, token = h.login(name), h.token(name)
		}
		for _, do := range all {
			may := role != "" && slices.Contains(asks[do], role)
			done := may && !slices.Contains(two, do)
			for _, way := range []string{"form", "session", "token"} {
				before := h.engine.count()
				status := h.by(way, page, token, example(do))
				if got := h.engine.count() > before; got != done {
					t.Errorf("%s by %s as %q: done %t, want %t (%d)", do, way, name, got, done, status)
				}
				if refused := status == 401 || status == 403; refused == may {
					t.Errorf("%s by %s as %q: status %d", do, way, name, status)
				}
			}
		}
	}
}

// by asks for an action in one way and gives a status; a form's is in the flash.
func (h *house) by(way string, page *visit, token string, a map[string]any) int {
	h.t.Helper()
	bring, csrf := func(*http.Request) {}, ""
	if page != nil {
		bring, csrf = page.bring, page.csrf
	}
	switch way {
	case "form":
		w := h.ask("POST", "/act", takesForm, formOf(a, csrf), bring)
		if w.Code != http.StatusSeeOther {
			return w.Code
		}
		if w.Header().Get("Location") == "/login" {
			return http.StatusUnauthorized
		}
		body := h.ask("GET", "/", "", "", bring).Body.String()
		if strings.Contains(body, "is not for the roles") {
			return http.StatusForbidden
		}
		return http.StatusOK
	case "session":
		return h.ask("POST", "/api/v1/actions", takesJSON, encode(h.t, a), bring, func(r *http.Request) { r.Header.Set("X-CSRF-Token", csrf) }).Code
	}
	return h.ask("POST", "/api/v1/actions", takesJSON, encode(h.t, a), bearer(token)).Code
}

// TestTwoPeople: what needs two people waits for an admin who did not ask, for a quarter of an hour, and is done once.
func TestTwoPeople(t *testing.T) {
	h := newHouse(t, nil)
	ask := func(token string, a map[string]any) (id uint64) {
		t.Helper()
		w := h.ask("POST", "/api/v1/actions", takesJSON, encode(t, a), bearer(token))
		var out act.Outcome
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 || out.Approval == 0 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		return out.Approval
	}
	decide := func(token string, id uint64, yes bool) *httptest.ResponseRecorder {
		return h.ask("POST", fmt.Sprintf("/api/v1/approvals/%d", id), takesJSON, fmt.Sprintf(`{"approve":%t,"reason":"seen with the desk"}`, yes), bearer(token))
	}
	risk, admin, all, model := h.token("risk"), h.token("admin"), h.token("all"), h.token("model")
	resume := map[string]any{"do": "resume", "venue": "LITX", "reason": "their feed is back since noon"}

	id := ask(risk, resume)
	for name, token := range map[string]string{"risk": risk, "model": model, "trader": h.token("trader"), "viewer": h.token("viewer")} {
		if w := decide(token, id, true); w.Code != http.StatusForbidden {
			t.Errorf("%s approves: %d %s", name, w.Code, w.Body)
		}
	}
	if w := decide(admin, id, true); w.Code != 200 || h.engine.count() != 1 {
		t.Fatalf("admin approves: %d %s", w.Code, w.Body)
	}
	if r, ok := h.engine.asked[0].(*event.Resumed); !ok || r.Venue != "LITX" || r.Actor != "risk" || r.Approver != "admin" {
		t.Errorf("the engine was asked %+v", h.engine.asked[0])
	}
	if w := decide(admin, id, true); w.Code != http.StatusConflict || h.engine.count() != 1 {
		t.Errorf("a second time: %d", w.Code)
	}

	id = ask(all, resume) // who has every role does not approve their own
	if w := decide(all, id, true); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "second person") {
		t.Errorf("their own: %d %s", w.Code, w.Body)
	}
	if w := decide(all, id, false); w.Code != 200 {
		t.Errorf("they drop it: %d %s", w.Code, w.Body)
	}
	if w := decide(admin, id, true); w.Code != http.StatusConflict {
		t.Errorf("what was dropped is approved: %d", w.Code)
	}

	id = ask(model, map[string]any{"do": "model.promote", "model": "m1", "reason": "a week of canary is better"})
	h.pass(15 * time.Minute)
	if w := decide(h.token("admin"), id, true); w.Code != http.StatusConflict || h.engine.count() != 1 {
		t.Errorf("after its time: %d %s", w.Code, w.Body)
	}

	id = ask(h.token("risk"), resume)
	h.edit(func(u *access.Users) { u.Find("risk").Roles = []access.Role{access.Viewer} })
	if w := decide(h.token("admin"), id, true); w.Code != http.StatusConflict || h.engine.count() != 1 {
		t.Errorf("who asked may not any more: %d %s", w.Code, w.Body)
	}
}

// TestForgery: a change of a session needs its token and our own origin; a token of a program needs neither, because no
// browser sends one by itself (SEC-03).
func TestForgery(t *testing.T) {
	h := newHouse(t, nil)
	page, other := h.login("risk"), h.login("trader")
	halt := example(act.Halt)
	from := func(o string) func(*http.Request) { return func(r *http.Request) { r.Header.Set("Origin", o) } }
	none := func(r *http.Request) { r.Header.Del("Origin") }
	for _, c := range []struct {
		what   string
		csrf   string
		change func(*http.Request)
	}{
		{"no token", "", nil}, {"wrong token", "wrong", nil}, {"another's token", other.csrf, nil},
		{"foreign origin", page.csrf, from("https://evil.example")}, {"another port", page.csrf, from("http://127.0.0.1:8081")},
		{"another scheme", page.csrf, from("https://127.0.0.1:8080")}, {"null origin", page.csrf, from("null")}, {"no origin", page.csrf, none},
	} {
		for _, path := range []string{"/act", "/approve", "/logout"} {
			if w := h.ask("POST", path, takesForm, formOf(halt, c.csrf), page.bring, c.change); w.Code != http.StatusForbidden {
				t.Errorf("%s, %s: %d", path, c.what, w.Code)
			}
		}
		w := h.ask("POST", "/api/v1/actions", takesJSON, encode(t, halt), page.bring, c.change, func(r *http.Request) { r.Header.Set("X-CSRF-Token", c.csrf) })
		if w.Code != http.StatusForbidden {
			t.Errorf("the API, %s: %d", c.what, w.Code)
		}
	}
	if w := h.ask("POST", "/login", takesForm, "name=risk&password="+url.QueryEscape(password), from("https://evil.example")); w.Code != http.StatusForbidden {
		t.Errorf("a login from another site: %d", w.Code)
	}
	if w := h.ask("POST", "/act", takesJSON, encode(t, halt), page.bring); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("JSON to the form: %d", w.Code)
	}
	if w := h.ask("POST", "/api/v1/actions", "text/plain", encode(t, halt), page.bring); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("plain text to the API: %d", w.Code)
	}
	if n := h.engine.count(); n != 0 {
		t.Fatalf("%d forged actions were done", n)
	}
	if w := h.ask("POST", "/api/v1/actions", takesJSON, encode(t, halt), bearer(h.token("risk")), from("https://evil.example")); w.Code != 200 || h.engine.count() != 1 {
		t.Errorf("a program's token: %d %s", w.Code, w.Body)
	}
}

// TestCookie: the session's cookie is out of a script's and another site's reach, is made anew at each login, and a
// session's end is the end (SEC-03).
func TestCookie(t *testing.T) {
	h := newHouse(t, nil)
	planted := &visit{cookie: &http.Cookie{Name: "sluice", Value: "AAAAAAAAAAAAAAAAAAAAAA"}}
	w := h.ask("POST", "/login", takesForm, "name=risk&password="+url.QueryEscape(password), planted.bring)
	c := w.Result().Cookies()[0]
	if c.Value == planted.cookie.Value || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Secure || c.Name != "sluice" {
		t.Errorf("cookie %+v", c)
	}
	if w := h.ask("GET", "/api/v1/me", "", "", planted.bring); w.Code != http.StatusUnauthorized {
		t.Errorf("a planted session is one: %d", w.Code)
	}
	first := &visit{cookie: c}
	w = h.ask("POST", "/login", takesForm, "name=risk&password="+url.QueryEscape(password), first.bring)
	if second := w.Result().Cookies()[0]; second.Value == c.Value {
		t.Error("a second login keeps the id")
	}
	if w := h.ask("GET", "/api/v1/me", "", "", first.bring); w.Code != http.StatusUnauthorized {
		t.Errorf("the session before the login goes on: %d", w.Code)
	}
	page := h.login("risk")
	if w := h.ask("POST", "/logout", takesForm, "csrf="+page.csrf, page.bring); w.Code != http.StatusSeeOther || w.Result().Cookies()[0].MaxAge >= 0 {
		t.Errorf("logout: %d %+v", w.Code, w.Result().Cookies())
	}
	if w := h.ask("GET", "/api/v1/me", "", "", page.bring); w.Code != http.StatusUnauthorized {
		t.Errorf("after the logout: %d", w.Code)
	}
	page = h.login("risk")
	h.pass(access.IdleMost)
	if w := h.ask("GET", "/", "", "", page.bring); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login" {
		t.Errorf("an idle session reads on: %d", w.Code)
	}

	tls := newHouse(t, func(a *Access) { a.TLS, a.Remote = true, true })
	w = tls.ask("POST", "/login", takesForm, "name=risk&password="+url.QueryEscape(password), func(r *http.Request) {
		r.Host = "desk.example"
		r.Header.Set("Origin", "https://desk.example")
	})
	if w.Code != http.StatusSeeOther || w.Header().Get("Strict-Transport-Security") == "" {
		t.Fatalf("with TLS: %d %s", w.Code, w.Body)
	}
	if c := w.Result().Cookies()[0]; !c.Secure || c.Name != "__Host-sluice" {
		t.Errorf("with TLS: cookie %+v", c)
	}
}

// TestReading: once there is a user, reading needs a login, unless the file opens it on loopback.
func TestReading(t *testing.T) {
	closed, open := newHouse(t, nil), newHouse(t, func(a *Access) { a.Open = true })
	remote := newHouse(t, func(a *Access) { a.Open, a.Remote = true, true })
	for _, path := range []string{"/", "/api/v1/state", "/api/v1/venues", "/api/v1/parents/3", "/api/v1/stream", "/api/v1/approvals"} {
		for _, h := range []*house{closed, remote} {
			if w := h.ask("GET", path, "", ""); w.Code != http.StatusUnauthorized && w.Header().Get("Location") != "/login" {
				t.Errorf("%s without a login: %d", path, w.Code)
			}
		}
		if path == "/api/v1/stream" {
			continue
		}
		if w := closed.ask("GET", path, "", "", bearer(closed.token("viewer"))); w.Code != 200 {
			t.Errorf("%s as viewer: %d", path, w.Code)
		}
	}
	if w := closed.ask("POST", "/v1/estimate", takesJSON, "{}"); w.Code != http.StatusUnauthorized {
		t.Errorf("an estimate without a login: %d", w.Code)
	}
	if w := open.ask("GET", "/", "", ""); w.Code != 200 || !strings.Contains(w.Body.String(), "read-only") {
		t.Errorf("open reading: %d", w.Code)
	}
	for _, path := range []string{"/healthz", "/login", "/assets/style.css"} {
		if w := closed.ask("GET", path, "", ""); w.Code != 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := open.ask("GET", "/", "", "", bearer("sluice_00000000_x")); w.Code != http.StatusUnauthorized {
		t.Errorf("a token that is none reads as nobody: %d", w.Code)
	}
	open.edit(func(u *access.Users) { u.Find("trader").Clients = []string{"OMS42"} })
	if w := open.ask("GET", "/", "", ""); w.Code != http.StatusSeeOther {
		t.Errorf("open reading shows everything to who is bound to clients: %d", w.Code)
	}
}

// TestOwnOrders: a trader who is bound to clients steers no other's orders, and is not told that there are any.
func TestOwnOrders(t *testing.T) {
	h := newHouse(t, nil)
	bound, free := h.token("bound"), h.token("trader")
	for id := 1; id <= 16; id++ {
		a := example(act.ParentCancel)
		a["parent"] = id
		var p struct{ Client string }
		if err := json.Unmarshal(h.ask("GET", fmt.Sprintf("/api/v1/parents/%d", id), "", "", bearer(free)).Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		want := map[bool]int{true: 200, false: 409}[p.Client == "OMS42"]
		if w := h.ask("POST", "/api/v1/actions", takesJSON, encode(t, a), bearer(bound)); w.Code != want {
			t.Errorf("parent %d of %s: %d, want %d", id, p.Client, w.Code, want)
		}
		if w := h.ask("POST", "/api/v1/actions", takesJSON, encode(t, a), bearer(free)); w.Code != 200 {
			t.Errorf("parent %d for a trader of all: %d", id, w.Code)
		}
	}
}

// TestBodies: a body that is too long, or is no action, does nothing.
func TestBodies(t *testing.T) {
	h := newHouse(t, nil)
	page, token := h.login("risk"), h.token("risk")
	long := strings.Repeat("x", formMax+1)
	for _, c := range []struct {
		path, kind, body string
		want             int
	}{
		{"/api/v1/actions", takesJSON, `{"do":"halt","reason":"` + long + `"}`, 413},
		{"/api/v1/actions", takesJSON, `{"do":"halt","reason":"x","all":true}`, 400},
		{"/api/v1/actions", takesJSON, `{"do":"halt","reason":"x"}{"do":"halt","reason":"x"}`, 400},
		{"/api/v1/actions", takesJSON, `{"do":"halt"}`, 400},
		{"/api/v1/actions", takesJSON, `{"do":"halt","reason":" "}`, 400},
		{"/api/v1/actions", takesJSON, `{"do":"halt","reason":"x","model":"m"}`, 400},
		{"/api/v1/actions", takesJSON, `{"do":"halt","reason":"a\nb"}`, 400},
		{"/api/v1/actions", takesJSON, `{"do":"halt","reason":"x","venue":"LITXX"}`, 409},
		{"/api/v1/actions", takesJSON, `{"do":"resume","reason":"too short"}`, 400},
		{"/api/v1/actions", takesJSON, `{"do":"resolve","reason":"x"}`, 400},
		{"/api/v1/actions", takesJSON, ``, 400},
		{"/api/v1/approvals/0", takesJSON, `{"approve":true,"reason":"x"}`, 400},
		{"/api/v1/approvals/1", takesJSON, `{"reason":"x"}`, 400},
		{"/act", takesForm, "csrf=" + page.csrf + "&do=halt&reason=" + long, 413},
		{"/login", takesForm, "name=" + long, 413},
	} {
		who := bearer(token)
		if c.kind == takesForm {
			who = page.bring
		}
		if w := h.ask("POST", c.path, c.kind, c.body, who); w.Code != c.want {
			t.Errorf("%s %.60s: %d %s, want %d", c.path, c.body, w.Code, w.Body, c.want)
		}
	}
	if n := h.engine.count(); n != 0 {
		t.Errorf("%d were done", n)
	}
	for path, want := range map[string]string{"/?parent=3": "/?parent=3", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "": "/", "javascript:x": "/", "/\t/evil": "/"} {
		if got := back(path); got != want {
			t.Errorf("back to %q: %q, want %q", path, got, want)
		}
	}
}
