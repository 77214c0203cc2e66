package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/models/modeltest"
	"github.com/sluice-sor/sluice/models/registry"
)

// TestModels: a champion that may not serve is a failure, another damaged version a warning.
func TestModels(t *testing.T) {
	_, addr := listen(t)
	dir := t.TempDir()
	path := write(t, addr, "", "")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	target, keys := filepath.Join(dir, "models"), filepath.Join(dir, "keys")
	more := fmt.Sprintf("[models]\nregistry = %q\ntrusted_keys_dir = %q\n", target, keys)
	if err := os.WriteFile(path, append(text, more...), 0o600); err != nil {
		t.Fatal(err)
	}
	look := func(want Status, text string) {
		t.Helper()
		got := status(t, Run(context.Background(), Options{Path: path}), "models")
		if got.Status != want || !strings.Contains(got.Text, text) {
			t.Errorf("got %+v, want %v and %q", got, want, text)
		}
	}
	look(OK, "0 versions, champion builtin")

	r, err := registry.Open(t.Context(), registry.Config{Target: target, Trusted: keys})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	signer, err := registry.OpenSigner(filepath.Join(dir, "key"), keys)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(2) {
		m, err := r.Publish(t.Context(), modeltest.Small(seed).AppendBinary(nil), signer, "ann")
		if err == nil {
			_, err = r.Promote(t.Context(), m.ID, registry.Who{Actor: "ann"})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	a, err := r.Aliases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	look(OK, "2 versions, champion "+a.Champion)
	if err := os.Truncate(filepath.Join(target, a.Champion, "artifact"), 100); err != nil {
		t.Fatal(err)
	}
	look(Fail, "champion: model "+a.Champion)
	if _, err := r.Rollback(t.Context(), registry.Who{Actor: "ann"}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(target, a.Champion, "manifest")); err != nil {
		t.Fatal(err)
	}
	look(Warn, "version "+a.Champion)
	if err := os.WriteFile(filepath.Join(target, "ledger.jsonl"), []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	look(Fail, "ledger line 1 is damaged")
}
