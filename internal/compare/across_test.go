package compare

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// What is said over scenarios is what each of them says alone, whatever the number of workers, and the scenarios in which the
// learner is behind are named.
func TestAcrossScenarios(t *testing.T) {
	worlds := []*scenario.Scenario{scenario.Random(TuningSeed + 1), scenario.Random(TuningSeed + 2)}
	c := Config{Policies: []string{"proportional", Learner}, Parents: 12, Seed: TuningSeed, Seeds: 2}
	one, two := c, c
	one.Workers, two.Workers = 1, 2
	a, err := CompareAcross(context.Background(), worlds, one)
	if err != nil {
		t.Fatal(err)
	}
	b, err := CompareAcross(context.Background(), worlds, two)
	if err != nil {
		t.Fatal(err)
	}
	var x, y bytes.Buffer
	if err := a.Write(&x); err != nil {
		t.Fatal(err)
	}
	if err := b.Write(&y); err != nil {
		t.Fatal(err)
	}
	if x.String() != y.String() {
		t.Errorf("one worker says\n%s\ntwo say\n%s", &x, &y)
	}
	if want := []string{Static, "proportional", Learner}; !slices.Equal(a.Names, want) {
		t.Errorf("the policies are %v, want %v: the oracle only where it is named", a.Names, want)
	}
	c.Scenario, c.Policies, c.Training = worlds[1], []string{"proportional", Learner}, 1
	alone, err := Compare(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range a.Names {
		got, want := a.Worlds[1].VsStatic[name], alone.Policies[name].VsStatic.Mean
		if d := got - want; d > 1e-9 || d < -1e-9 {
			t.Errorf("%s costs %v against static over several scenarios, %v alone", name, got, want)
		}
	}
	for _, p := range a.Policies {
		for _, w := range a.Worlds {
			behind := p.Name != Learner && w.VsStatic[p.Name] < w.VsStatic[Learner]
			if behind != slices.Contains(p.Losing, w.Scenario) || behind && !strings.Contains(x.String(), "the learner is behind "+p.Name+" in ") {
				t.Errorf("%s: behind in %v, and the table says\n%s", p.Name, p.Losing, &x)
			}
		}
	}
	if _, err := CompareAcross(context.Background(), worlds, Config{Policies: []string{"ganchev"}}); err == nil {
		t.Error("without the learner there is nothing to compare with")
	}
}
