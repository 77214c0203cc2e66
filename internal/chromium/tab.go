package chromium

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// A Tab is one browser tab, driven through the DevTools protocol.
type Tab struct {
	t       testing.TB
	ws      *websocket.Conn
	session string
	n       int
	Log     []string // what the console and the policy complained about
}

// NewTab starts a browser of its own and ends it with the test.
func NewTab(t testing.TB) *Tab {
	t.Helper()
	ws, err := websocket.Dial(Open(t), "", "http://127.0.0.1/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() }) // the browser ends with the test
	tb := &Tab{t: t, ws: ws}
	target := tb.Call("Target.createTarget", map[string]any{"url": "about:blank"})
	attached := tb.Call("Target.attachToTarget", map[string]any{"targetId": target["targetId"], "flatten": true})
	tb.session, _ = attached["sessionId"].(string)
	for _, domain := range []string{"Page.enable", "Runtime.enable", "Log.enable"} {
		tb.Call(domain, nil)
	}
	return tb
}

// Call sends one command and waits for its answer; events on the way are looked through for complaints.
func (tb *Tab) Call(method string, params map[string]any) map[string]any {
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
		case in.ID == tb.n && in.Error != nil && strings.Contains(fmt.Sprint(in.Error["message"]), "navigated or closed"):
			return nil // the page went while it was asked; whoever waits asks the next one
		case in.ID == tb.n && in.Error != nil:
			tb.t.Fatalf("%s: %v", method, in.Error)
		case in.ID == tb.n:
			return in.Result
		case in.Method == "Log.entryAdded" || in.Method == "Runtime.exceptionThrown":
			if !strings.Contains(string(in.Params), `"level":"verbose"`) { // advice, such as about forms
				tb.Log = append(tb.Log, string(in.Params))
			}
		}
	}
}

// JS evaluates an expression to a text.
func (tb *Tab) JS(expr string) string {
	tb.t.Helper()
	res := tb.Call("Runtime.evaluate", map[string]any{"expression": "String(" + expr + ")", "returnByValue": true})
	value, _ := res["result"].(map[string]any)
	return fmt.Sprint(value["value"])
}

// Wait evaluates expr until it is want.
func (tb *Tab) Wait(expr, want string) {
	tb.t.Helper()
	got := ""
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got = tb.JS(expr); got == want {
			return
		}
	}
	tb.t.Errorf("%s: got %q, want %q", expr, got, want)
}

// Go opens an address and waits until it is loaded.
func (tb *Tab) Go(url string) {
	tb.t.Helper()
	tb.Call("Page.navigate", map[string]any{"url": url})
	tb.Wait(`location.href + " " + document.readyState`, url+" complete")
}

// Emulate sets the window's size and the colours that the system prefers.
func (tb *Tab) Emulate(w, h int, scheme string) {
	tb.t.Helper()
	tb.Call("Emulation.setDeviceMetricsOverride", map[string]any{"width": w, "height": h, "deviceScaleFactor": 1, "mobile": false})
	tb.Call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
}

// Key presses and releases one key, as the keyboard does.
func (tb *Tab) Key(name string) {
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
	tb.Call("Input.dispatchKeyEvent", down)
	tb.Call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": name, "code": name})
}

// Type replaces what stands in the field that has the focus.
func (tb *Tab) Type(text string) {
	tb.t.Helper()
	tb.JS(`document.activeElement.select()`)
	tb.Call("Input.insertText", map[string]any{"text": text})
}

// Shoot leaves a picture of the window in a file, for a person to look at.
func (tb *Tab) Shoot(path string) {
	tb.t.Helper()
	data, _ := tb.Call("Page.captureScreenshot", nil)["data"].(string)
	png, err := base64.StdEncoding.DecodeString(data)
	if err == nil {
		err = os.WriteFile(path, png, 0o600)
	}
	if err != nil {
		tb.t.Error(err)
	}
}
