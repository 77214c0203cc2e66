package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/experiment"
)

// `sluice experiment power` prints the table, the same for a seed, and as JSON; what cannot be tried is refused by its flag.
func TestExperimentPower(t *testing.T) {
	t.Parallel()
	run := func(args ...string) (string, error) {
		var out bytes.Buffer
		root := newRoot()
		root.SetOut(&out)
		root.SetErr(&out)
		root.SetArgs(append([]string{"experiment", "power"}, args...))
		err := root.ExecuteContext(t.Context())
		return out.String(), err
	}
	small := []string{"--runs", "30", "--orders", "800", "--effect", "-3", "--seed", "4"}
	text, err := run(small...)
	again, _ := run(small...)
	if err != nil || text != again || !strings.Contains(text, "confidence sequence with covariates") || !strings.Contains(text, "alarms in 30") {
		t.Errorf("%v\n%s\nagain\n%s", err, text, again)
	}
	text, err = run(append(small, "--json")...)
	var tables []experiment.Power
	if err == nil {
		err = json.Unmarshal([]byte(text), &tables)
	}
	if err != nil || len(tables) != 1 || len(tables[0].Readings) != 4 || tables[0].Readings[2].Found < 15 || tables[0].Readings[2].Alarms > 2 {
		t.Errorf("%v, %+v", err, tables)
	}
	text, err = run(append(small, "--unit", "switchback", "--symbols", "4", "--days", "10", "--json")...)
	if err == nil {
		err = json.Unmarshal([]byte(text), &tables)
	}
	if err != nil || len(tables) != 1 || !tables[0].Days || tables[0].Units != 40 || tables[0].Every != 4 || len(tables[0].Readings) != 3 {
		t.Errorf("by symbol-days: %v, %+v", err, tables)
	}
	for flag, value := range map[string]string{"--unit": "week", "--symbols": "0", "--days": "100000000", "--common": "1", "--runs": "0", "--orders": "199", "--every": "0", "--sd": "0", "--r2": "1", "--effect": "0", "--market-seeds": "0", "--share": "2"} {
		if _, err := run(flag, value); err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(flag, "--")) {
			t.Errorf("%s %s: %v", flag, value, err)
		}
	}
}
