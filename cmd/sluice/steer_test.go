package main

import (
	"strings"
	"testing"
)

// TestSteerNamesItsFlags: what is wrong with a steer is told by the flags' names, all at once, before the router is asked.
func TestSteerNamesItsFlags(t *testing.T) {
	for _, c := range []struct {
		args string
		want []string
	}{
		{"", []string{"give --urgency, --limit or --max-pct"}},
		{"--urgency soon --limit many --max-pct 101", []string{"--urgency: ", `--limit is "many"`, "--max-pct is 101"}},
	} {
		root := newSteer()
		root.SetArgs(append([]string{"33", "--actor", "ann", "--reason", "x", "-c", "none.toml"}, strings.Fields(c.args)...))
		root.SilenceErrors, root.SilenceUsage = true, true
		err := root.Execute()
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("steer %s: %v, want %q", c.args, err, want)
			}
		}
	}
}
