package config

import (
	"strings"
	"testing"
	"time"
)

// TestJournal holds that the example shows the defaults, that a limit of 0 is none, and the order of the thresholds.
func TestJournal(t *testing.T) {
	f, err := Parse("desk.toml", []byte(Example()), nil)
	if err != nil {
		t.Fatal(err)
	}
	if f.Journal != defaults("").Journal {
		t.Errorf("the example has %+v, the defaults are %+v", f.Journal, defaults("").Journal)
	}
	p := f.Journal.Pressure()
	if p.Warn != 20 || p.Parents != 10 || p.Children != 5 || p.Commit != 100*time.Millisecond {
		t.Errorf("pressure %+v", p)
	}
	if level, warn, why := p.Level(9<<20, 100<<20); level != 1 || !warn || why == "" {
		t.Errorf("9 %% free: level %d, warned %v, %q", level, warn, why)
	}
	off := Journal{}
	if p := off.Pressure(); p.Commit >= 0 || p.Warn >= 0 || p.Parents >= 0 || p.Children >= 0 {
		t.Errorf("limits of 0 give %+v; want none", p)
	}
	for _, edit := range [][2]string{
		{"parents_free_percent = 10", "parents_free_percent = 4"},
		{"warn_free_percent = 20", "warn_free_percent = 8"},
		{"keep_days = 5", "keep_days = 0"},
		{`snapshot_every = "10m"`, `snapshot_every = "10"`},
	} {
		text := strings.Replace(Example(), edit[0], edit[1], 1)
		if _, err := Parse("desk.toml", []byte(text), nil); err == nil || !strings.Contains(err.Error(), "journal.") {
			t.Errorf("%s: %v; want a problem of the section", edit[1], err)
		}
	}
}
