package access

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/serve/audit"
)

// cheap keeps tests fast.
var cheap = Cost{KiB: 64, Passes: 1, Threads: 1}

const pass = "correct horse battery"

// house is a gate with a clock of its own, and what it told the audit log.
type house struct {
	*Gate
	t    *testing.T
	file string
	now  time.Time
	told []audit.Entry
}

func newHouse(t *testing.T, users ...User) *house {
	t.Helper()
	h := &house{t: t, file: filepath.Join(t.TempDir(), "users.json"), now: time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)}
	if len(users) > 0 {
		h.edit(func(u *Users) { u.Users = users })
	}
	h.open()
	return h
}

func (h *house) open() {
	h.t.Helper()
	g, err := Open(Config{File: h.file, Now: func() time.Time { return h.now }, Cost: cheap, Audit: func(e audit.Entry) { h.told = append(h.told, e) }})
	if err != nil {
		h.t.Fatal(err)
	}
	h.Gate = g
}

func (h *house) edit(f func(*Users)) {
	h.t.Helper()
	if err := Edit(h.file, func(u *Users) error { f(u); return nil }); err != nil {
		h.t.Fatal(err)
	}
}

func user(name string, roles ...Role) User {
	return User{Name: name, Roles: roles, Password: cheap.hash(pass)}
}

// login logs in and fails the test if that does not work.
func (h *house) login(name string) *Session {
	h.t.Helper()
	s, err := h.Login(name, pass, "10.0.0.1")
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// TestLockOut: five failures lock a user out at an address for a quarter of an hour, also one that there is not, and the
// right password does not help (SEC-01, SEC-03).
func TestLockOut(t *testing.T) {
	h := newHouse(t, user("ann", Trader))
	for _, name := range []string{"ann", "nobody"} {
		for i := range 6 {
			h.now = h.now.Add(7 * time.Second) // not faster than an address may
			want := ErrLogin
			if i >= failuresMost {
				want = ErrLocked
			}
			if _, err := h.Login(name, "wrong", "10.0.0.1"); !errors.Is(err, want) {
				t.Errorf("%s, failure %d: got %v, want %v", name, i+1, err, want)
			}
		}
	}
	if _, err := h.Login("ann", pass, "10.0.0.1"); !errors.Is(err, ErrLocked) {
		t.Errorf("the right password of somebody locked out: %v", err)
	}
	if _, err := h.Login("ann", pass, "10.0.0.2"); err != nil {
		t.Errorf("from another address: %v", err)
	}
	h.now = h.now.Add(failuresIn)
	h.login("ann")
	if _, err := h.Login("ann", "wrong", "10.0.0.1"); !errors.Is(err, ErrLogin) {
		t.Errorf("the failures before are not forgotten: %v", err)
	}
}

// TestManyAtOnce: guesses at once count before they are looked at, so no more than five are compared.
func TestManyAtOnce(t *testing.T) {
	h := newHouse(t, user("ann", Trader))
	var mu sync.Mutex
	var all sync.WaitGroup
	compared := 0
	for range 100 {
		all.Go(func() {
			_, err := h.Login("ann", "wrong", "10.0.0.1")
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, ErrLogin) {
				compared++
			}
		})
	}
	all.Wait()
	if compared > failuresMost {
		t.Errorf("%d guesses were compared, want at most %d", compared, failuresMost)
	}
}

// TestAddress: one address makes ten attempts at once, whatever the names, and then one in six seconds.
func TestAddress(t *testing.T) {
	h := newHouse(t, user("ann", Trader))
	busy := 0
	for i := range 20 {
		if _, err := h.Login("user"+string(rune('a'+i)), "wrong", "10.0.0.9"); errors.Is(err, ErrBusy) {
			busy++
		}
	}
	if busy != 10 {
		t.Errorf("%d of 20 attempts were turned away, want 10", busy)
	}
	h.login("ann")
}

// TestSessions: a session ends when it is idle, when it is old, when its user is gone or has another password, and takes
// a change of roles at once (SEC-03).
func TestSessions(t *testing.T) {
	h := newHouse(t, user("ann", Trader, Risk), user("bob", Admin))
	alive := func(s *Session, touch bool) bool {
		_, _, ok := h.Session(s.ID, "10.0.0.1", touch)
		return ok
	}
	s := h.login("ann")
	if len(s.ID) != 22 || s.ID == s.CSRF {
		t.Errorf("session %+v: want 128 bits for each", s)
	}
	h.now = h.now.Add(IdleMost - time.Second)
	if !alive(s, true) {
		t.Fatal("over before it was idle for long enough")
	}
	h.now = h.now.Add(IdleMost - time.Second)
	if !alive(s, false) {
		t.Fatal("what a person does keeps no session alive")
	}
	h.now = h.now.Add(time.Second)
	if alive(s, true) {
		t.Error("what a page does by itself keeps a session alive")
	}
	s = h.login("ann")
	for end := h.now.Add(LifeMost); h.now.Before(end); h.now = h.now.Add(10 * time.Minute) {
		if !alive(s, true) {
			t.Fatal("a busy session is over early")
		}
	}
	if alive(s, true) {
		t.Error("a session outlives twelve hours")
	}

	s = h.login("ann")
	h.edit(func(u *Users) { u.Find("ann").Roles = []Role{Viewer} })
	if p, _, ok := h.Session(s.ID, "", true); !ok || p.Has(Trader, Risk) {
		t.Errorf("after the roles were taken: %+v", p)
	}
	h.edit(func(u *Users) { u.Find("ann").Password = cheap.hash("another password") })
	if alive(s, true) {
		t.Error("a session outlives its password")
	}
	s = h.login("bob")
	h.Logout(s.ID)
	if alive(s, true) {
		t.Error("a session outlives the logout")
	}
	s = h.login("bob")
	h.edit(func(u *Users) { u.Users = u.Users[:1] })
	if alive(s, true) {
		t.Error("a session outlives its user")
	}
	for _, bad := range []string{"", "x", s.CSRF, digest(s.ID)} {
		if _, _, ok := h.Session(bad, "", true); ok {
			t.Errorf("%q is a session", bad)
		}
	}
}

// TestManySessions: one more than a user may have ends the one that was idle longest.
func TestManySessions(t *testing.T) {
	h := newHouse(t, user("ann", Trader))
	var all []*Session
	for range sessionsEach + 1 {
		all = append(all, h.login("ann"))
		h.now = h.now.Add(10 * time.Second)
	}
	if _, _, ok := h.Session(all[0].ID, "", true); ok {
		t.Error("the oldest goes on")
	}
	for _, s := range all[1:] {
		if _, _, ok := h.Session(s.ID, "", true); !ok {
			t.Error("a newer one is gone")
		}
	}
}

// TestTokens: a token has the roles it was given, as far as its user has them still, until it expires or is revoked.
func TestTokens(t *testing.T) {
	h := newHouse(t, user("ann", Trader, Viewer))
	token, id := "", ""
	h.edit(func(u *Users) {
		var err error
		if token, id, err = u.Find("ann").NewToken([]Role{Trader}, h.now, 24*time.Hour, "robot"); err != nil {
			t.Error(err)
		}
		if _, _, err := u.Find("ann").NewToken([]Role{Risk}, h.now, time.Hour, ""); err == nil {
			t.Error("a token has a role that its user has not")
		}
		if _, _, err := u.Find("ann").NewToken([]Role{Viewer}, h.now, TokenMost+1, ""); err == nil {
			t.Error("a token lasts longer than a year")
		}
	})
	if b, err := os.ReadFile(h.file); err != nil || strings.Contains(string(b), token[len(tokenMark)+9:]) {
		t.Errorf("the file has the token itself, or cannot be read: %v", err)
	}
	p, err := h.Token(token, "api", "10.0.0.1")
	if err != nil || !p.Has(Trader) || p.Has(Viewer) {
		t.Fatalf("got %+v, %v", p, err)
	}
	for _, bad := range []string{"", "sluice_", tokenMark + id + "_", token + "x", token[:len(token)-1], tokenMark + "00000000" + token[len(tokenMark)+8:], strings.ToUpper(token)} {
		if _, err := h.Token(bad, "api", ""); !errors.Is(err, ErrToken) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
	h.edit(func(u *Users) { u.Find("ann").Roles = []Role{Viewer} })
	if p, err := h.Token(token, "api", ""); err != nil || len(p.Roles) != 0 {
		t.Errorf("its user lost the role: %+v, %v", p, err)
	}
	h.now = h.now.Add(24 * time.Hour)
	if _, err := h.Token(token, "api", ""); !errors.Is(err, ErrToken) {
		t.Errorf("expired: %v", err)
	}
}

// TestSetup: the first user is set up once, with the token of a file that only its owner reads, and never without it.
func TestSetup(t *testing.T) {
	h := newHouse(t)
	if !h.Empty() {
		t.Fatal("there is a user")
	}
	info, err := os.Stat(h.SetupFile())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("setup token: %v, %v", info, err)
	}
	b, err := os.ReadFile(h.SetupFile())
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimSpace(string(b))
	for _, c := range []struct{ token, name, password string }{{"", "ann", pass}, {"wrong", "ann", pass}, {token, "ann", "short"}, {token, "Ann B", pass}} {
		if _, err := h.Setup(c.token, c.name, c.password, "10.0.0.1"); err == nil {
			t.Errorf("set up with %+v", c)
		}
	}
	s, err := h.Setup(token, "ann", pass, "10.0.0.1")
	if err != nil || !s.Person.Has(Admin) {
		t.Fatalf("got %+v, %v", s, err)
	}
	if _, err := h.Setup(token, "eve", pass, "10.0.0.2"); !errors.Is(err, ErrSetup) {
		t.Errorf("a second time: %v", err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(h.file), "setup-token")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the token's file is still there")
	}
	h.login("ann")
}

// TestClosed: a users file that is damaged, readable by others, or gone lets nobody in, also not whoever is in, and is
// not taken for one without users.
func TestClosed(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"damaged": func(path string) error { return os.WriteFile(path, []byte(`{"version":1,"users":[`), 0o600) },
		"unknown": func(path string) error {
			return os.WriteFile(path, []byte(`{"version":1,"users":[],"open":true}`), 0o600)
		},
		"open": func(path string) error { return os.Chmod(path, 0o640) },
		"gone": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, user("ann", Admin))
			s := h.login("ann")
			if err := spoil(h.file); err != nil {
				t.Fatal(err)
			}
			if _, _, ok := h.Session(s.ID, "", true); ok {
				t.Error("a session goes on")
			}
			if _, err := h.Login("ann", pass, "10.0.0.1"); !errors.Is(err, ErrClosed) {
				t.Errorf("login: %v", err)
			}
			if _, err := h.Setup("", "eve", pass, "10.0.0.1"); err == nil {
				t.Error("somebody was set up")
			}
			if h.Empty() {
				t.Error("it is taken for a file without users")
			}
		})
	}
}

// TestUnknownUser: a user that there is not costs the same work as one that there is.
func TestUnknownUser(t *testing.T) {
	h := newHouse(t, user("ann", Trader))
	known, ok, err := h.attempt("ann", "10.0.0.1")
	if err != nil || !ok {
		t.Fatal(err)
	}
	unknown, ok, err := h.attempt("nobody", "10.0.0.1")
	if err != nil || ok || unknown.Cost != known.Cost {
		t.Errorf("unknown: %+v, %t, %v; known: %+v", unknown.Cost, ok, err, known.Cost)
	}
	if _, err := h.Login("nobody", "nobody has this password", "10.0.0.3"); !errors.Is(err, ErrLogin) {
		t.Errorf("the dummy's password: %v", err)
	}
}

// TestUsersFileComesBack: a users file that could not be read for a while lets people in again as it was; nobody has to touch
// it, or to restart the router, before a resume can be approved.
func TestUsersFileComesBack(t *testing.T) {
	h := newHouse(t, user("ann", Admin))
	h.login("ann")
	away := h.file + ".away"
	if err := os.Rename(h.file, away); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Login("ann", pass, "10.0.0.1"); !errors.Is(err, ErrClosed) {
		t.Errorf("without the file: %v", err)
	}
	if err := os.Rename(away, h.file); err != nil {
		t.Fatal(err)
	}
	h.login("ann")
}

// TestStrangersBlockNoSocket: logins from many addresses use up what everybody may try together, and nothing of what the
// people on the socket may (SEC-01, KILL-03).
func TestStrangersBlockNoSocket(t *testing.T) {
	h := newHouse(t, user("ann", Admin))
	busy := false
	for i := range 2 * allBurst {
		_, err := h.Login("ann", "wrong", fmt.Sprintf("10.0.1.%d", i))
		busy = busy || errors.Is(err, ErrBusy)
	}
	if _, err := h.Prove("ann", pass, Socket, Socket); err != nil || !busy {
		t.Errorf("on the socket: %v; strangers are held back: %t", err, busy)
	}
}
