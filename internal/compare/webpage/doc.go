// Package webpage writes a comparison as one HTML file that needs nothing beside it: no network, no script, no font.
//
// Charts are inline SVG drawn by gonum/plot. Their colors are names that the style sheet gives a value, so that they follow
// the reader's dark or light scheme and the printer; lines differ in their dashes too, and every figure of a chart stands in a
// table. Equal reports give equal bytes.
//
// # Tour
//
// page.go is the page and its tables; chart.go what all charts share; costs.go, curves.go, venues.go and timeline.go are one
// chart or a few each; page.html and style.css are what they are put into.
package webpage
