package webpage

import (
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/chart"
	"github.com/sluice-sor/sluice/internal/compare"
)

// alertTable has what the engine raised under each policy, by code.
func alertTable(r *compare.Report) (t chart.Table) {
	var codes []string
	for _, name := range r.Names {
		for code := range r.Policies[name].Alerts {
			if !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
		}
	}
	if len(codes) == 0 {
		return t
	}
	slices.Sort(codes)
	t.Head = append([]string{"alert"}, r.Names...)
	for _, code := range codes {
		row := []string{code}
		for _, name := range r.Names {
			row = append(row, fmt.Sprintf("%.1f", r.Policies[name].Alerts[code]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
