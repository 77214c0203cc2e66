package act

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/table"
)

// Known is what the configuration names. What is in none of its lists may be misspelt, or new.
type Known struct{ Venues, Clients, Symbols []string }

// Warning says what of a halt's scope the router does not know, and what it may have been meant for; empty for nothing. A halt
// is never refused for it: a name may be new, and a halt too many costs less than one too few (KILL-01).
func (k *Known) Warning(client, symbol, venue string) string {
	var unknown []string
	for _, s := range []struct {
		what, name string
		known      []string
	}{{"client", client, k.Clients}, {"symbol", symbol, k.Symbols}, {"venue", venue, k.Venues}} {
		if s.name == "" || len(s.known) == 0 || slices.Contains(s.known, s.name) {
			continue
		}
		text := fmt.Sprintf("no %s %s is known to this router", s.what, s.name)
		if near := nearest(s.name, s.known); near != "" {
			text += ": did you mean " + near + "?"
		}
		unknown = append(unknown, text)
	}
	if len(unknown) == 0 {
		return ""
	}
	return "mind: " + strings.Join(unknown, "; ") + " (the halt holds for that name alone, should it come)"
}

// nearest takes letters of another case for no difference.
func nearest(name string, known []string) string {
	if near := table.Nearest(name, known); near != "" {
		return near
	}
	return table.Nearest(strings.ToUpper(name), known)
}
