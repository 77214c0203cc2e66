package chart

import (
	_ "embed"
	"fmt"
	"html/template"
)

//go:embed parts.html
var parts string

//go:embed style.css
var style string

// Style is the style sheet of the pages: paints for the dark and the light scheme and for print, and the form of what Page defines.
func Style() template.CSS { return template.CSS(style) }

// Table is a plain table; the first cell of a row is its head.
type Table struct {
	Head []string
	Rows [][]string
}

// Page parses a page's layout, which may use the templates "figure" of a Figure and "table" of a Table.
func Page(layout string) (*template.Template, error) {
	t, err := template.New("page").Parse(parts)
	if err == nil {
		t, err = t.Parse(layout)
	}
	if err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	return t, nil
}
