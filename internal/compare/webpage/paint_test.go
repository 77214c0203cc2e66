package webpage

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/chart"
	"github.com/sluice-sor/sluice/internal/compare"
)

// TestEveryPolicyIsPainted: with models beside all policies each still has a paint that the style sheet knows, and no two look alike.
func TestEveryPolicyIsPainted(t *testing.T) {
	css, err := os.ReadFile("../../chart/style.css")
	if err != nil {
		t.Fatal(err)
	}
	r := &compare.Report{}
	for _, p := range compare.Policies() {
		r.Names = append(r.Names, p.Name)
	}
	r.Names = slices.Insert(r.Names, len(r.Names)-1, "0123456789abcdef", "fedcba9876543210", "00112233aabbccdd")
	seen := map[string]string{}
	for _, name := range r.Names {
		paint, dash, _ := seriesOf(r, name)
		k := chart.KeyOf(name, paint, dash)
		if property := strings.Trim(strings.TrimPrefix(string(k.Paint), "var("), ")") + ":"; !strings.Contains(string(css), property) {
			t.Errorf("%s has the paint %s, which the style sheet does not have", name, k.Paint)
		}
		look := string(k.Paint) + " " + k.Dash
		if other, ok := seen[look]; ok {
			t.Errorf("%s and %s look alike: %s", name, other, look)
		}
		seen[look] = name
	}
}
