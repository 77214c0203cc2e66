package report

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
)

// TestINC09FINRALimits: limits of billions for clients who use hundreds of thousands. A limit of more than twenty times its
// largest use, and one that does not exist, are flagged (RISK-16).
func TestINC09FINRALimits(t *testing.T) {
	used := most{market.NotionalOf(market.Dollar, 100_000), 20261127}
	for _, tc := range []struct {
		name  string
		limit market.Money
		used  most
		wide  bool
		times float64
	}{
		{"twenty times", 2_000_000 * market.Dollar, used, false, 20},
		{"a dollar more", 2_000_001 * market.Dollar, used, true, 20.00001},
		{"billions", 5_000_000_000 * market.Dollar, used, true, 50_000},
		{"none", 0, used, true, 0},
		{"no use", 5_000_000_000 * market.Dollar, most{}, false, 0},
		{"nothing at all", 0, most{}, false, 0},
	} {
		got := use("max_client_usd", "C", tc.limit, tc.used)
		if got.Wide != tc.wide || got.Times != tc.times || got.Limit != "max_client_usd" || got.Of != "C" {
			t.Errorf("%s: %+v, want %v times, wide %v", tc.name, got, tc.times, tc.wide)
		}
	}
}
