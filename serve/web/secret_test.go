package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/act"
	"github.com/sluice-sor/sluice/serve/audit"
	"github.com/sluice-sor/sluice/serve/control"
)

// TestNoSecretIsTold plants a setup token, a password, wrong ones, a session and a token of a program, uses them all in
// every way, and looks for them in the log, the audit log, the users file, every page and every answer (SEC-06).
func TestNoSecretIsTold(t *testing.T) {
	h := newHouse(t, nil)
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	dir := t.TempDir()
	users, trail := filepath.Join(dir, "users.json"), filepath.Join(dir, audit.FileName)
	kept, err := audit.Open(trail, h.now)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	gate, err := access.Open(access.Config{File: users, Now: h.now, Cost: access.Cost{KiB: 64, Passes: 1, Threads: 1}, Log: log, Audit: func(e audit.Entry) { _, _ = kept.Append(e) }})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(gate.SetupFile())
	if err != nil {
		t.Fatal(err)
	}
	setup := strings.TrimSpace(string(raw))
	desk := act.New(act.Config{Engine: h.engine, Gate: gate, Audit: kept, Now: h.now, Log: log})
	h.gate, h.users, h.Handler = gate, users, NewSite(newDesk(t).v, log, Access{Gate: gate, Desk: desk})

	const good, bad, swapped = "planted-good-password", "planted-wrong-password", "planted-as-a-name"
	var told bytes.Buffer // everything that was answered
	post := func(path string, v url.Values) string {
		w := h.ask("POST", path, takesForm, v.Encode())
		told.Write(w.Body.Bytes())
		told.WriteString(w.Header().Get("Location"))
		for _, c := range w.Result().Cookies() {
			return c.Value
		}
		return ""
	}
	post("/setup", url.Values{"token": {"planted-wrong-token"}, "name": {"ann"}, "password": {good}, "again": {good}})
	session := post("/setup", url.Values{"token": {setup}, "name": {"ann"}, "password": {good}, "again": {good}})
	post("/login", url.Values{"name": {"ann"}, "password": {bad}})
	post("/login", url.Values{"name": {swapped + "!"}, "password": {"ann"}}) // typed into the wrong field
	token := h.token("ann")
	for _, who := range []string{token, token + "x"} {
		told.Write(h.ask("POST", "/api/v1/actions", takesJSON, encode(t, example(act.Halt)), bearer(who)).Body.Bytes())
		told.Write(h.ask("GET", "/api/v1/me", "", "", bearer(who)).Body.Bytes())
	}
	for _, credential := range []string{good, bad, token} {
		h.pass(30e9)
		a := desk.Local(t.Context(), &control.Request{Do: control.DoResume, Actor: "ann", Credential: credential, Reason: "a reason of twenty characters"})
		told.WriteString(a.Text + a.Error)
	}
	told.Write(h.ask("GET", "/", "", "", bearer(token)).Body.Bytes())
	if session == "" || token == "" {
		t.Fatal("nobody got in: the test shows nothing")
	}

	trailText, err := os.ReadFile(trail)
	if err != nil {
		t.Fatal(err)
	}
	usersText, err := os.ReadFile(users)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(trailText, []byte(`"what":"login"`)) || !bytes.Contains(out.Bytes(), []byte("login refused")) {
		t.Errorf("the logs say nothing of logins: %s", out.String())
	}
	for where, text := range map[string]string{"log": out.String(), "audit log": string(trailText), "users file": string(usersText), "answers": told.String()} {
		for what, secret := range map[string]string{"password": good, "wrong password": bad, "setup token": setup, "wrong token": "planted-wrong-token", "session": session,
			"token": token, "token's secret": token[strings.LastIndexByte(token[:20], '_')+1:]} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s has the %s", where, what)
			}
		}
	}
	for _, b := range h.engine.asked { // what goes into the journal
		if text := fmt.Sprintf("%+v", b); strings.Contains(text, good) || strings.Contains(text, token) {
			t.Errorf("the journal has a secret: %s", text)
		}
	}
	for where, text := range map[string]string{"log": out.String(), "audit log": string(trailText)} {
		if strings.Contains(text, swapped) {
			t.Errorf("the %s has what was typed in place of a name", where)
		}
	}
}
