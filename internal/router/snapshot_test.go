package router

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/models"
)

// restored gives the engine that a snapshot of e restores to, and holds that it is the same.
func restored(t testing.TB, e *Engine) *Engine {
	t.Helper()
	b := e.AppendSnapshot(nil)
	again, err := Restore(b)
	if err != nil {
		t.Fatalf("a snapshot after event %d is refused: %v", e.seq, err)
	}
	if !bytes.Equal(again.AppendSnapshot(nil), b) || !bytes.Equal(again.AppendWorking(nil), e.AppendWorking(nil)) {
		t.Fatalf("the snapshot after event %d gives other bytes when it is restored", e.seq)
	}
	if !maps.Equal(again.names, e.names) || len(again.children) != len(e.children) {
		t.Fatalf("after event %d there are %d names and %d children, restored %d and %d", e.seq, len(e.names), len(e.children), len(again.names), len(again.children))
	}
	return again
}

// TestRestoredEngineGoesOn is INV-09 and JRN-07: in random worlds an engine that is replaced by its restored snapshot at
// random events gives the same commands, byte for byte, as one that never was, and ends in the same state.
func TestRestoredEngineGoesOn(t *testing.T) {
	worlds := uint64(30)
	if testing.Short() {
		worlds = 6
	}
	for seed := uint64(1); seed <= worlds; seed++ {
		w := newChaos(seed, newCoverage())
		w.live()
		rng := rand.New(rand.NewPCG(seed, 9))
		e := New()
		var h logHash
		for i, ev := range w.events {
			if i > 0 && (rng.IntN(len(w.events)) < 8 || i == len(w.events)-2) {
				e = restored(t, e)
			}
			for _, cmd := range e.Apply(ev) {
				h = h.command(cmd)
			}
			if h != w.marks[i] {
				t.Fatalf("seed %d: event %d of %d (%T) gives the restored engine other commands", seed, i, len(w.events), ev.Body)
			}
		}
		if !bytes.Equal(e.AppendSnapshot(nil), w.e.AppendSnapshot(nil)) {
			t.Fatalf("seed %d: the restored engine ends elsewhere", seed)
		}
	}
}

// notCarried is what a snapshot does not hold, and why that is right.
var notCarried = map[string]string{
	"LastGate.venues": "of the configuration", "LastGate.keepDone": "a constant", "Engine.cfg": "as its journaled JSON", "Engine.cmds": "what the last event asked for", "Engine.turn": "memory of a loop", "symbolState.sides": "an index of Engine.live",
	"Engine.plans": "memory of a decision", "Engine.rules": "of the configuration and the day", "Engine.rulesOf": "of the configuration and the day", "Engine.divider": "of a comparison, never of live routing", "slot.bandit": "its own snapshot, with its own tests", "slot.model": "of the artifact", "learner.explore": "its own snapshot", "learner.ramp": "its own snapshot",
	"learner.schema": "of the build", "learner.hash": "of the build", "learner.free": "memory", "learner.second": "memory",
	"learner.late": "memory", "learner.both": "memory", "slot.leaks": "of the model", "slot.known": "of the model", "slot.psi": "memory", "slot.scratch": "memory",
	"vigil.fill": "memory of one outcome", "vigil.markout": "memory of one outcome",
	"venueState.Venue": "of the configuration", "venueState.only": "of the configuration", "venueState.half": "of the configuration",
	"symbolState.Instrument": "of the configuration", "Gate.limits": "of the configuration", "Gate.shares": "of the limits", "Gate.broken": "of the limits",
	"instrument.Instrument": "of the configuration", "instrument.restricted": "of the limits", "instrument.most": "of the limits",
}

// place is one field of a live state.
type place struct {
	value reflect.Value
	owner *sample
}

// sample is a live state and what its snapshot was.
type sample struct {
	snapshot func() []byte
	before   []byte
}

// places is every field that can be reached from engines, by type and name; empty is the lists, maps and pointers that
// were nowhere filled.
type places struct {
	leaves map[string][]place
	filled map[string]bool
	seen   map[unsafe.Pointer]bool
}

func (p *places) walk(name string, v reflect.Value, owner *sample) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			field := v.Type().Name() + "." + f.Name
			if notCarried[field] != "" {
				continue
			}
			p.walk(field, reflect.NewAt(f.Type, unsafe.Pointer(v.Field(i).UnsafeAddr())).Elem(), owner)
		}
	case reflect.Pointer:
		p.filled[name] = p.filled[name] || !v.IsNil()
		if !v.IsNil() && !p.seen[v.UnsafePointer()] {
			p.seen[v.UnsafePointer()] = true
			p.walk(name, v.Elem(), owner)
		}
	case reflect.Map:
		p.filled[name] = p.filled[name] || v.Len() > 0
		for it := v.MapRange(); it.Next(); {
			if it.Value().Kind() == reflect.Pointer {
				p.walk(name, it.Value(), owner)
			}
		}
	case reflect.Slice:
		p.filled[name] = p.filled[name] || v.Len() > 0
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			p.walk(name, v.Index(i), owner)
		}
	default:
		p.leaves[name] = append(p.leaves[name], place{v, owner})
	}
}

// change gives a field another value and returns how to undo it.
func change(v reflect.Value) (undo func()) {
	old := reflect.New(v.Type()).Elem()
	old.Set(v)
	switch {
	case v.CanInt():
		v.SetInt(v.Int() ^ 1)
	case v.CanUint():
		v.SetUint(v.Uint() ^ 1)
	case v.CanFloat():
		v.SetFloat(v.Float() + 1)
	case v.Kind() == reflect.Bool:
		v.SetBool(!v.Bool())
	case v.Kind() == reflect.String:
		v.SetString(v.String() + "x")
	default:
		panic("a state may not hold a " + v.Kind().String())
	}
	return func() { v.Set(old) }
}

// tells reports whether a changed field changes the snapshot, or is missed so badly that none can be made.
func tells(at place) (changed bool) {
	undo := change(at.value)
	defer func() {
		changed = changed || recover() != nil
		undo()
	}()
	return !bytes.Equal(at.owner.snapshot(), at.owner.before)
}

func newSample(s interface{ AppendSnapshot([]byte) []byte }) *sample {
	return &sample{func() []byte { return s.AppendSnapshot(nil) }, s.AppendSnapshot(nil)}
}

// sampleWorlds gives worlds in the middle of their lives, which together hold something of everything.
func sampleWorlds(t testing.TB, most int) (out []*chaos) {
	for seed := uint64(1); seed <= uint64(most); seed++ {
		w := crowded(seed)
		for i := range 120 {
			if i == 10 && seed%3 == 1 {
				w.begin(experiment.Default("sample"))
			}
			if i == 20 && seed%4 == 1 {
				a := w.artifacts()[0]
				w.apply(&event.ModelActivated{Model: models.ID(a), Artifact: a, Mode: event.ModeCanary, Share: .5})
			}
			w.turn()
		}
		if len(w.ids) == 0 {
			continue
		}
		w.apply(&event.ExecutionBusted{Child: w.ids[len(w.ids)-1], ExecID: "early", RefExecID: "to come"})
		w.apply(&event.ControlSwitched{Control: "RISK-11", Off: true, Until: w.now.Add(market.Minute), Actor: "ann", Approver: "bob", Reason: "a test that nothing is wrong"})
		for _, p := range w.e.live {
			w.e.vetoed(p, &childState{}, &event.RecordDecision{}, "RISK-18: a sample")
		}
		w.gate.Observe(&event.ReplaceChild{CancelChild: event.CancelChild{Child: w.ids[len(w.ids)-1], Request: 9, Qty: 1}}) // in flight
		w.gate.Observe(&event.ParentReplaceRequested{Client: "EMS0", ClOrdID: "in flight", OrigClOrdID: "C1"})
		out = append(out, w)
	}
	return out
}

// TestSnapshotCarriesEveryField changes every field of a live engine's state and holds that its snapshot changes too. It
// fails when somebody adds a field to the state that the visitors do not carry: such an engine would go on otherwise after
// a restart than it would have.
func TestSnapshotCarriesEveryField(t *testing.T) {
	p := places{leaves: map[string][]place{}, filled: map[string]bool{}, seen: map[unsafe.Pointer]bool{}}
	for _, w := range sampleWorlds(t, 14) {
		p.walk("Engine", reflect.ValueOf(w.e).Elem(), newSample(w.e))
		p.walk("LastGate", reflect.ValueOf(w.gate).Elem(), newSample(w.gate))
	}
	for name, filled := range p.filled {
		if !filled {
			t.Errorf("%s is empty in every sample: let the chaos world fill it, so that this test can see whether snapshots carry it", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.leaves)) {
		if !slices.ContainsFunc(p.leaves[name], tells) {
			t.Errorf("no snapshot carries %s (%d places tried): add it to the visitor of its type (internal/router/snapshot*.go, internal/risk/*snapshot.go, internal/snapshot/words.go) "+
				"and raise snapshotVersion; if it is no state, say in notCarried why", name, len(p.leaves[name]))
		}
	}
	if len(p.leaves) < 200 {
		t.Errorf("only %d fields were found: the walk misses the state", len(p.leaves))
	}
}

// TestLastGateSnapshot is the same for the gate at the send point: restored, it is the same and refuses the same.
func TestLastGateSnapshot(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		w := crowded(seed)
		for range 150 {
			w.turn()
		}
		holdGate(t, w)
	}
}

func holdGate(t *testing.T, w *chaos) {
	t.Helper()
	b := w.gate.AppendSnapshot(nil)
	again := risk.NewLastGate(w.cfg.Venues)
	if err := again.Restore(b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.AppendSnapshot(nil), b) {
		t.Fatal("the last gate's snapshot gives other bytes when it is restored")
	}
	for cut := 0; cut < len(b); cut += 1 + len(b)/500 {
		if risk.NewLastGate(w.cfg.Venues).Restore(b[:cut]) == nil {
			t.Fatalf("%d of %d bytes are taken for all", cut, len(b))
		}
	}
}

func TestRestoreRefuses(t *testing.T) {
	w := crowded(3)
	for range 100 {
		w.turn()
	}
	b := w.e.AppendSnapshot(nil)
	for cut := 0; cut < len(b); cut += 1 + len(b)/2000 {
		if _, err := Restore(b[:cut]); err == nil {
			t.Fatalf("%d of %d bytes are taken for all", cut, len(b))
		}
	}
	if _, err := Restore(append(bytes.Clone(b), 0)); err == nil {
		t.Error("a byte too many is taken")
	}
	other := bytes.Clone(b)
	other[0]++
	if _, err := Restore(other); !errors.Is(err, ErrSnapshotVersion) || !strings.Contains(fmt.Sprint(err), fmt.Sprint(snapshotVersion+1)) {
		t.Errorf("another version: %v", err)
	}
	none := New()
	if again, err := Restore(none.AppendSnapshot(nil)); err != nil || again.ready {
		t.Errorf("an engine that knows nothing: %v", err)
	}
}

// TestSnapshotKeepsLearning holds that what is learned survives to the bit, the record of single data included: a
// duplicate of an outcome is refused after a restart too.
func TestSnapshotKeepsLearning(t *testing.T) {
	w := crowded(4)
	for range 200 {
		w.turn()
	}
	e := restored(t, w.e)
	if e.learner.version == 0 || e.learner.explore != w.e.learner.explore {
		t.Fatalf("%d outcomes learned; exploration %+v, want %+v", e.learner.version, e.learner.explore, w.e.learner.explore)
	}
	for arm := range e.learner.bandit.Arms() {
		phi := make([]float64, e.learner.bandit.Fill(arm).Dim())
		phi[0] = 1
		if got, want := e.learner.bandit.Fill(arm).Predict(phi), w.e.learner.bandit.Fill(arm).Predict(phi); got != want {
			t.Errorf("arm %d predicts %+v, want %+v", arm, got, want)
		}
		h := bandit.Horizon1s
		if got, want := e.learner.bandit.Toxicity(arm, h).Predict(phi), w.e.learner.bandit.Toxicity(arm, h).Predict(phi); got != want {
			t.Errorf("arm %d predicts %+v, want %+v", arm, got, want)
		}
	}
}

// FuzzRestore holds that no bytes make Restore panic or take memory that they do not account for, and that what it takes
// is an engine again.
func FuzzRestore(f *testing.F) {
	for _, w := range sampleWorlds(f, 2) {
		f.Add(w.e.AppendSnapshot(nil), uint16(0), byte(0))
	}
	f.Fuzz(func(t *testing.T, data []byte, at uint16, flip byte) {
		b := bytes.Clone(data)
		if len(b) > 0 {
			sum := sha256.Sum256(b)
			i := int(at) * (1 + int(sum[0])) % len(b)
			b[i] ^= flip
		}
		e, err := Restore(b)
		if err != nil {
			return
		}
		if _, err := Restore(e.AppendSnapshot(nil)); err != nil {
			t.Errorf("what was restored cannot be restored again: %v", err)
		}
	})
}
