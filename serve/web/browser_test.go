package web

import (
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve/view"
)

const linkState = `document.getElementById("link")?.dataset.state`

// TestBrowser tries the page in a real browser: the script runs under the policy, the stream makes the page live,
// a click selects without a reload, focus survives an update, the keyboard walks, and a lost server is said at once.
func TestBrowser(t *testing.T) {
	tb := openTab(t)
	d := newDesk(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, ln, New(newStocked(d.v), quiet())) }()
	url := "http://" + ln.Addr().String()

	tb.open(url + "/?parent=14")
	tb.wait(linkState, "live")
	tb.wait(`document.querySelector("tr[aria-current]").dataset.parent`, "14")
	tb.js(`window.same = document.querySelector('[data-parent-link="3"]'), same.focus(), same.click()`)
	tb.wait(`location.search`, "?parent=3")
	tb.wait(`document.querySelector("#panel-parent .lead b").textContent.endsWith("-3")`, "true")
	d.parent(99)
	tb.wait(`document.querySelector("tbody tr[data-parent]").dataset.parent`, "99")
	tb.wait(`document.activeElement === window.same`, "true")
	keyboard(tb)
	filters(tb)
	tb.wait(`document.querySelectorAll("script:not([src])").length`, "0")
	d.trial(t, 700, -2)
	d.apply(&event.Halted{Venue: "DARKB", Actor: "ann", Reason: "a test"}, &event.ControlSwitched{Control: "RISK-04", Off: true, Until: d.at.Add(market.Hour)}, &event.AnswerPerson{},
		&event.RecordModel{At: d.at, Model: "9f2c41d07a55", What: 1, Serving: "prior", Beside: "9f2c41d07a55", Reason: "ann"})
	layouts(tb, url)
	screenshots(t, tb, url)
	if len(tb.log) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(tb.log, "\n"))
	}

	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	tb.wait(linkState, "lost")
	tb.wait(`document.getElementById("lost").hidden`, "false")
	tb.wait(`/^\d+ s old$/.test(document.getElementById("lost-age").textContent)`, "true")
}

// keyboard walks the blotter, finds, and changes the page.
func keyboard(tb *tab) {
	tb.t.Helper()
	tb.key("j")
	tb.wait(`document.activeElement.dataset.parentLink`, "2")
	tb.key("ArrowUp")
	tb.wait(`document.activeElement.dataset.parentLink`, "3")
	tb.key("k")
	tb.wait(`document.activeElement.dataset.parentLink`, "4")
	tb.key("Enter")
	tb.wait(`document.querySelector("tr[aria-current]").dataset.parent`, "4")
	tb.key("/")
	tb.wait(`document.activeElement.id`, "find")
	tb.key("Escape")
	tb.wait(`document.activeElement === document.body`, "true")
	tb.key("2")
	tb.wait(`location.pathname + document.querySelector("nav [aria-current]").textContent`, "/venuesVenues")
	tb.wait(linkState, "live")
	tb.key("1")
	tb.wait(`location.pathname + document.readyState`, "/complete")
	tb.wait(linkState, "live")
	tb.key("Tab")
	tb.wait(`document.activeElement.className + document.activeElement.getBoundingClientRect().left`, "skip8")
}

// filters: the blotter follows what is typed, the address has it, and going back undoes it.
func filters(tb *tab) {
	tb.t.Helper()
	rows := `document.querySelectorAll("#panel-blotter tbody tr").length`
	tb.wait(rows, "17")
	tb.key("/")
	tb.typed("amzn")
	tb.wait(`[...document.querySelectorAll("#panel-blotter .sym")].every((n) => n.textContent === "AMZN") && location.search`, "?q=amzn")
	tb.wait(`document.activeElement.value + document.activeElement.id`, "amznfind")
	tb.typed("nothing is called so")
	tb.wait(`document.querySelector("#panel-blotter .empty")?.textContent.startsWith("None of 17")`, "true")
	tb.js(`document.querySelector("#panel-blotter .empty a").click()`)
	tb.wait(rows, "17")
	tb.js(`[...document.querySelectorAll("#panel-blotter thead a")].find((a) => a.textContent === "Quantity").click()`)
	tb.wait(`document.querySelector("#panel-blotter thead th[aria-sort]")?.getAttribute("aria-sort")`, "descending")
	tb.js(`history.back()`)
	tb.wait(`document.querySelector("#panel-blotter thead th[aria-sort]")`, "null")
}

// everyPage is every page with something to look at.
var everyPage = []string{"/?parent=14", "/venues", "/models", "/experiment", "/risk"}

// layouts: on a tablet and on a small screen nothing is wider than the window, and every text stands out from what is behind it,
// in the dark and in the light (WCAG 2.1, 1.4.3).
func layouts(tb *tab, url string) {
	tb.t.Helper()
	for _, scheme := range []string{"dark", "light"} {
		tb.emulate(1280, 800, scheme)
		for _, path := range everyPage {
			tb.open(url + path)
			tb.wait(linkState, "live")
			if got := tb.js(contrast); got != "" {
				tb.t.Errorf("%s, %s: too little contrast: %s", path, scheme, got)
			}
			for _, width := range []int{1280, 820} {
				tb.emulate(width, 800, scheme)
				tb.wait(`document.documentElement.scrollWidth <= innerWidth || document.documentElement.scrollWidth`, "true")
			}
		}
	}
	tb.emulate(1280, 800, "dark")
	tb.open(url + "/?parent=3")
	tb.wait(linkState, "live")
	tb.js(`theme.click()`)
	tb.js(`theme.click()`)
	tb.wait(`document.documentElement.dataset.theme + getComputedStyle(document.body).colorScheme`, "lightlight")
	tb.js(`theme.click()`)
}

// contrast names the texts whose contrast with their background is below 4.5 : 1.
const contrast = `(() => {
  const rgb = (c) => { const m = c.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const lum = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = (n) => { for (; n; n = n.parentElement) { const c = rgb(getComputedStyle(n).backgroundColor); if (c[3] === 1) return c; } return [255, 255, 255, 1]; };
  const bad = new Map();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.nodeValue.trim() || !e.checkVisibility() || e.closest(".sr, .skip, noscript, title, script")) continue;
    const svg = e.closest("svg");
    const a = lum(rgb(svg ? getComputedStyle(e).fill : getComputedStyle(e).color)), b = lum(behind(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.set(e.tagName + "." + e.className, ratio.toFixed(2) + " " + n.nodeValue.trim().slice(0, 20));
  }
  return [...bad].map(([k, v]) => k + " " + v).join("; ");
})()`

// screenshots leaves pictures in the folder of SLUICE_SCREENSHOTS, for a person to look at.
func screenshots(t *testing.T, tb *tab, url string) {
	t.Helper()
	dir := os.Getenv("SLUICE_SCREENSHOTS")
	if dir == "" {
		return
	}
	empty := start(t, New(view.New(view.Options{}), quiet()))
	for _, path := range everyPage {
		name, _, _ := strings.Cut(strings.Trim(path, "/"), "?")
		if name == "" {
			name = "orders"
		}
		tb.shoot(dir, name+"-dark", url+path, "dark", 1280, 800)
		tb.shoot(dir, name+"-light", url+path, "light", 1280, 1500)
		tb.shoot(dir, name+"-tablet", url+path, "light", 820, 1180)
		tb.shoot(dir, name+"-empty", empty+path, "dark", 1280, 800)
	}
	tb.open(url + "/?parent=3")
	tb.wait(linkState, "live")
}

func (tb *tab) shoot(dir, name, url, scheme string, w, h int) {
	tb.t.Helper()
	tb.emulate(w, h, scheme)
	tb.open(url)
	tb.wait(linkState, "live")
	data, _ := tb.call("Page.captureScreenshot", nil)["data"].(string)
	png, err := base64.StdEncoding.DecodeString(data)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		tb.t.Error(err)
	}
}

// median is the middle duration of the last patches of the blotter, ms.
const median = `((all) => all[all.length >> 1])(sluice.took.filter((p) => p.id === "blotter").map((p) => p.ms).sort((a, b) => a - b))`

// TestManyParents: 5,000 parents in the blotter stay smooth. What is laid out does not grow with them, and a change of the page
// takes less than a frame of the stream.
func TestManyParents(t *testing.T) {
	tb := openTab(t)
	d := newDesk(t)
	for id := order.ParentID(100); id < 5100; id++ {
		d.small(id)
	}
	url := start(t, New(d.v, quiet()))
	tb.emulate(1280, 800, "dark")
	tb.open(url + "/")
	tb.wait(linkState, "live")
	tb.wait(`document.querySelector("#panel-blotter .more").textContent.includes("of 5\u2009016")`, "true")
	if n := tb.js(`document.querySelectorAll("#panel-blotter tbody tr").length + " " + (document.querySelectorAll("*").length < 6000)`); n != "100 true" {
		t.Errorf("rows, and few elements: %s, want 100 true; all elements: %s", n, tb.js(`document.querySelectorAll("*").length`))
	}
	tb.js(`sluice.took.length = 0, document.querySelector("#panel-blotter").scrollTop = 500`)
	for id := order.ParentID(6000); id < 6008; id++ {
		d.small(id)
		tb.wait(`document.querySelector("tbody tr[data-parent]").dataset.parent`, fmt.Sprint(id))
	}
	t.Logf("%s patches of panels: half of them within %s ms, the slowest %s ms; %s elements", tb.js(`sluice.took.length`), tb.js(median), tb.js(`Math.max(...sluice.took.map((p) => p.ms))`),
		tb.js(`document.querySelectorAll("*").length`))
	if got := tb.js(median + " < 50"); got != "true" { // the slowest says how busy the machine is
		t.Errorf("half of the patches take more than %s ms, want 50", tb.js(median))
	}
	tb.wait(`document.querySelector("#panel-blotter").scrollTop > 400`, "true")
	tb.js(`document.querySelector('#panel-blotter [rel="next"]').click()`)
	tb.wait(`document.querySelector("#panel-blotter .more").textContent.startsWith("101 to 200")`, "true")
}
