package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/modeltest"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/config"
)

// bench is a desk's configuration whose router does not run, and its registry.
type bench struct {
	t    *testing.T
	path string
	file *config.File
}

func newBench(t *testing.T) *bench {
	t.Helper()
	path := filepath.Join(t.TempDir(), "desk.toml")
	if err := os.WriteFile(path, []byte(config.Example()), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return &bench{t, path, file}
}

// publish puts models into the registry of a configuration, as training does.
func publish(t *testing.T, file *config.File, seeds ...uint64) (ids []string) {
	t.Helper()
	for _, seed := range seeds {
		ids = append(ids, keep(t, file, modeltest.New(seed, venuesOf(file)...)))
	}
	return ids
}

func venuesOf(file *config.File) (out []modeltest.Venue) {
	for i := range file.Venues {
		out = append(out, modeltest.Venue{Name: file.Venues[i].Name, Kind: file.Venues[i].Type.String()})
	}
	return out
}

// keep puts a model into the registry of a configuration.
func keep(t *testing.T, file *config.File, model *models.Model) string {
	t.Helper()
	r, err := registry.Open(t.Context(), file.Models.Config())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := registry.OpenSigner(file.Models.SigningKey, file.Models.TrustedDir)
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.Publish(t.Context(), model.AppendBinary(nil), s, "ann@desk")
	if err != nil {
		t.Fatal(err)
	}
	return m.ID
}

// run gives what a command prints.
func (b *bench) run(args ...string) (string, error) {
	b.t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(append(append([]string{"models"}, args...), "-c", b.path))
	root.SetOut(&out)
	err := root.ExecuteContext(b.t.Context())
	return out.String(), err
}

// TestModelsCommands walks through all of them, in both forms, with no router there.
func TestModelsCommands(t *testing.T) {
	b := newBench(t)
	want := func(texts []string, args ...string) {
		t.Helper()
		out, err := b.run(args...)
		if err != nil {
			t.Errorf("%v: %v", args, err)
		}
		for _, text := range texts {
			if !strings.Contains(out, text) {
				t.Errorf("%v lacks %q:\n%s", args, text, out)
			}
		}
	}
	want([]string{"MODEL", "builtin", "champion", "part of the program"}, "list")
	ids := publish(t, b.file, 1, 2)
	x, y := ids[0], ids[1]
	want([]string{x, y, "test", "ann@desk"}, "list")
	want([]string{"promote " + x + ": line 3", "no router runs here"}, "promote", x[:6], "--second", "carol", "--reason", "the gates passed, all of them")
	want([]string{"shadow " + y + ": line 4"}, "shadow", y, "--actor", "bob")
	want([]string{"canary " + y + ": line 5"}, "canary", y, "--share", ".05")
	want([]string{"canary " + y + ": line 6"}, "canary", y)
	want([]string{x, "champion", "the gates passed", "# A model for tests", "256", "rests", "signed by key"}, "show", "champion")
	want([]string{"ok    " + x, "ok    " + y, "µs a prediction"}, "verify")
	want([]string{"from " + x + " to " + y, "STANDARD ERRORS", "fill, logit", "takes"}, "diff", y)
	want([]string{"canary 5 %", "canary 1 %", "the gates passed", ", approved by carol", "bob"}, "ledger")
	want([]string{"promote " + y}, "promote", "challenger", "--second", "carol", "--reason", "a canary of five per cent")
	want([]string{"rollback " + x}, "rollback", "--reason", "rejects")
	want([]string{"rollback builtin"}, "rollback")

	out, err := b.run("list", "--json")
	var list struct {
		Aliases  registry.Aliases
		Versions []struct {
			ID, Family string
			Aliases    []string
		}
	}
	if err != nil || json.Unmarshal([]byte(out), &list) != nil || list.Aliases.Champion != registry.Builtin || len(list.Versions) != 2 || list.Versions[0].Family != "test" {
		t.Errorf("list --json: %v\n%s", err, out)
	}
	for _, args := range [][]string{{"show", x, "--json"}, {"verify", "--json"}, {"diff", x, y, "--json"}, {"ledger", "--json"}, {"ledger", "--at", "2026-03-02", "--json"}, {"promote", x, "--second", "carol", "--reason", "back to the one before it", "--json"}} {
		out, err := b.run(args...)
		if err != nil || !json.Valid([]byte(out)) || len(out) < 3 {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}

// TestModelsCommandsRefuse: mistakes of usage and of fact say what to do.
func TestModelsCommandsRefuse(t *testing.T) {
	b := newBench(t)
	ids := publish(t, b.file, 1)
	if err := os.Truncate(filepath.Join(b.file.Models.Registry, ids[0], "artifact"), 99); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args  []string
		want  string
		usage bool
	}{
		{[]string{"show"}, "accepts 1 arg", true},
		{[]string{"show", "builtin"}, "part of the program", false},
		{[]string{"show", "challenger"}, "there is no challenger now", false},
		{[]string{"promote", ids[0], "--actor", "ann", "--reason", "the gates passed, all of them"}, "it needs a second person", false},
		{[]string{"promote", ids[0], "--actor", "ann", "--second", "Ann", "--reason", "the gates passed, all of them"}, "cannot approve what ann asked", false},
		{[]string{"promote", ids[0], "--actor", "ann", "--second", "bob", "--reason", "gates passed"}, "say in at least 20", false},
		{[]string{"promote", "ffff"}, "`sluice models list`", false},
		{[]string{"promote", ids[0], "--second", "bob", "--reason", "the gates passed, all of them"}, "its artifact has 99 bytes", false},
		{[]string{"promote", "builtin", "--second", "bob", "--reason", "the gates passed, all of them"}, "is the champion already", false},
		{[]string{"shadow", ids[0]}, "its artifact has 99 bytes", false},
		{[]string{"canary", "builtin", "--share", "2"}, "more than 0 and less than 1", false},
		{[]string{"verify"}, "1 of 1 versions may not serve", false},
		{[]string{"rollback"}, "nothing to roll back to", false},
		{[]string{"rollback", "--actor", ""}, "say who decides", false},
		{[]string{"diff", "champion", ids[0]}, "has no artifact", false},
		{[]string{"grant"}, "name --writer, --reader or both", true},
		{[]string{"grant", "--reader", "quants"}, "this registry is a directory", false},
		{[]string{"ledger", "--at", "noon"}, "give a day such as", true},
		{[]string{"ledger", "--last", "0"}, "--last is less than 1", true},
	} {
		_, err := b.run(test.args...)
		var usage usageError
		if err == nil || !strings.Contains(err.Error(), test.want) || errors.As(err, &usage) != test.usage {
			t.Errorf("%v: %v, want %q, usage %v", test.args, err, test.want, test.usage)
		}
	}
}

// TestModelsPromoteNeedsTwo: where the router has users the page is where two people promote; where the limits ask for no second
// person, one promotes (SEC-04).
func TestModelsPromoteNeedsTwo(t *testing.T) {
	b := newBench(t)
	id := publish(t, b.file, 1)[0]
	secret := filepath.Join(t.TempDir(), "p.secret")
	if err := os.WriteFile(secret, []byte("correct horse battery"), 0o600); err != nil {
		t.Fatal(err)
	}
	add := newRoot()
	add.SetArgs([]string{"users", "add", "ann", "--roles", "admin", "--password-file", secret, "-c", b.path})
	add.SetOut(io.Discard)
	if err := add.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	two := []string{"promote", id, "--actor", "ann", "--second", "bob", "--reason", "the gates passed, all of them"}
	if _, err := b.run(two...); err == nil || !strings.Contains(err.Error(), "promote on the page or over the API") {
		t.Errorf("with users: %v", err)
	}
	text, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b.path, []byte(strings.Replace(string(text), "two_persons = true ", "two_persons = false", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := b.run("promote", id); err != nil || !strings.Contains(out, "promote "+id) {
		t.Errorf("one person, where the limits want no more: %v\n%s", err, out)
	}
}
