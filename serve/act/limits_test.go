package act

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/control"
)

// limitsBench is a desk with users whose engine has the default limits in force.
func limitsBench(t *testing.T) (b *bench, inForce *risk.Limits, ask func(control.Request) control.Answer) {
	b = newBench(t, access.Risk, access.Admin, access.Trader)
	now := risk.DefaultLimits()
	b.cfg.InForce = func() risk.Limits { return now.Clone() }
	return b, &now, func(q control.Request) control.Answer {
		b.pass(30 * time.Second)
		return b.Local(context.Background(), &q)
	}
}

// TestTightenedIsNamed is SEC-05: the audit log says which control went on again and which limits were put in force, though one
// person may do it. Where there are no users, an approval is told how two people decide instead.
func TestTightenedIsNamed(t *testing.T) {
	narrow := limitsOf(func(l *risk.Limits) { l.MaxParentQty--; l.Version = "narrow" })
	for of, q := range map[string]control.Request{
		"RISK-04 on":    {Do: control.DoControl, Control: "RISK-04", Actor: "risk", Credential: password, Reason: "the feed is right again"},
		"limits narrow": {Do: control.DoLimits, Limits: narrow, Actor: "risk", Credential: password, Reason: "less from now on"},
	} {
		b, _, ask := limitsBench(t)
		if a := ask(q); a.Error != "" {
			t.Fatalf("%s: %+v", of, a)
		}
		for _, e := range b.entries() {
			if e.What != "users" && e.Of != of {
				t.Errorf("the audit log has %s %q of %q, want %q", e.What, e.Outcome, e.Of, of)
			}
		}
	}
	if got := newBench(t).Local(t.Context(), &control.Request{Do: control.DoApprove, Approval: 812, Actor: "bob", Reason: "seen"}); !strings.Contains(got.Error, "--second") {
		t.Errorf("approve without users says %+v", got)
	}
}

// TestLoosenByTwo is SEC-04 and RISK-13: where there are users, wider limits and a control that goes off wait until an admin
// who proves it approves them, and then name both; what narrows, or turns on again, is done at once.
func TestLoosenByTwo(t *testing.T) {
	const why = "agreed with credit for today's rebalance"
	for name, q := range map[string]control.Request{
		"limits":  {Do: control.DoLimits, Limits: limitsOf(func(l *risk.Limits) { l.MaxParentQty++ }), Actor: "risk", Credential: password, Reason: why},
		"control": {Do: control.DoControl, Control: "RISK-04", OffFor: int64(10 * time.Minute), Actor: "risk", Credential: password, Reason: why},
	} {
		b, _, ask := limitsBench(t)
		alone := q
		alone.Second = "admin"
		alone.Credential = ""
		if a := ask(alone); a.Error == "" {
			t.Errorf("%s: a second name is taken for a second person: %+v", name, a)
		}
		short := q
		short.Reason = "because"
		if a := ask(short); a.Error == "" {
			t.Errorf("%s: a reason that says nothing waits: %+v", name, a)
		}
		a := ask(q)
		if a.Approval == 0 || len(b.engine.asked) != 0 {
			t.Fatalf("%s: it waits for nobody: %+v", name, a)
		}
		if w := b.Approvals(nil); len(w) != 1 || !strings.Contains(w[0].Of, map[string]string{"limits": "max_parent_shares", "control": "RISK-04 off for 10m"}[name]) {
			t.Errorf("%s: who approves is not told what: %+v", name, w)
		}
		for who, actor := range map[string]string{"who asked": "risk", "a trader": "trader"} {
			if got := ask(control.Request{Do: control.DoApprove, Approval: a.Approval, Actor: actor, Credential: password, Reason: "seen"}); got.Error == "" {
				t.Errorf("%s: %s approved it", name, who)
			}
		}
		if got := ask(control.Request{Do: control.DoApprove, Approval: a.Approval, Actor: "admin", Credential: password, Reason: "seen"}); got.Error != "" {
			t.Fatalf("%s: %+v", name, got)
		}
		var actor, approver string
		switch e := b.engine.asked[0].(type) {
		case *event.LimitsChanged:
			actor, approver = e.Actor, e.Approver
		case *event.ControlSwitched:
			actor, approver = e.Actor, e.Approver
		}
		if actor != "risk" || approver != "admin" || len(b.engine.asked) != 1 {
			t.Errorf("%s: the engine was asked %+v", name, b.engine.asked)
		}
		for _, e := range b.entries() {
			if strings.Contains(e.Text+e.Of+e.Reason, password) {
				t.Errorf("%s: the audit log has the password: %+v", name, e)
			}
		}
	}
	b, _, ask := limitsBench(t)
	for _, q := range []control.Request{
		{Do: control.DoLimits, Limits: limitsOf(func(l *risk.Limits) { l.MaxParentQty-- }), Actor: "risk", Credential: password, Reason: why},
		{Do: control.DoControl, Control: "RISK-04", Actor: "risk", Credential: password, Reason: why},
	} {
		if a := ask(q); a.Error != "" || a.Approval != 0 {
			t.Errorf("one person cannot do less: %+v", a)
		}
	}
	if len(b.engine.asked) != 2 {
		t.Errorf("the engine was asked %+v", b.engine.asked)
	}
}

// TestLoosenWhatWasAsked: an approval is of what who asked saw. Once others narrowed the limits in force it would widen more,
// and is asked for again; what the engine never does waits for nobody.
func TestLoosenWhatWasAsked(t *testing.T) {
	b, inForce, ask := limitsBench(t)
	const why = "agreed with credit for today's rebalance"
	a := ask(control.Request{Do: control.DoLimits, Limits: limitsOf(func(l *risk.Limits) { l.MaxParentQty++ }), Actor: "risk", Credential: password, Reason: why})
	inForce.MaxClientMoney /= 2
	got := ask(control.Request{Do: control.DoApprove, Approval: a.Approval, Actor: "admin", Credential: password, Reason: "seen"})
	if a.Approval == 0 || !strings.Contains(got.Error, "have changed") || len(b.engine.asked) != 0 {
		t.Errorf("asked %+v, approved %+v", a, got)
	}
	for _, q := range []control.Request{
		{Do: control.DoControl, Control: "RISK-01", OffFor: int64(time.Minute)},
		{Do: control.DoControl, Control: "RISK-04", OffFor: int64(time.Hour)},
		{Do: control.DoLimits, Limits: limitsOf(func(l *risk.Limits) { l.CollarBps = 0 })},
	} {
		q.Actor, q.Credential, q.Reason = "risk", password, why
		if a := ask(q); a.Error == "" || a.Approval != 0 {
			t.Errorf("%+v waits: %+v", q, a)
		}
	}
}

func limitsOf(change func(*risk.Limits)) *risk.Limits {
	l := risk.DefaultLimits()
	change(&l)
	return &l
}
