package serve

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/act"
	"github.com/sluice-sor/sluice/serve/audit"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/control"
	"github.com/sluice-sor/sluice/serve/shard"
)

// told is a log that passes on which version of the limits each change put in force.
type told chan string

func (told) Enabled(context.Context, slog.Level) bool { return true }
func (t told) WithAttrs([]slog.Attr) slog.Handler     { return t }
func (t told) WithGroup(string) slog.Handler          { return t }
func (t told) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "version" {
			t <- r.Message + " " + a.Value.String()
		}
		return true
	})
	return nil
}

// raised writes a configuration whose one document raises the largest order until a time, and loads it.
func raised(t *testing.T, path, version string, shares int, until time.Time) *config.File {
	t.Helper()
	document := fmt.Sprintf("version = %q\napproved_by = \"carol\"\n[[limit]]\nname = \"max_parent_shares\"\nvalue = %d\nowner = \"ann\"\nrationale = \"rebalance\"\nuntil = %q\n",
		version, shares, until.UTC().Format(time.RFC3339Nano))
	text := strings.Replace(config.Example(), "files = [] ", `files = ["limits.toml"] `, 1)
	for name, b := range map[string]string{path: text, filepath.Join(filepath.Dir(path), "limits.toml"): document} {
		if err := os.WriteFile(name, []byte(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// limited is a router that follows the documents of a file since a time.
func limited(t *testing.T, f *config.File, since time.Time) (*Router, told) {
	t.Helper()
	r := bareRouter(t)
	log := make(told, 16)
	r.file, r.clock, r.log = f, shard.NewClock(nil), slog.New(log)
	r.documents = newDocuments(f, market.Time(since.UnixNano()))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); r.followLimits(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	return r, log
}

// next gives the next change that the log tells.
func (t told) next(tb testing.TB) string {
	tb.Helper()
	select {
	case s := <-t:
		return s
	case <-time.After(10 * time.Second):
		tb.Fatal("no limits changed by themselves")
		return ""
	}
}

// TestRaiseEndsDuringStart is RISK-16: a raise whose time is over between the reading of the file and the end of a recovery
// ends all the same.
func TestRaiseEndsDuringStart(t *testing.T) {
	now := time.Now()
	f := raised(t, filepath.Join(t.TempDir(), "sluice.toml"), "v1", 9_000_000, now.Add(-time.Second))
	_, log := limited(t, f, now.Add(-time.Minute))
	if got := log.next(t); got != "limits changed default/v1" {
		t.Errorf("%q", got)
	}
}

// TestAppliedLimitsEnd is RISK-16: what was applied while the router ran ends by itself as its document says, and what the
// documents of the start would do later no longer counts; what no document says is not applied.
func TestAppliedLimitsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.toml")
	now := time.Now()
	r, log := limited(t, raised(t, path, "v1", 9_000_000, now.Add(4*time.Second)), now) // a busy machine applies what is below before that
	second := raised(t, path, "v2", 8_000_000, now.Add(5*time.Second))
	gate, err := access.Open(access.Config{File: filepath.Join(filepath.Dir(path), "users.json")})
	if err != nil {
		t.Fatal(err)
	}
	actions, err := audit.Open(filepath.Join(filepath.Dir(path), "audit.log"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer actions.Close()
	desk := act.New(act.Config{Engine: operated{r.shard, nil}, Gate: gate, Audit: actions, Documents: r.readLimits})
	apply := func(l risk.Limits) control.Answer {
		return desk.Local(t.Context(), &control.Request{Do: control.DoLimits, Limits: &l, Actor: "ann", Second: "carol", Reason: "the index is rebalanced today"})
	}
	limits := second.LimitsAt(r.clock.Now())
	other := limits.Clone()
	other.MaxParentQty *= 2
	if a := apply(other); !strings.Contains(a.Error, "documents say now") {
		t.Errorf("limits of no document: %+v", a)
	}
	if a := apply(limits); a.Error != "" {
		t.Fatal(a.Error)
	}
	if got := log.next(t); got != "limits changed default/v2" {
		t.Errorf("%q; want the end of what was applied, and nothing of the file of the start", got)
	}
	if a, err := r.shard.Ask(t.Context(), &event.LimitsChanged{Version: "x", Limits: []byte(`{"MaxParentQty":5000001}`), Actor: "ann", Reason: "one person"}); err != nil || !a.Refused {
		t.Errorf("the raise holds still: %+v, %v", a, err)
	}
}
