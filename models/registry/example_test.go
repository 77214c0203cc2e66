package registry_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/sluice-sor/sluice/models/modeltest"
	"github.com/sluice-sor/sluice/models/registry"
)

// A version is published, promoted, and undone; the ledger keeps who and why.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "models")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	trusted := filepath.Join(dir, "trusted")
	r, err := registry.Open(ctx, registry.Config{Target: filepath.Join(dir, "models"), Trusted: trusted})
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	signer, err := registry.OpenSigner(filepath.Join(dir, "signing.key"), trusted) // made on first use
	if err != nil {
		log.Fatal(err)
	}
	m, err := r.Publish(ctx, modeltest.Small(1).AppendBinary(nil), signer, "ann@desk")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := r.Promote(ctx, m.ID, registry.Who{Actor: "ann", Reason: "gates passed"}); err != nil {
		log.Fatal(err)
	}
	if _, err := r.Rollback(ctx, registry.Who{Actor: "bob", Reason: "rejects at LITX"}); err != nil {
		log.Fatal(err)
	}
	lines, err := r.Ledger(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range lines {
		fmt.Printf("%d %s by %s: %q\n", l.Seq, l.What, l.Actor, l.Reason)
	}
	// Output:
	// 1 publish by ann@desk: ""
	// 2 promote by ann: "gates passed"
	// 3 rollback by bob: "rejects at LITX"
}
