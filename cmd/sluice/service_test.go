package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// SEC-12: the printed unit runs as its own user on a file system that it reads, writes only where the configuration says, has no
// capability and leaves no core; every line of it is one that systemd knows the form of.
func TestExampleService(t *testing.T) {
	dir := t.TempDir()
	raw, err := os.ReadFile("testdata/desk.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("@VENUES@", "127.0.0.1:1", "@CLIENTS@", "127.0.0.1:2", "@DESK@", "D", "@ROUTER@", "R",
		`journal_dir = "journal"`, `journal_dir = "data/journal"`, "sqlite:sluice.db", "sqlite:data/store/sluice.db").Replace(string(raw))
	path := filepath.Join(dir, "desk.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := exampleService(&out, path); err != nil {
		t.Fatal(err)
	}
	keys, section := map[string]string{}, ""
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSpace(line)
		key, value, ok := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[' && strings.HasSuffix(line, "]"):
			section = line
		case !ok || strings.ContainsAny(key, " \t") || section == "":
			t.Errorf("no line of a unit: %q", line)
		default:
			keys[section+key] += value + ";"
		}
	}
	for key, want := range map[string]string{
		"[Service]User": "sluice;", "[Service]UMask": "0077;", "[Service]LimitCORE": "0;", "[Service]CapabilityBoundingSet": ";",
		"[Service]NoNewPrivileges": "yes;", "[Service]ProtectSystem": "strict;", "[Service]ReadWritePaths": dir + "/data;",
		"[Service]MemoryDenyWriteExecute": "yes;", "[Service]KillSignal": "SIGTERM;", "[Install]WantedBy": "multi-user.target;",
	} {
		if keys[key] != want {
			t.Errorf("%s: got %q, want %q", key, keys[key], want)
		}
	}
	if !strings.HasSuffix(keys["[Service]ExecStart"], " route -c "+path+";") {
		t.Errorf("ExecStart: got %q", keys["[Service]ExecStart"])
	}
	if strings.Contains(out.String(), "%!") {
		t.Errorf("a verb is left over:\n%s", out.String())
	}
}
