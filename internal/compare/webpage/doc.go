// Package webpage writes a comparison as one HTML file that needs nothing beside it: no network, no script, no font.
//
// Charts are those of package chart, and every figure of a chart stands in a table. Equal reports give equal bytes.
//
// # Tour
//
// page.go is the page and its tables; costs.go, curves.go, venues.go and timeline.go are one
// chart or a few each; page.html is what they are put into.
package webpage
