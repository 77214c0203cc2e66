package demo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/chromium"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/models/modeltest"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/access"
)

// password is everybody's.
const password = "a password of many words"

// live is a demo's desk with its router and venues behind FIX, and a browser that shows its pages.
type live struct {
	*chromium.Tab
	t     *testing.T
	desk  *desk
	url   string
	pics  string // folder for pictures; empty = none
	count int
}

// open starts everything, and sets up a person of each role.
func open(t *testing.T) *live {
	t.Helper()
	l := &live{Tab: chromium.NewTab(t), t: t, pics: os.Getenv("SLUICE_SCREENSHOTS")}
	l.desk = &desk{o: Options{Dir: t.TempDir(), Seed: 1, HTTPAddr: "127.0.0.1:0"}, began: time.Now()}
	t.Cleanup(l.desk.close)
	if err := l.desk.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.url = "http://" + l.desk.router.PageAddr().String()
	l.Emulate(1280, 800, "dark")
	token, err := os.ReadFile(l.desk.router.SetupFile())
	if err != nil {
		t.Fatal(err)
	}
	l.Go(l.url + "/login")
	l.JS(fmt.Sprintf(`((f) => { f.token.value = %q; f.elements.name.value = "ann"; f.password.value = f.again.value = %q; f.requestSubmit(); })(document.forms[0])`, strings.TrimSpace(string(token)), password))
	l.Wait(`document.querySelector("header form b")?.textContent`, "ann")
	if t.Failed() {
		t.Fatal(l.JS(`location.href + " " + document.body.innerText`), l.Log)
	}
	if err := access.Edit(l.desk.file.Router.UsersFile, func(u *access.Users) error {
		for _, r := range access.Roles() {
			u.Users = append(u.Users, access.User{Name: string(r), Roles: []access.Role{r}, Password: u.Users[0].Password})
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return l
}

// as logs in as somebody else and opens a page, live.
func (l *live) as(name, path string) {
	l.t.Helper()
	l.JS(`document.querySelector("header form")?.requestSubmit()`)
	l.Wait(`document.querySelector("header form") === null`, "true")
	l.Go(l.url + "/login")
	l.JS(fmt.Sprintf(`((f) => { f.elements.name.value = %q; f.password.value = %q; f.requestSubmit(); })(document.forms[0])`, name, password))
	l.Wait(`document.querySelector("header form b")?.textContent`, name)
	l.visit(path)
}

// visit opens a page and waits until it is live.
func (l *live) visit(path string) {
	l.t.Helper()
	l.Go(l.url + path)
	l.Wait(`document.getElementById("link")?.dataset.state`, "live")
}

// has waits until a part of the page says something.
func (l *live) has(selector, text string) {
	l.t.Helper()
	l.Wait(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((n) => n.textContent.includes(%q))`, selector, text), "true")
}

// press follows a link or a button whose text holds words.
func (l *live) press(selector, words string) {
	l.t.Helper()
	l.has(selector, words)
	l.JS(fmt.Sprintf(`[...document.querySelectorAll(%q)].find((n) => n.textContent.includes(%q)).click()`, selector, words))
}

// confirm gives the reason on the page that asks for it, and means it.
func (l *live) confirm(title, reason string) {
	l.t.Helper()
	l.Wait(fmt.Sprintf(`location.pathname + (document.getElementById("confirm-title")?.textContent.includes(%q))`, title), "/confirmtrue")
	l.look("confirm")
	l.JS(fmt.Sprintf(`((f) => { f.reason.value = %q; f.sure.checked = true; f.requestSubmit(); })(document.querySelector("form.act"))`, reason))
	l.Wait(`location.pathname !== "/confirm" && document.readyState`, "complete")
	l.Wait(`document.getElementById("link")?.dataset.state`, "live")
}

// approve lets what waits be done, as the second person, and waits until the page says that it was.
func (l *live) approve(reason, says string) {
	l.t.Helper()
	l.JS(fmt.Sprintf(`((f) => { f.reason.value = %q; f.requestSubmit(f.querySelector("button")); })(document.querySelector('form[action="/approve"]'))`, reason))
	l.has("p[role=status]", says)
	l.Wait(`document.getElementById("link")?.dataset.state`, "live")
}

// look leaves a picture for a person.
func (l *live) look(name string) {
	if l.pics == "" {
		return
	}
	l.count++
	l.Shoot(filepath.Join(l.pics, fmt.Sprintf("live-%02d-%s.png", l.count, name)))
}

// send sends an order that rests at the venues a per cent below the market, and gives its parent's number once the blotter has it.
func (l *live) send(qty market.Qty) string {
	l.t.Helper()
	if _, err := l.desk.ems.Send(order.Terms{Account: "ACC1", Symbol: "ACME", Side: market.Buy, Qty: qty, Type: order.Limit, Limit: 48 * market.Dollar, Capacity: 'A'}); err != nil {
		l.t.Fatal(err)
	}
	l.Wait(`document.querySelector("#panel-blotter tbody tr td:nth-of-type(5)")?.textContent.replaceAll("\u2009", "")`, fmt.Sprint(qty))
	return l.JS(`document.querySelector("#panel-blotter tbody tr").dataset.parent`)
}

// TestDesk drives the pages of a live router in a real browser, over real FIX to simulated venues: an order appears, is steered and
// cancelled; a model is promoted by two persons and rolled back; the kill switch leaves it flat; a viewer can do none of it.
func TestDesk(t *testing.T) {
	l := open(t)
	l.orders()
	l.models()
	l.kill()
	l.viewer()
	var bad []string
	for _, line := range l.Log {
		if !strings.Contains(line, "403") { // what the viewer tried
			bad = append(bad, line)
		}
	}
	if len(bad) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(bad, "\n"))
	}
}

func (l *live) orders() {
	l.t.Helper()
	l.as("trader", "/")
	id := l.send(4_000)
	l.visit("/?parent=" + id)
	l.has("#panel-parent .lead", "4\u2009000 ACME")
	l.JS(`((f) => { f.urgency.value = "high"; f.max_pct.value = "20"; f.reason.value = "the client called"; f.requestSubmit(); })(document.querySelector('form[data-key^="terms"]'))`)
	l.has("#panel-parent .lead", "urgency high")
	l.has("#panel-parent .lead", "at most 20.0 %")
	l.Wait(`document.getElementById("link")?.dataset.state`, "live")
	l.look("steered")
	l.JS(`((f) => { f.reason.value = "news"; f.requestSubmit(f.querySelector('[value="parent.pause"]')); })(document.querySelector('form[data-key^="steer"]'))`)
	l.has("#panel-parent .lead", "paused")
	l.has("#panel-steer button", "Resume")
	l.press("#panel-steer a", "Cancel")
	l.confirm("buy 4\u2009000 ACME", "the client called again")
	l.has("#panel-parent .lead", "canceled")
	l.look("canceled")
}

func (l *live) models() {
	l.t.Helper()
	signer, err := registry.OpenSigner(l.desk.file.Models.SigningKey, l.desk.file.Models.TrustedDir)
	if err != nil {
		l.t.Fatal(err)
	}
	r, err := registry.Open(l.t.Context(), l.desk.file.Models.Config())
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	m := modeltest.Small(7)
	made, err := r.Publish(l.t.Context(), m.AppendBinary(nil), signer, "ann@desk")
	if err != nil {
		l.t.Fatal(err)
	}
	l.as("model", "/models")
	l.has("#panel-versions tbody th", made.ID)
	l.press("#panel-modelacts a", "Promote")
	l.confirm("Promote "+made.ID, "it was better in the shadow for a month")
	l.has("#panel-modelacts", "asked by model")
	l.as("admin", "/risk")
	l.approve("the figures bear it out, as I have read", made.ID)
	l.visit("/models")
	l.has("#panel-versions .lead", made.ID+" serves")
	l.look("promoted")
	l.as("model", "/models")
	l.press("#panel-modelacts a", "Roll back")
	l.confirm("Roll back", "a test of the way back")
	l.has("#panel-versions .lead", "builtin serves")
	l.look("rolled-back")
}

func (l *live) kill() {
	l.t.Helper()
	l.as("risk", "/")
	l.send(6_000)
	l.Wait(`/[1-9]\d* working/.test(document.querySelector("#panel-status").textContent)`, "true")
	l.visit("/risk")
	l.press("#panel-kill button", "Halt")
	l.confirm("Halt everything", "a test of the kill switch")
	l.has("#panel-riskstate .flat", "FLAT every child is confirmed gone")
	l.Wait(`((n) => Number(n[0].textContent) > 0 && n[0].textContent === n[3].textContent)(document.querySelectorAll("#panel-riskstate .way b"))`, "true")
	l.Wait(`document.querySelector("#panel-status")?.textContent.includes("0 working")`, "true")
	l.look("flat")
	l.press("#panel-kill a", "Resume")
	l.confirm("Resume everything", "the test of the kill switch is over")
	l.has("#panel-riskstate", "Halted")
	l.as("admin", "/risk")
	l.look("approval")
	l.approve("the test of the kill switch is over, I agree", "resumed")
	l.Wait(`document.querySelector("#panel-riskstate .halt")`, "null")
	l.has("#panel-riskstate .facts", "✓ none")
}

func (l *live) viewer() {
	l.t.Helper()
	l.as("viewer", "/")
	id := l.JS(`document.querySelector("#panel-blotter tbody tr").dataset.parent`)
	for _, path := range []string{"/?parent=" + id, "/venues", "/models", "/experiment", "/risk"} {
		l.visit(path)
		if got := l.JS(`document.querySelectorAll('form[action="/act"], form[action="/approve"], form[action="/confirm"], a[href^="/confirm"], [name="do"]').length`); got != "0" {
			l.t.Errorf("a viewer sees %s controls on %s", got, path)
		}
	}
	before := l.desk.router.View().Snapshot()
	for _, do := range []string{"halt", "parent.cancel", "parent.pause", "parent.steer", "model.rollback", "experiment.stop"} {
		l.JS(fmt.Sprintf(`fetch("/api/v1/me").then((r) => r.json()).then((me) => fetch("/api/v1/actions", {method: "POST", headers: {"Content-Type": "application/json", "X-CSRF-Token": me.csrf},
			body: JSON.stringify({do: %q, parent: %q.startsWith("parent") ? %s : undefined, reason: "I should not"})})).then((r) => window.answer = %q + r.status)`, do, do, id, do))
		l.Wait(`window.answer`, do+"403")
	}
	if after := l.desk.router.View().Snapshot(); len(after.Halts) != 0 || after.Engine.ParentsDone != before.Engine.ParentsDone {
		l.t.Error("a viewer changed something")
	}
}
