package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"github.com/sluice-sor/sluice/internal/chromium"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve/view"
)

// tab is one browser tab, driven through the DevTools protocol.
type tab struct {
	t       *testing.T
	ws      *websocket.Conn
	session string
	n       int
	log     []string // what the console and the policy complained about
}

// openTab starts a browser of its own and ends it with the test.
func openTab(t *testing.T) *tab {
	t.Helper()
	ws, err := websocket.Dial(chromium.Open(t), "", "http://127.0.0.1/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() }) // the browser ends with the test
	tb := &tab{t: t, ws: ws}
	target := tb.call("Target.createTarget", map[string]any{"url": "about:blank"})
	attached := tb.call("Target.attachToTarget", map[string]any{"targetId": target["targetId"], "flatten": true})
	tb.session, _ = attached["sessionId"].(string)
	for _, domain := range []string{"Page.enable", "Runtime.enable", "Log.enable"} {
		tb.call(domain, nil)
	}
	return tb
}

// call sends one command and waits for its answer; events on the way are looked through for complaints.
func (tb *tab) call(method string, params map[string]any) map[string]any {
	tb.t.Helper()
	tb.n++
	out := map[string]any{"id": tb.n, "method": method, "params": params}
	if params == nil {
		out["params"] = map[string]any{}
	}
	if tb.session != "" && !strings.HasPrefix(method, "Browser.") {
		out["sessionId"] = tb.session
	}
	if err := websocket.JSON.Send(tb.ws, out); err != nil {
		tb.t.Fatalf("%s: %v", method, err)
	}
	_ = tb.ws.SetReadDeadline(time.Now().Add(30 * time.Second))
	for {
		var in struct {
			ID     int             `json:"id"`
			Method string          `json:"method"`
			Params json.RawMessage `json:"params"`
			Result map[string]any  `json:"result"`
			Error  map[string]any  `json:"error"`
		}
		if err := websocket.JSON.Receive(tb.ws, &in); err != nil {
			tb.t.Fatalf("%s: %v", method, err)
		}
		switch {
		case in.ID == tb.n && in.Error != nil:
			tb.t.Fatalf("%s: %v", method, in.Error)
		case in.ID == tb.n:
			return in.Result
		case in.Method == "Log.entryAdded" || in.Method == "Runtime.exceptionThrown":
			tb.log = append(tb.log, string(in.Params))
		}
	}
}

// js evaluates an expression to a text.
func (tb *tab) js(expr string) string {
	tb.t.Helper()
	res := tb.call("Runtime.evaluate", map[string]any{"expression": "String(" + expr + ")", "returnByValue": true})
	value, _ := res["result"].(map[string]any)
	return fmt.Sprint(value["value"])
}

// wait evaluates expr until it is want.
func (tb *tab) wait(expr, want string) {
	tb.t.Helper()
	got := ""
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got = tb.js(expr); got == want {
			return
		}
	}
	tb.t.Errorf("%s: got %q, want %q", expr, got, want)
}

func (tb *tab) open(url string) {
	tb.t.Helper()
	tb.call("Page.navigate", map[string]any{"url": url})
	tb.wait(`location.href + " " + document.readyState`, url+" complete")
}

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
	go func() { served <- Serve(ctx, ln, New(d.v, quiet())) }()
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
	tb.js(`document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "j", bubbles: true}))`)
	tb.wait(`document.activeElement.dataset.parentLink`, "2")
	tb.wait(`document.querySelectorAll("script:not([src])").length`, "0")
	for id := order.ParentID(100); id < 160; id++ {
		d.parent(id)
	}
	tb.wait(`document.querySelectorAll("tbody tr[data-parent]").length`, "77")
	tb.wait(`["parents", "decisions", "decision", "parent", "alerts"].filter((p) => document.getElementById("panel-" + p).clientHeight > 620).join()`, "")
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
}

// screenshots leaves pictures in the folder of SLUICE_SCREENSHOTS, for a person to look at.
func screenshots(t *testing.T, tb *tab, url string) {
	t.Helper()
	dir := os.Getenv("SLUICE_SCREENSHOTS")
	if dir == "" {
		return
	}
	empty := start(t, New(view.New(view.Options{}), quiet()))
	for _, s := range []struct {
		name, url, scheme string
		w, h              int
	}{
		{"wide-dark", url + "/?parent=14", "dark", 1280, 1220}, {"wide-light", url + "/?parent=14", "light", 1280, 1220},
		{"big", url + "/", "dark", 1920, 1150}, {"tablet", url + "/", "light", 820, 1900}, {"empty", empty + "/", "dark", 1280, 900},
	} {
		tb.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": s.w, "height": s.h, "deviceScaleFactor": 1, "mobile": false})
		tb.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": s.scheme}}})
		tb.open(s.url)
		tb.wait(linkState, "live")
		data, _ := tb.call("Page.captureScreenshot", nil)["data"].(string)
		png, err := base64.StdEncoding.DecodeString(data)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, s.name+".png"), png, 0o600)
		}
		if err != nil {
			t.Error(err)
		}
	}
	tb.open(url + "/?parent=3")
	tb.wait(linkState, "live")
}
