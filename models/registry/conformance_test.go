package registry

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

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/modeltest"
)

// place is one empty registry that may be opened several times, as by several processes.
type place struct {
	target, trusted string
	// spoil damages a version's artifact, behind the registry's back.
	spoil func(t *testing.T, id string)
}

func (p *place) open(t *testing.T) *Registry {
	t.Helper()
	r, err := Open(t.Context(), Config{Target: p.target, Trusted: p.trusted, Poll: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (p *place) signer(t *testing.T) *Signer {
	t.Helper()
	s, err := OpenSigner(filepath.Join(p.trusted, "signing.key"), p.trusted)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// conform is what every registry must do.
func conform(t *testing.T, fresh func(t *testing.T) *place) {
	tests := []struct {
		name string
		run  func(t *testing.T, p *place)
	}{
		{"an empty one", conformEmpty},
		{"what is published comes back, once (MOP-01)", conformPublish},
		{"publishers of one artifact at once publish it once", conformPublishers},
		{"a version whose publisher crashed before its line gets one", conformUntold},
		{"what could not serve is not published", conformUnfit},
		{"unknown keys are refused (MOP-11)", conformKeys},
		{"a damaged version blocks no other (MOP-05)", conformDamage},
		{"aliases follow people's moves", conformMoves},
		{"a thousand rollbacks, and the aliases are the ledger's (TEST-64)", conformRollbacks},
		{"a router's lines, and which model was live (MOP-02)", conformLive},
		{"a demotion moves only what it is about", conformDemotion},
		{"names a person means", conformResolve},
		{"writers at once append one chain", conformWriters},
		{"whoever waits is told", conformWait},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, fresh(t)) })
	}
}

func artifact(seed uint64) []byte { return modeltest.Small(seed).AppendBinary(nil) }

func publish(t *testing.T, r *Registry, p *place, seed uint64) string {
	t.Helper()
	m, err := r.Publish(t.Context(), artifact(seed), p.signer(t), "ann@desk")
	if err != nil {
		t.Fatal(err)
	}
	return m.ID
}

var ann = Who{"ann", "better by .2 bps"}

func conformEmpty(t *testing.T, p *place) {
	r := p.open(t)
	entries, err := r.List(t.Context())
	if err != nil || len(entries) != 0 {
		t.Errorf("List = %v, %v, want nothing", entries, err)
	}
	a, err := r.Aliases(t.Context())
	if err != nil || a != (Aliases{Champion: Builtin}) {
		t.Errorf("Aliases = %+v, %v, want the built-in prior as champion", a, err)
	}
	for _, id := range []string{"0123456789abcdef", "..", "../x", ""} {
		if _, _, err := r.Load(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("Load(%q) = %v, want ErrNotFound", id, err)
		}
	}
	if _, err := r.Rollback(t.Context(), ann); err == nil || !strings.Contains(err.Error(), "nothing to roll back to") {
		t.Errorf("Rollback = %v", err)
	}
}

func conformPublish(t *testing.T, p *place) {
	r, s := p.open(t), p.signer(t)
	data := artifact(1)
	first, err := r.Publish(t.Context(), data, s, "ann@desk")
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.Publish(t.Context(), data, s, "bob@desk")
	if err != nil || !cmp.Equal(first, again) {
		t.Errorf("published again it is %+v, %v, want %+v: versions never change", again, err, first)
	}
	other := p.open(t)
	got, m, err := other.Load(t.Context(), models.ID(data))
	if err != nil || string(got) != string(data) || !cmp.Equal(m, first) {
		t.Errorf("Load = %d bytes, %+v, %v, want %d bytes, %+v", len(got), m, err, len(data), first)
	}
	if m.Family != "test" || m.By != "ann@desk" || m.Key != s.Fingerprint() || m.Bytes != int64(len(data)) {
		t.Errorf("manifest is %+v", m)
	}
	if _, _, err := other.Model(t.Context(), m.ID); err != nil {
		t.Error(err)
	}
	lines, err := other.Ledger(t.Context())
	if err != nil || len(lines) != 1 || lines[0].What != Publish || lines[0].Model != m.ID {
		t.Errorf("Ledger = %+v, %v, want one publication", lines, err)
	}
}

func conformPublishers(t *testing.T, p *place) {
	const seeds = 5
	s := p.signer(t)
	var wait sync.WaitGroup
	var got [4][seeds]*Manifest
	for w := range got {
		r := p.open(t)
		wait.Go(func() {
			for i := range got[w] {
				m, err := r.Publish(t.Context(), artifact(uint64(i)), s, fmt.Sprint("publisher ", w))
				if err != nil {
					t.Error(err)
					return
				}
				got[w][i] = m
			}
		})
	}
	wait.Wait()
	lines, err := p.open(t).Ledger(t.Context())
	if err != nil || len(lines) != seeds {
		t.Errorf("%d lines, %v, want one for each of %d versions", len(lines), err, seeds)
	}
	for w := range got {
		if !cmp.Equal(got[w], got[0]) {
			t.Errorf("publisher %d was given %+v, the first %+v", w, got[w], got[0])
		}
	}
}

func conformUntold(t *testing.T, p *place) {
	r, s := p.open(t), p.signer(t)
	data := artifact(1)
	m, err := models.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	manifest := newManifest(data, &m.Header, "ann@desk", time.Now())
	s.sign(manifest)
	if err := r.backend.put(t.Context(), manifest.ID, manifest.text(), data); err != nil {
		t.Fatal(err)
	}
	if err := r.backend.put(t.Context(), manifest.ID, []byte("other"), []byte("other")); err != nil {
		t.Errorf("put again: %v, want it to stay as it is", err)
	}
	for range 2 {
		if got, err := r.Publish(t.Context(), data, s, "bob@desk"); err != nil || !cmp.Equal(got, manifest) {
			t.Errorf("published again it is %+v, %v, want %+v", got, err, manifest)
		}
	}
	lines, err := r.Ledger(t.Context())
	if err != nil || len(lines) != 1 || lines[0].What != Publish || lines[0].Model != manifest.ID || lines[0].Actor != "ann@desk" {
		t.Errorf("Ledger = %+v, %v, want one publication", lines, err)
	}
}

func conformUnfit(t *testing.T, p *place) {
	r, s := p.open(t), p.signer(t)
	bad := modeltest.Small(1)
	bad.Probes[0].Y[0]++
	for _, data := range [][]byte{nil, artifact(1)[:100], bad.AppendBinary(nil)} {
		if _, err := r.Publish(t.Context(), data, s, "ann@desk"); err == nil || !strings.Contains(err.Error(), "could not serve") {
			t.Errorf("Publish = %v", err)
		}
	}
	if entries, err := r.List(t.Context()); err != nil || len(entries) != 0 {
		t.Errorf("List = %v, %v, want nothing", entries, err)
	}
}

func conformKeys(t *testing.T, p *place) {
	r := p.open(t)
	stranger, err := OpenSigner(filepath.Join(t.TempDir(), "key"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.Publish(t.Context(), artifact(1), stranger, "eve@elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	const want = "not trusted here: if you know whose it is, copy its public half into"
	if _, _, err := r.Load(t.Context(), m.ID); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Load = %v, want %q", err, want)
	}
	if _, err := r.Promote(t.Context(), m.ID, ann); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Promote = %v, want %q", err, want)
	}
	entries, err := r.List(t.Context())
	if err != nil || len(entries) != 1 || !strings.Contains(entries[0].Problem, want) {
		t.Errorf("List = %+v, %v, want its problem", entries, err)
	}
	if err := stranger.trust(p.trusted); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Promote(t.Context(), m.ID, ann); err != nil {
		t.Errorf("once the key is trusted: %v", err)
	}
}

func conformDamage(t *testing.T, p *place) {
	r := p.open(t)
	bad, good := publish(t, r, p, 1), publish(t, r, p, 2)
	p.spoil(t, bad)
	if _, _, err := r.Load(t.Context(), bad); err == nil || !strings.Contains(err.Error(), "its manifest says") {
		t.Errorf("Load of a damaged version = %v", err)
	}
	if _, err := r.Promote(t.Context(), bad, ann); err == nil {
		t.Error("a damaged version was promoted")
	}
	if _, err := r.Promote(t.Context(), good, ann); err != nil {
		t.Error(err)
	}
	if entries, err := r.List(t.Context()); err != nil || len(entries) != 2 {
		t.Errorf("List = %v, %v, want two", entries, err)
	}
}

func conformMoves(t *testing.T, p *place) {
	r := p.open(t)
	x, y, z := publish(t, r, p, 1), publish(t, r, p, 2), publish(t, r, p, 3)
	moves := []struct {
		name string
		move func() (Line, error)
		want Aliases // without Seq and who
	}{
		{"promote", func() (Line, error) { return r.Promote(t.Context(), x, ann) }, Aliases{Champion: x, RollbackTarget: Builtin}},
		{"shadow", func() (Line, error) { return r.Shadow(t.Context(), y, ann) }, Aliases{Champion: x, RollbackTarget: Builtin, Shadow: y}},
		{"canary", func() (Line, error) { return r.Canary(t.Context(), z, .25, ann) }, Aliases{Champion: x, RollbackTarget: Builtin, Challenger: z, Share: .25}},
		{"promote the canary", func() (Line, error) { return r.Promote(t.Context(), z, ann) }, Aliases{Champion: z, RollbackTarget: x}},
		{"shadow", func() (Line, error) { return r.Shadow(t.Context(), y, ann) }, Aliases{Champion: z, RollbackTarget: x, Shadow: y}},
		{"roll back", func() (Line, error) { return r.Rollback(t.Context(), ann) }, Aliases{Champion: x, RollbackTarget: Builtin}},
		{"roll back to the built-in prior", func() (Line, error) { return r.Rollback(t.Context(), ann) }, Aliases{Champion: Builtin}},
	}
	for i, m := range moves {
		l, err := m.move()
		if err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		m.want.Seq, m.want.Actor, m.want.Reason, m.want.What = uint64(4+i), ann.Actor, ann.Reason, l.What
		if got, err := p.open(t).Aliases(t.Context()); err != nil || got != m.want {
			t.Errorf("%s: aliases are %+v, %v, want %+v", m.name, got, err, m.want)
		}
	}
	refused := []struct {
		move func() (Line, error)
		want string
	}{
		{func() (Line, error) { return r.Rollback(t.Context(), ann) }, "nothing to roll back to"},
		{func() (Line, error) { return r.Promote(t.Context(), x, Who{}) }, "say who decides"},
		{func() (Line, error) { return r.Promote(t.Context(), Builtin, ann) }, "is the champion already"},
		{func() (Line, error) { return r.Shadow(t.Context(), Builtin, ann) }, "it decides already"},
		{func() (Line, error) { return r.Promote(t.Context(), "0123456789abcdef", ann) }, "no such model"},
		{func() (Line, error) { return r.Canary(t.Context(), x, 0, ann) }, "more than 0 and less than 1"},
		{func() (Line, error) { return r.Canary(t.Context(), x, 1, ann) }, "more than 0 and less than 1"},
	}
	for i, m := range refused {
		if l, err := m.move(); err == nil || !strings.Contains(err.Error(), m.want) {
			t.Errorf("move %d: %+v, %v, want %q", i, l, err, m.want)
		}
	}
	if lines, err := r.Ledger(t.Context()); err != nil || len(lines) != 3+len(moves) {
		t.Errorf("%d lines, %v, want %d: what is refused leaves none", len(lines), err, 3+len(moves))
	}
}

func conformRollbacks(t *testing.T, p *place) {
	rounds := 1000
	if testing.Short() {
		rounds = 50
	}
	r := p.open(t)
	x, y := publish(t, r, p, 1), publish(t, r, p, 2)
	if _, err := r.Promote(t.Context(), x, ann); err != nil {
		t.Fatal(err)
	}
	slowest := time.Duration(0)
	for i := range rounds {
		if _, err := r.Promote(t.Context(), y, ann); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		l, err := r.Rollback(t.Context(), Who{"ann", fmt.Sprint(i)})
		slowest = max(slowest, time.Since(began))
		if err != nil || l.Model != x {
			t.Fatalf("rollback %d to %s, %v", i, l.Model, err)
		}
	}
	t.Logf("%d rollbacks, the slowest took %v", rounds, slowest)
	if slowest > time.Second { // MOP-20
		t.Errorf("a rollback took %v, want at most 1 s", slowest)
	}
	fresh := p.open(t)
	lines, err := fresh.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a, err := fresh.Aliases(t.Context())
	if err != nil || a != AliasesOf(lines) || a.Champion != x || len(lines) != 3+2*rounds {
		t.Errorf("after %d lines the aliases are %+v, %v", len(lines), a, err)
	}
}

func conformLive(t *testing.T, p *place) {
	r := p.open(t)
	x := publish(t, r, p, 1)
	at := func(s int) time.Time { return time.Date(2026, 3, 2, 14, 30, s, 0, time.UTC) }
	for _, l := range []Line{
		{At: at(10), What: Serving, Model: x, Serving: x, Router: "one", Instance: 7, JournalSeq: 100, Actor: "ann", Reason: "gates passed"},
		{At: at(11), What: Serving, Model: x, Serving: x, Router: "two"},
		{At: at(20), What: Refused, Model: "feedfeedfeedfeed", Router: "one", Reason: "NaN"},
		{At: at(30), What: Demoted, Model: x, Serving: Builtin, Router: "one", Reason: "log score"},
	} {
		if _, err := r.Record(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := p.open(t).Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		router string
		at     int
		want   string
	}{{"one", 9, ""}, {"one", 10, x}, {"one", 29, x}, {"one", 30, Builtin}, {"two", 59, x}, {"three", 59, ""}} {
		got := ""
		if l := Live(lines, test.router, at(test.at)); l != nil {
			got = l.Serving
		}
		if got != test.want {
			t.Errorf("at %s after %d s %q was live, want %q", test.router, test.at, got, test.want)
		}
	}
	if l := lines[1]; l.Instance != 7 || l.JournalSeq != 100 || l.Actor != "ann" {
		t.Errorf("the line came back as %+v", l)
	}
	if _, err := r.Record(t.Context(), Line{What: Canarying, Share: 2}); err == nil {
		t.Error("a share of 2 was recorded")
	}
}

func conformDemotion(t *testing.T, p *place) {
	r := p.open(t)
	x, y := publish(t, r, p, 1), publish(t, r, p, 2)
	steps := []struct {
		do   func() (Line, error)
		want Aliases
	}{
		{func() (Line, error) { return r.Promote(t.Context(), x, ann) }, Aliases{Champion: x, RollbackTarget: Builtin}},
		{func() (Line, error) { return r.Canary(t.Context(), y, .1, ann) }, Aliases{Champion: x, RollbackTarget: Builtin, Challenger: y, Share: .1}},
		{func() (Line, error) { return r.Demote(t.Context(), Line{What: Demoted, Model: y, Router: "one"}) }, Aliases{Champion: x, RollbackTarget: Builtin}},
		{func() (Line, error) { return r.Demote(t.Context(), Line{What: Demoted, Model: y, Router: "two"}) }, Aliases{Champion: x, RollbackTarget: Builtin}},
		{func() (Line, error) { return r.Demote(t.Context(), Line{What: Demoted, Model: x, Router: "one"}) }, Aliases{Champion: Builtin}},
		{func() (Line, error) { return r.Demote(t.Context(), Line{What: Demoted, Model: x, Router: "two"}) }, Aliases{Champion: Builtin}},
	}
	for i, step := range steps {
		l, err := step.do()
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Aliases(t.Context())
		got.Seq, got.Actor, got.Reason, got.What = 0, "", "", ""
		if err != nil || got != step.want {
			t.Errorf("step %d: aliases are %+v, %v, want %+v", i, got, err, step.want)
		}
		if l.What == Demoted && l.Model != x && l.Model != y {
			t.Errorf("step %d: the line names %q, not what was demoted", i, l.Model)
		}
	}
}

func conformResolve(t *testing.T, p *place) {
	r := p.open(t)
	x := publish(t, r, p, 1)
	if _, err := r.Promote(t.Context(), x, ann); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, want, problem string }{
		{x, x, ""}, {x[:6], x, ""}, {Champion, x, ""}, {RollbackTarget, Builtin, ""}, {Builtin, Builtin, ""},
		{Challenger, "", "there is no challenger"}, {"nonsense", "", "`sluice models list`"}, {"", "", "no such model"},
	} {
		got, err := r.Resolve(t.Context(), test.name)
		if got != test.want || (test.problem == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.problem) {
			t.Errorf("Resolve(%q) = %q, %v, want %q, %q", test.name, got, err, test.want, test.problem)
		}
	}
}

func conformWriters(t *testing.T, p *place) {
	const writers, each = 4, 25
	var wait sync.WaitGroup
	for w := range writers {
		r := p.open(t)
		wait.Go(func() {
			for i := range each {
				if _, err := r.Record(t.Context(), Line{What: Serving, Router: fmt.Sprint(w), JournalSeq: uint64(i)}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	lines, err := p.open(t).Ledger(t.Context()) // it follows the chain
	if err != nil || len(lines) != writers*each {
		t.Fatalf("%d lines, %v, want %d", len(lines), err, writers*each)
	}
	for w := range writers {
		own := slices.DeleteFunc(slices.Clone(lines), func(l Line) bool { return l.Router != fmt.Sprint(w) })
		for i, l := range own {
			if l.JournalSeq != uint64(i) {
				t.Fatalf("line %d of writer %d is its %d", i, w, l.JournalSeq)
			}
		}
	}
}

func conformWait(t *testing.T, p *place) {
	waiting, writing := p.open(t), p.open(t)
	if _, err := writing.Record(t.Context(), Line{What: Cut}); err != nil {
		t.Fatal(err)
	}
	if err := waiting.Wait(t.Context(), 0); err != nil { // it is there already
		t.Fatal(err)
	}
	told := make(chan error, 1)
	go func() { told <- waiting.Wait(t.Context(), 1) }()
	select {
	case err := <-told:
		t.Fatalf("Wait returned before there was anything: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	began := time.Now()
	if _, err := writing.Record(t.Context(), Line{What: Cut}); err != nil {
		t.Fatal(err)
	}
	if err := <-told; err != nil {
		t.Error(err)
	}
	t.Logf("told after %v", time.Since(began))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := waiting.Wait(ctx, 2); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait of a canceled context = %v", err)
	}
}

func TestDirectory(t *testing.T) {
	conform(t, func(t *testing.T) *place {
		dir := filepath.Join(t.TempDir(), "models")
		return &place{target: dir, trusted: filepath.Join(t.TempDir(), "trusted"), spoil: func(t *testing.T, id string) {
			path := filepath.Join(dir, id, artifactFile)
			b, err := os.ReadFile(path)
			if err == nil {
				b[len(b)/2] ^= 1
				err = os.WriteFile(path, b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}}
	})
}
