package attest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/config"
)

// desk reads the shipped example with changes of its text.
func desk(t *testing.T, changes ...string) *config.File {
	t.Helper()
	f, err := config.Parse("desk.toml", []byte(strings.NewReplacer(changes...).Replace(config.Example())), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func of(t *testing.T, f *config.File) Facts {
	t.Helper()
	facts, err := Of(f, strings.Repeat("b", 64))
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// TestParts is OPS-01: what a node may have of its own changes no hash, and what nodes share changes the hash of its part alone.
func TestParts(t *testing.T) {
	base := of(t, desk(t))
	for _, tc := range []struct {
		name    string
		changes []string
		differs string
	}{
		{name: "nothing"},
		{name: "name and ports", changes: []string{`listen_addr = "127.0.0.1:9878"`, `listen_addr = "127.0.0.1:9999"`, `http_addr = "127.0.0.1:8080"`, `http_addr = "127.0.0.1:8099"`}},
		{name: "a comment", changes: []string{"canary_share = 0.01 ", "canary_share = 0.01 # "}},
		{name: "share of a canary", changes: []string{"canary_share = 0.01", "canary_share = 0.02"}, differs: "config"},
		{name: "a client's name", changes: []string{`comp_id = "DESK"`, `comp_id = "DESK2"`}, differs: "config"},
		{name: "a limit", differs: "limits"},
	} {
		f := desk(t, tc.changes...)
		if tc.name == "a limit" {
			f.Limits.MaxRepeats++
		}
		got := of(t, f)
		var differ []string
		for _, p := range []struct{ name, a, b string }{{"config", base.Config, got.Config}, {"limits", base.Limits, got.Limits}, {"regime", base.Regime, got.Regime}, {"dictionary", base.Dictionary, got.Dictionary}} {
			if p.a != p.b {
				differ = append(differ, p.name)
			}
			if len(p.b) != 64 {
				t.Errorf("%s: %s is %q", tc.name, p.name, p.b)
			}
		}
		if strings.Join(differ, " ") != tc.differs {
			t.Errorf("%s changes %v, want %q", tc.name, differ, tc.differs)
		}
	}
	rules := desk(t)
	rules.Regimes = append(rules.Regimes, market.Regime{Jurisdiction: "US", Rule: "999"})
	if got := of(t, rules); got.Regime == base.Regime || got.Config != base.Config {
		t.Error("with another dated rule a configuration has the same regime, or another configuration")
	}
}

// TestSecretsCountForNothing is SEC-06: a hash of a password could be guessed at.
func TestSecretsCountForNothing(t *testing.T) {
	a, b := desk(t), desk(t)
	a.Clients[0].Password, b.Clients[0].Password = config.NewSecret("hunter2"), config.NewSecret("hunter3")
	if of(t, a).Config != of(t, b).Config {
		t.Error("a password changes the hash")
	}
}

// TestManifest writes a manifest and reads it back; a part that differs is named, one of several hashes suffices.
func TestManifest(t *testing.T) {
	facts := of(t, desk(t))
	facts.Models = []string{"builtin"}
	var text strings.Builder
	if err := Write(&text, &facts, "router R1 on host"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "fleet.toml")
	write := func(s string) {
		if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(text.String())
	m, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := m.Differences(&facts); len(d) != 0 {
		t.Errorf("a node differs from its own manifest: %v", d)
	}
	old := strings.Repeat("a", 64)
	m.Build = []string{old, facts.Build}
	if d := m.Differences(&facts); len(d) != 0 {
		t.Errorf("in the middle of a deployment: %v", d)
	}
	m.Build, m.Models = []string{old}, []string{"20261128-x"}
	if d := m.Differences(&facts); len(d) != 2 || d[0] != "build is bbbbbbbbbbbb, the manifest has aaaaaaaaaaaa" || !strings.HasPrefix(d[1], "models is builtin") {
		t.Errorf("another build and model: %q", d)
	}
	m.Build = nil
	if d := m.Differences(&facts); slices.ContainsFunc(d, func(s string) bool { return strings.HasPrefix(s, "build") }) {
		t.Errorf("a part that is left out is compared: %q", d)
	}
	for text, want := range map[string]string{
		"":                       "nothing would be compared",
		"build = [\"abc\"]":      "64 hexadecimal digits",
		"build = \"abc\"":        "an array of texts",
		"bulid = []":             "did you mean build?",
		"build = [":              "is not TOML",
		strings.Repeat("#", 3e5): "more than 256 kB",
	} {
		write(text)
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", text, err, want)
		}
	}
}

// TestBuild: the hash is of the file that runs.
func TestBuild(t *testing.T) {
	got, err := Build()
	if err != nil {
		t.Fatal(err)
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != sum(b) {
		t.Errorf("build %s, the executable is %s", got, sum(b))
	}
}
