package config

import (
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
)

// TestRegimes: dated rules are configuration (RULE-01).
func TestRegimes(t *testing.T) {
	f, err := load(t, Example()+`
[[regime]]
jurisdiction = "US"
rule = "611"
version = "2007"
from = "2007-02-05"
to = "2027-03-31"
forbids = "trade-through"
`)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := f.Engine()
	if err != nil {
		t.Fatal(err)
	}
	if got := market.RulesOn(cfg.Regimes, 20261128); got.Version != "US-611/2007" || !got.TradeThrough || got.LockCross {
		t.Errorf("rules %+v", got)
	}
	_, err = load(t, Example()+"\n[[regime]]\nrule = \"611\"\nfrom = \"2027-01-01\"\nto = \"2026-01-01\"\nforbids = \"profits\"\n")
	if err == nil {
		t.Fatal("it loads")
	}
	for _, want := range []string{"jurisdiction", "version", "before from", `"profits"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the problems do not say %s: %v", want, err)
		}
	}
}
