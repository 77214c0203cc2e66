package web

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"github.com/sluice-sor/sluice/internal/chromium"
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

// emulate sets the window's size and the colours that the system prefers.
func (tb *tab) emulate(w, h int, scheme string) {
	tb.t.Helper()
	tb.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": w, "height": h, "deviceScaleFactor": 1, "mobile": false})
	tb.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
}

// key presses and releases one key, as the keyboard does.
func (tb *tab) key(name string) {
	tb.t.Helper()
	down := map[string]any{"type": "keyDown", "key": name, "code": name}
	switch name {
	case "Enter":
		down["text"], down["windowsVirtualKeyCode"] = "\r", 13
	case "Tab":
		down["windowsVirtualKeyCode"] = 9
	case "ArrowUp", "ArrowDown", "Escape":
		down["windowsVirtualKeyCode"] = map[string]int{"ArrowUp": 38, "ArrowDown": 40, "Escape": 27}[name]
	default:
		down["text"] = name
	}
	tb.call("Input.dispatchKeyEvent", down)
	tb.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": name, "code": name})
}

// typed replaces what stands in the field that has the focus.
func (tb *tab) typed(text string) {
	tb.t.Helper()
	tb.js(`document.activeElement.select()`)
	tb.call("Input.insertText", map[string]any{"text": text})
}
