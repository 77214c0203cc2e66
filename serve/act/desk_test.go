package act

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/audit"
	"github.com/sluice-sor/sluice/serve/control"
)

// engine takes every decision and remembers it.
type engine struct {
	control.Engine // what no test asks
	mu             sync.Mutex
	asked          []event.Body
	before         func() // called at each decision
	halts          []router.HaltProgress
	learning       event.RecordLearning
}

func (e *engine) Halts() []router.HaltProgress   { return e.halts }
func (e *engine) Learning() event.RecordLearning { return e.learning }

func (e *engine) Ask(_ context.Context, b event.Body) (*event.AnswerPerson, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.before != nil {
		e.before()
	}
	e.asked = append(e.asked, b)
	return &event.AnswerPerson{Text: "done"}, nil
}

const password = "correct horse battery"

// bench is a desk with a clock of its own.
type bench struct {
	*Desk
	t      *testing.T
	engine *engine
	gate   *access.Gate
	log    *audit.Log
	path   string // of the audit log
	users  string
	mu     sync.Mutex
	clock  time.Time
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = b.clock.Add(d)
}

func newBench(t *testing.T, roles ...access.Role) *bench {
	t.Helper()
	dir := t.TempDir()
	b := &bench{t: t, engine: &engine{}, path: filepath.Join(dir, "audit.log"), users: filepath.Join(dir, "users.json"), clock: time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)}
	if len(roles) > 0 {
		if err := access.Edit(b.users, func(u *access.Users) error {
			for _, r := range roles {
				x, err := access.NewUser(string(r), []access.Role{r}, nil, password, b.clock)
				if err != nil {
					return err
				}
				u.Users = append(u.Users, x)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	b.open()
	t.Cleanup(func() { _ = b.log.Close() })
	return b
}

// open starts the desk as a router's start does.
func (b *bench) open() {
	b.t.Helper()
	var err error
	if b.log, err = audit.Open(b.path, b.now); err != nil {
		b.t.Fatal(err)
	}
	if b.gate, err = access.Open(access.Config{File: b.users, Now: b.now, Cost: access.Cost{KiB: 64, Passes: 1, Threads: 1},
		Audit: func(e audit.Entry) { _, _ = b.log.Append(e) }}); err != nil {
		b.t.Fatal(err)
	}
	b.Desk = New(Config{Engine: b.engine, Venues: []string{"LITX"}, Gate: b.gate, Audit: b.log, Now: b.now})
}

func (b *bench) entries() (out []audit.Entry) {
	b.t.Helper()
	f, err := os.Open(b.path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer f.Close()
	if _, err := audit.Verify(f, "", func(e *audit.Entry) { out = append(out, *e) }); err != nil {
		b.t.Fatal(err)
	}
	return out
}

func person(role access.Role) *access.Person {
	return &access.Person{Name: string(role), Roles: []access.Role{role}, Via: "page", From: "10.0.0.1"}
}

var lift = Action{Do: Resume, Venue: "LITX", Reason: "their feed is back since noon"}

// TestRolesAreApart: no role that may ask for what needs two people may approve anything (SEC-04).
func TestRolesAreApart(t *testing.T) {
	for _, r := range rules() {
		for _, ask := range r.ask {
			if len(r.approve) > 0 && May(&access.Person{Roles: []access.Role{ask}}, Approve) {
				t.Errorf("%s: %s asks and approves", r.do, ask)
			}
		}
	}
	for _, do := range []string{Resume, LearningRelease, ModelPromote} {
		if r := ruleOf(do); !r.twoPeople() || r.less {
			t.Errorf("%s needs two people (KILL-03, RISK-12, SEC-04)", do)
		}
	}
}

// TestLocalWithoutUsers: on the socket of a router without users one person halts, and two names resume.
func TestLocalWithoutUsers(t *testing.T) {
	b := newBench(t)
	ask := func(q control.Request) control.Answer { return b.Local(context.Background(), &q) }
	if a := ask(control.Request{Do: control.DoHalt, Venue: "LITX", Actor: "ann", Reason: "drill"}); a.Error != "" {
		t.Fatal(a.Error)
	}
	for _, c := range []struct {
		second, actor, reason, want string
	}{
		{"", "ann", lift.Reason, "--second"}, {"Ann ", "ann", lift.Reason, "another person"}, {"bob", "ann", "short", "20 characters"}, {"bob", "", lift.Reason, "--actor"}, {"b\nob", "ann", lift.Reason, "no text"},
	} {
		if a := ask(control.Request{Do: control.DoResume, Venue: "LITX", Actor: c.actor, Second: c.second, Reason: c.reason}); !strings.Contains(a.Error, c.want) {
			t.Errorf("%+v: %+v", c, a)
		}
	}
	if a := ask(control.Request{Do: control.DoResume, Venue: "LITX", Actor: "ann", Second: "bob", Reason: lift.Reason}); a.Error != "" {
		t.Fatal(a.Error)
	}
	if r, ok := b.engine.asked[1].(*event.Resumed); !ok || r.Actor != "ann" || r.Approver != "bob" || len(b.engine.asked) != 2 {
		t.Errorf("the engine was asked %+v", b.engine.asked)
	}
	if a := ask(control.Request{Do: control.DoReleaseLearning, Actor: "ann", Reason: lift.Reason}); a.Error == "" {
		t.Error("one person released the learner")
	}
}

// TestLocalWithUsers: once there are users, a name alone resumes nothing on the socket, and a second name does not either;
// halting still takes one person and no password (KILL-02, KILL-03).
func TestLocalWithUsers(t *testing.T) {
	b := newBench(t, access.Risk, access.Admin, access.Trader)
	ask := func(q control.Request) control.Answer {
		b.pass(30 * time.Second)
		return b.Local(context.Background(), &q)
	}
	resume := control.Request{Do: control.DoResume, Venue: "LITX", Actor: "risk", Reason: lift.Reason}
	with := func(change func(*control.Request)) control.Request { q := resume; change(&q); return q }
	for what, q := range map[string]control.Request{
		"no credential":  resume,
		"a second name":  with(func(q *control.Request) { q.Second = "admin" }),
		"a wrong one":    with(func(q *control.Request) { q.Credential = "wrong" }),
		"another's role": with(func(q *control.Request) { q.Actor, q.Credential = "trader", password }),
	} {
		if a := ask(q); a.Error == "" || a.Approval != 0 {
			t.Errorf("%s: %+v", what, a)
		}
	}
	a := ask(with(func(q *control.Request) { q.Credential = password }))
	if a.Approval == 0 || len(b.engine.asked) != 0 {
		t.Fatalf("it waits for nobody: %+v", a)
	}
	approve := control.Request{Do: control.DoApprove, Approval: a.Approval, Actor: "admin", Reason: "seen"}
	if got := ask(approve); got.Error == "" || len(b.engine.asked) != 0 {
		t.Errorf("approved without a password: %+v", got)
	}
	approve.Credential = password
	if got := ask(approve); got.Error != "" || len(b.engine.asked) != 1 {
		t.Errorf("approved: %+v", got)
	}
	if got := ask(control.Request{Do: control.DoHalt, Actor: "anybody", Reason: "drill"}); got.Error != "" {
		t.Errorf("the kill switch asks for more than a name: %+v", got)
	}
	if err := os.WriteFile(b.users, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := ask(with(func(q *control.Request) { q.Second = "bob" })); got.Error == "" || len(b.engine.asked) != 2 {
		t.Errorf("a damaged users file is taken for none: %+v", got)
	}
	if got := ask(control.Request{Do: control.DoHalt, Actor: "anybody", Reason: "drill"}); got.Error != "" {
		t.Errorf("the kill switch needs the users file: %+v", got)
	}
}

// TestOnce: however many approve, deny and let time pass at once, what waits is done once at most, and never after its
// quarter of an hour.
func TestOnce(t *testing.T) {
	b := newBench(t, access.Risk, access.Admin)
	for round := range 30 {
		out, err := b.Do(context.Background(), person(access.Risk), lift)
		if err != nil {
			t.Fatal(err)
		}
		before := len(b.engine.asked)
		start := b.now()
		b.engine.before = func() {
			if b.now().Sub(start) > approvalWithin+time.Minute {
				t.Error("done long after its time")
			}
		}
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				if i == 3 && round%2 == 0 {
					b.pass(approvalWithin)
				}
				_, err := b.Approve(context.Background(), person(access.Admin), out.Approval, i != 5, "seen with the desk")
				var r *Refusal
				if err != nil && (!errors.As(err, &r) || r.Kind != Conflict) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := len(b.engine.asked) - before; n > 1 {
			t.Fatalf("done %d times", n)
		}
		b.pass(time.Hour)
	}
}

// TestRestart: what waits is forgotten by a restart, and its number is never another's.
func TestRestart(t *testing.T) {
	b := newBench(t, access.Risk, access.Admin)
	first, err := b.Do(context.Background(), person(access.Risk), lift)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.log.Close(); err != nil {
		t.Fatal(err)
	}
	b.open()
	if _, err := b.Approve(context.Background(), person(access.Admin), first.Approval, true, "seen"); err == nil || len(b.engine.asked) != 0 {
		t.Fatalf("approved after a restart: %v", err)
	}
	second, err := b.Do(context.Background(), person(access.Risk), Action{Do: Resume, Reason: lift.Reason})
	if err != nil || second.Approval <= first.Approval {
		t.Errorf("number %d after %d, %v", second.Approval, first.Approval, err)
	}
}

// TestRecorded: an action is in the audit log before it is done, unless the router does less by it, and with what became
// of it before it is answered.
func TestRecorded(t *testing.T) {
	b := newBench(t, access.Risk)
	var during []audit.Outcome
	b.engine.before = func() {
		during = nil
		for _, e := range b.entries() {
			during = append(during, e.Outcome)
		}
	}
	if _, err := b.Do(context.Background(), person(access.Trader), Action{Do: Halt, Reason: "x"}); err == nil {
		t.Fatal("a trader halts")
	}
	if _, err := b.Do(context.Background(), person(access.Risk), Action{Do: Halt, Venue: "LITX", Reason: "rejects"}); err != nil {
		t.Fatal(err)
	}
	all := b.entries()
	n := len(all)
	if n < 2 || all[n-2].Outcome != audit.Refused || all[n-2].Actor != "trader" || all[n-1].Outcome != audit.Done || all[n-1].Of != "venue LITX" || all[n-1].Reason != "rejects" ||
		all[n-1].Roles[0] != "risk" || all[n-1].From != "10.0.0.1" || all[n-1].Request == "" {
		t.Errorf("the log has %+v", all)
	}
	if _, err := b.Do(context.Background(), person(access.Model), Action{Do: ExperimentStop, Reason: "it ships"}); err != nil {
		t.Fatal(err)
	}
	if len(during) == 0 || during[len(during)-1] != audit.Begun {
		t.Errorf("while it was done the log ended with %v", during)
	}

	if err := b.log.Close(); err != nil { // nothing can be recorded any more
		t.Fatal(err)
	}
	b.engine.before = nil
	asked := len(b.engine.asked)
	if _, err := b.Do(context.Background(), person(access.Model), Action{Do: ExperimentStop, Reason: "x"}); err == nil || len(b.engine.asked) != asked {
		t.Errorf("done without a record: %v", err)
	}
	if out, err := b.Do(context.Background(), person(access.Risk), Action{Do: Halt, Reason: "x"}); err != nil || len(b.engine.asked) != asked+1 || !strings.Contains(out.Text, "audit log") {
		t.Errorf("the kill switch needs the audit log: %+v, %v", out, err)
	}
	if _, err := b.Do(context.Background(), person(access.Risk), lift); err == nil {
		t.Error("something waits that is not recorded")
	}
}

// TestApprovalOfTheNextHalt: what was asked for while one halt was in force does not lift the one that somebody put there since, of the
// same scope, for another reason; nor does a release the next hold (KILL-03, RISK-12).
func TestApprovalOfTheNextHalt(t *testing.T) {
	b := newBench(t, access.Risk, access.Admin)
	ctx, risk, admin := context.Background(), person(access.Risk), person(access.Admin)
	release := Action{Do: LearningRelease, Reason: "the loss was one order's"}
	for name, again := range map[string]func(){
		lift.Do:    func() { b.engine.halts[0].At = 2 },
		release.Do: func() { b.engine.learning.Since = 2 },
	} {
		b.engine.halts = []router.HaltProgress{{Halted: event.Halted{Venue: "DARKA"}, At: 9}, {Halted: event.Halted{Venue: "LITX"}, At: 1}}
		slices.Reverse(b.engine.halts)
		b.engine.learning.Since = 1
		a := lift
		if name == release.Do {
			a = release
		}
		first, err := b.Do(ctx, risk, a)
		if err != nil {
			t.Fatal(err)
		}
		second, err := b.Do(ctx, risk, a)
		if err != nil {
			t.Fatal(err)
		}
		b.engine.halts[1].At = 10 // another scope's
		if _, err := b.Approve(ctx, admin, first.Approval, true, "agreed"); err != nil {
			t.Errorf("%s as it was asked for: %v", name, err)
		}
		again()
		asked := len(b.engine.asked)
		if _, err := b.Approve(ctx, admin, second.Approval, true, "agreed"); err == nil || !strings.Contains(err.Error(), "ask again") || len(b.engine.asked) != asked {
			t.Errorf("%s: approved by what was asked for before it: %v", name, err)
		}
	}
}

// TestBounds: one person cannot fill what waits, nor act without end; what only lessens risk has a pace of its own, and a halt of
// everything is never held back.
func TestBounds(t *testing.T) {
	b := newBench(t, access.Risk)
	waits := 0
	for range approvalsEach + 3 {
		b.pass(time.Second)
		if _, err := b.Do(context.Background(), person(access.Risk), lift); err == nil {
			waits++
		}
	}
	if waits != approvalsEach {
		t.Errorf("%d wait, want %d", waits, approvalsEach)
	}
	busy := 0
	for range 100 {
		var r *Refusal
		if _, err := b.Do(context.Background(), person(access.Model), Action{Do: ExperimentStop, Reason: "x"}); errors.As(err, &r) && r.Kind == Busy {
			busy++
		}
	}
	if want := 100 - paces[usual].burst; busy != want {
		t.Errorf("%d of 100 actions at once were held back, want %d", busy, want)
	}
	narrow := 0
	for range 600 {
		var r *Refusal
		if _, err := b.Do(context.Background(), person(access.Risk), Action{Do: Halt, Venue: "LITX", Reason: "x"}); errors.As(err, &r) && r.Kind == Busy {
			narrow++
		}
	}
	if want := 600 - paces[lessens].burst; narrow != want {
		t.Errorf("%d of 600 halts of a venue at once were held back, want %d", narrow, want)
	}
	for i := range 100 {
		if _, err := b.Do(context.Background(), person(access.Risk), Action{Do: Halt, Reason: fmt.Sprint(i)}); err != nil {
			t.Fatalf("halt %d: %v", i, err)
		}
	}
}

// TestHaltOfTheUnknown: a halt of what the router does not know is done, and the answer says so with what may be meant (KILL-01).
func TestHaltOfTheUnknown(t *testing.T) {
	b := newBench(t)
	b.Desk.cfg.Known = Known{Venues: []string{"LITX"}, Clients: []string{"DESK", "OMS42"}, Symbols: []string{"AMZN", "IBM"}}
	for _, c := range []struct {
		a    Action
		want string // "" = no warning
	}{
		{Action{Symbol: "AMZN"}, ""}, {Action{Client: "DESK", Symbol: "IBM"}, ""}, {Action{Venue: "LITX"}, ""}, {Action{}, ""}, {Action{Algorithm: "block"}, ""},
		{Action{Symbol: "AMZM"}, "no symbol AMZM is known to this router: did you mean AMZN?"}, {Action{Symbol: "amzn"}, "did you mean AMZN?"},
		{Action{Symbol: "NEWCO"}, "no symbol NEWCO is known to this router"}, {Action{Client: "DSEK", Symbol: "AMZN"}, "no client DSEK"},
	} {
		c.a.Do, c.a.Reason = Halt, "the news"
		got, err := b.Do(t.Context(), person(access.Risk), c.a)
		if err != nil {
			t.Fatal(err)
		}
		if warned := strings.Contains(got.Text, "mind: "); warned != (c.want != "") || !strings.Contains(got.Text, c.want) {
			t.Errorf("halt of %s: %q, want %q", c.a.Of(), got.Text, c.want)
		}
	}
	if got := b.Local(t.Context(), &control.Request{Do: control.DoHalt, Symbol: "AMZM", Actor: "ann", Reason: "the news"}); !strings.Contains(got.Text, "did you mean AMZN?") {
		t.Errorf("on the socket: %+v", got)
	}
}

// TestResumeIsTheEnginesToJudge: a trader's resume asks the engine for an order that a person paused, and risk's for any (RISK-07).
func TestResumeIsTheEnginesToJudge(t *testing.T) {
	b := newBench(t)
	b.Desk.cfg.Parent = func(order.ParentID) (Parent, bool) { return Parent{Client: "DESK"}, true }
	for role, want := range map[access.Role]event.Steer{access.Trader: event.SteerUnpause, access.Risk: event.SteerResume} {
		if _, err := b.Do(t.Context(), person(role), Action{Do: ParentResume, Parent: 3, Reason: "x"}); err != nil {
			t.Fatal(err)
		}
		if got := b.engine.asked[len(b.engine.asked)-1].(*event.ParentSteered); got.Steer != want || got.Parent != 3 {
			t.Errorf("%s asks for %+v, want steer %d", role, got, want)
		}
	}
}

// TestStoppedParent: an order that a person paused goes on by one; one that a rule or contradicting reports stopped is a
// breaker, which risk asks to reset and an admin approves (RISK-07, RISK-12).
func TestStoppedParent(t *testing.T) {
	b := newBench(t, access.Risk, access.Admin, access.Trader)
	hold := ""
	b.cfg.Parent = func(order.ParentID) (Parent, bool) { return Parent{Client: "EMS", Hold: hold}, true }
	resume := Action{Do: ParentResume, Parent: 33, Reason: "both looked at its books"}
	for _, hold = range []string{"paused", ""} {
		before := len(b.engine.asked)
		if out, err := b.Do(context.Background(), person(access.Risk), resume); err != nil || out.Approval != 0 || len(b.engine.asked) != before+1 {
			t.Errorf("hold %q by one person: %+v, %v", hold, out, err)
		}
	}
	for _, hold = range []string{"stop", "frozen"} {
		before := len(b.engine.asked)
		if _, err := b.Do(context.Background(), person(access.Trader), resume); err == nil {
			t.Errorf("a trader resets hold %s", hold)
		}
		short := resume
		short.Reason = "fine"
		if _, err := b.Do(context.Background(), person(access.Risk), short); err == nil {
			t.Errorf("hold %s is reset with a short reason", hold)
		}
		out, err := b.Do(context.Background(), person(access.Risk), resume)
		if err != nil || out.Approval == 0 || len(b.engine.asked) != before {
			t.Fatalf("hold %s: %+v, %v", hold, out, err)
		}
		if _, err := b.Approve(context.Background(), person(access.Risk), out.Approval, true, "seen"); err == nil {
			t.Error("who asks approves")
		}
		if _, err := b.Approve(context.Background(), person(access.Admin), out.Approval, true, "seen"); err != nil {
			t.Fatal(err)
		}
		if e, ok := b.engine.asked[before].(*event.ParentSteered); !ok || e.Actor != "risk" || e.Approver != "admin" || e.Reason != resume.Reason || e.Steer != event.SteerResume {
			t.Errorf("the engine is asked %+v", b.engine.asked[before])
		}
		local := control.Request{Do: control.DoResume, Parent: 33, Actor: "risk", Reason: resume.Reason}
		if a := b.Local(context.Background(), &local); a.Error == "" {
			t.Errorf("the socket resets hold %s for a name", hold)
		}
		local.Credential = password
		if a := b.Local(context.Background(), &local); a.Error != "" || a.Approval == 0 {
			t.Errorf("the socket with a credential: %+v", a)
		}
	}
	none := newBench(t)
	none.cfg.Parent = b.cfg.Parent
	local := control.Request{Do: control.DoResume, Parent: 33, Actor: "ann", Reason: resume.Reason}
	if a := none.Local(context.Background(), &local); !strings.Contains(a.Error, "--second") {
		t.Errorf("without users, one name: %+v", a)
	}
	local.Second = "bob"
	if a := none.Local(context.Background(), &local); a.Error != "" || len(none.engine.asked) != 1 {
		t.Errorf("without users, two names: %+v", a)
	}
}

// TestBasketConfirmed: one person of the role risk confirms a basket, with a reason, and the audit log has it; where there
// are users, on the socket too they prove who they are (RISK-20).
func TestBasketConfirmed(t *testing.T) {
	b := newBench(t, access.Risk, access.Trader)
	confirm := Action{Do: BasketConfirm, Basket: 3, Reason: "the client confirms by phone"}
	if _, err := b.Do(context.Background(), person(access.Trader), confirm); err == nil {
		t.Error("a trader confirms")
	}
	if _, err := b.Do(context.Background(), person(access.Risk), Action{Do: BasketConfirm, Basket: 3}); err == nil {
		t.Error("it is confirmed without a reason")
	}
	if _, err := b.Do(context.Background(), person(access.Risk), confirm); err != nil {
		t.Fatal(err)
	}
	all := b.entries()
	if e, ok := b.engine.asked[0].(*event.BasketDecided); !ok || e.Basket != 3 || !e.Confirm || e.Actor != "risk" || e.Reason != confirm.Reason {
		t.Errorf("the engine is asked %+v", b.engine.asked[0])
	}
	if last := all[len(all)-1]; last.What != BasketConfirm || last.Of != "basket 3" || last.Outcome != audit.Done {
		t.Errorf("the log ends with %+v", last)
	}
	local := control.Request{Do: control.DoConfirm, Basket: 3, Actor: "risk", Reason: confirm.Reason}
	if a := b.Local(context.Background(), &local); a.Error == "" || len(b.engine.asked) != 1 {
		t.Errorf("the socket confirms for a name: %+v", a)
	}
	local.Credential = password
	if a := b.Local(context.Background(), &local); a.Error != "" || len(b.engine.asked) != 2 {
		t.Errorf("the socket with a credential: %+v", a)
	}
	deny := control.Request{Do: control.DoRefuse, Basket: 3, Actor: "anybody", Reason: "a zero too many"}
	if a := b.Local(context.Background(), &deny); a.Error != "" || len(b.engine.asked) != 3 {
		t.Errorf("less takes a name: %+v", a)
	}
}

// TestWordsSayWhatTheyShow: what a second person reads is what will be done: nothing in it turns the reading around, or hides (SEC-04).
func TestWordsSayWhatTheyShow(t *testing.T) {
	b := newBench(t, access.Risk)
	for _, bad := range []string{"\u202e", "\u2066", "\u200f", "\x1b[2K", "\x00", "\xff"} {
		for _, a := range []Action{{Do: Resume, Venue: "LITX" + bad, Reason: lift.Reason}, {Do: Resume, Venue: "LITX", Reason: lift.Reason + bad}} {
			if _, err := b.Do(context.Background(), person(access.Risk), a); err == nil || !strings.Contains(err.Error(), "no text") {
				t.Errorf("%+v: %v", a, err)
			}
		}
	}
	got := b.Local(context.Background(), &control.Request{Do: control.DoHalt, Actor: strings.Repeat("a", 900_000), Reason: "x\x1b[2J\u202e\xff" + strings.Repeat("é", 900)})
	h, ok := b.engine.asked[len(b.engine.asked)-1].(*event.Halted)
	if got.Error != "" || !ok || len(h.Actor) > textMax || len(h.Reason) > reasonMax || strings.ContainsFunc(h.Reason, illegible) || !utf8.ValidString(h.Reason) {
		t.Errorf("a halt by the socket: %q, %+v", got.Error, h)
	}
	if _, err := b.Do(context.Background(), person(access.Risk), Action{Do: Resume, Venue: "LITX", Reason: "Störung behoben, 障害は解消しました"}); err != nil {
		t.Error(err)
	}
}
