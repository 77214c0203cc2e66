package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
	"github.com/sluice-sor/sluice/models/modeltest"
)

// TestCompareModels: an arm of an experiment is a model of the registry, named by the beginning of its id and told by the whole of it,
// as a live router has it; what is in no registry, and a model of other venues, are refused with their place.
func TestCompareModels(t *testing.T) {
	const file = "../../scenarios/balanced.toml"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	var venues []modeltest.Venue
	for i := range s.Venues {
		venues = append(venues, modeltest.Venue{Name: s.Venues[i].Name, Kind: s.Venues[i].Type.String()})
	}
	b := newBench(t)
	id := keep(t, b.file, modeltest.New(1, venues...))
	other := keep(t, b.file, modeltest.New(1, modeltest.Venue{Name: "ELSEWHERE", Kind: "lit"}))
	run := func(args string) (string, error) {
		root := newRoot()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetErr(&out)
		root.SetArgs(strings.Fields("compare --scenario " + file + " -c " + b.path + " --parents 15 --seeds 1 " + args))
		err := root.ExecuteContext(t.Context())
		return out.String(), err
	}
	text, err := run("--experiment --control " + id[:6] + " --treatment builtin --share .3 --json")
	var x struct{ Effect *experiment.Result }
	if err == nil {
		err = json.Unmarshal([]byte(text), &x)
	}
	if err != nil || x.Effect.Design.Control != id || x.Effect.Design.Treatment != "learner" || x.Effect.Design.Share != .3 || x.Effect.Parents < 3 {
		t.Errorf("%v\n%s", err, text)
	}
	text, err = run("--policies " + id[:6])
	if err != nil || !strings.Contains(text, "model "+id) && !strings.Contains(text, id) {
		t.Errorf("compared: %v\n%s", err, text)
	}
	for args, want := range map[string]string{
		"--policies none":                                            fmt.Sprintf("%s: %q: ", b.file.Models.Registry, "none"),
		"--experiment --treatment " + other[:8]:                      "model " + other + " was trained for other venues: it knows ELSEWHERE",
		"--experiment --treatment learner --control " + "challenger": "there is no challenger now",
		"--experiment --policies static":                             "--control and --treatment",
	} {
		if text, err := run(args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q\n%s", args, err, want, text)
		}
	}
}
