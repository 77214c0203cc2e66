package metrics

import "strings"

// maxLabels bounds the values of one label whose texts others write.
const maxLabels = 48

// labels admits the first maxLabels texts as they are and calls the rest "other".
type labels struct{ seen map[string]bool }

func newLabels() labels { return labels{map[string]bool{}} }

func (l labels) of(text string) string {
	if text == "" {
		return "none"
	}
	if !l.seen[text] {
		if len(l.seen) >= maxLabels || len(text) > 40 {
			return "other"
		}
		l.seen[text] = true
	}
	return text
}

// rule gives the rule id that a text starts with, such as RISK-02; "" if it starts with none.
func rule(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' })
	if end < 0 {
		end = len(text)
	}
	id := text[:end]
	area, number, ok := strings.Cut(id, "-")
	if !ok || area == "" || len(area) > 6 || len(number) == 0 || len(number) > 3 || strings.Trim(number, "0123456789") != "" {
		return ""
	}
	return id
}
