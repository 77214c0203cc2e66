package ladder

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
)

// TestLevel is OPS-04: the worst rung in force counts, and a rung that ends gives way to the one below.
func TestLevel(t *testing.T) {
	configured := func(off bool) *event.Configured {
		c := router.DefaultConfig()
		c.Learning.Off = off
		b, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return &event.Configured{Config: b}
	}
	l := New()
	at, changed, stood := market.Time(0), market.Time(0), ""
	for _, step := range []struct {
		name string
		body event.Body
		want Level
		why  string
	}{
		{"a start", configured(false), Learned, ""},
		{"the day's loss", &event.RecordLearning{Held: true, Why: "3 bps"}, Frozen, "3 bps"},
		{"learning off", configured(true), Static, "off in the configuration"},
		{"a full disk", &event.Degraded{Level: event.DegradedParents, Reason: "9 %"}, Passive, "no new orders: 9 %"},
		{"a fuller one", &event.Degraded{Level: event.DegradedChildren, Reason: "4 %"}, Passive, "no new children: 4 %"},
		{"a venue halted", &event.Halted{Venue: "LITX", Actor: "ann", Reason: "rejects"}, Passive, "4 %"},
		{"answered", &event.AnswerPerson{}, Passive, "4 %"},
		{"a client halted", &event.Halted{Client: "DESK", Actor: "ann", Reason: "asks for it"}, Passive, "4 %"},
		{"answered", &event.AnswerPerson{}, Passive, "4 %"},
		{"an algorithm halted", &event.Halted{Algorithm: "block", Actor: "ann", Reason: "repeats itself"}, Passive, "4 %"},
		{"answered", &event.AnswerPerson{}, Passive, "4 %"},
		{"everything halted", &event.Halted{Actor: "ann", Reason: "drill"}, CancelAll, "halted by ann: drill"},
		{"answered", &event.AnswerPerson{}, CancelAll, "halted by ann: drill"},
		{"an algorithm resumed", &event.Resumed{Algorithm: "block"}, CancelAll, "drill"},
		{"and lifted", &event.AnswerPerson{}, CancelAll, "drill"},
		{"a resume of one person asked for", &event.Resumed{}, CancelAll, "drill"},
		{"and refused (KILL-03)", &event.AnswerPerson{Refused: true}, CancelAll, "drill"},
		{"everything resumed by two", &event.Resumed{}, CancelAll, "drill"},
		{"and lifted by the engine", &event.AnswerPerson{}, Passive, "4 %"},
		{"room again", &event.Degraded{}, Static, "off"},
		{"learning on", configured(false), Frozen, "3 bps"},
		{"released", &event.RecordLearning{}, Learned, ""},
	} {
		at += market.Time(market.Second)
		l.Apply(at, step.body)
		level, why, since := l.Stands()
		if now := level.String() + why; now != stood {
			stood, changed = now, at
		}
		if since != changed {
			t.Errorf("%s: since %v, want %v", step.name, since, changed)
		}
		if level != step.want || !strings.Contains(why, step.why) || step.want == Learned && why != "" {
			t.Errorf("%s: got %v, %q; want %v, %q", step.name, level, why, step.want, step.why)
		}
	}
}

// TestHaltBesideAResume: a halt that has its place in the journal before the answer to a resume stays in force, and a resume
// counts although events stand between it and its answer (KILL-03, OPS-04).
func TestHaltBesideAResume(t *testing.T) {
	l := New()
	for i, step := range []struct {
		body event.Body
		want Level
	}{
		{&event.Halted{Actor: "ann"}, CancelAll}, {&event.AnswerPerson{}, CancelAll},
		{&event.Resumed{Actor: "ann", Approver: "bob"}, CancelAll}, {&event.Halted{Actor: "signal"}, CancelAll},
		{&event.AnswerPerson{}, Learned}, {&event.AnswerPerson{}, CancelAll},
		{&event.Resumed{Actor: "ann", Approver: "bob"}, CancelAll}, {&event.Halted{Venue: "LITX"}, CancelAll},
		{&event.BookChanged{}, CancelAll}, {&event.AnswerPerson{}, Learned}, {&event.AnswerPerson{}, Learned},
	} {
		l.Apply(0, step.body)
		if got, why := l.Level(); got != step.want {
			t.Errorf("step %d: %v (%s), want %v", i, got, why, step.want)
		}
	}
}
