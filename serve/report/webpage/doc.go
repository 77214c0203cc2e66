// Package webpage writes cost reports as one HTML file that needs nothing beside it: no network, no script, no font. A parent's page
// tells what became of it in plain sentences, and shows its children and fills by venue beside the market's mid; a period's page
// sums parents up. Charts are those of package chart, and every figure of a chart stands in a table. Equal reports give equal bytes.
//
// # Tour
//
// parent.go and period.go are the two pages, parent.html and period.html what they are put into; timeline.go is a parent in time,
// cost.go the waterfall and the markouts, table.go the tables.
package webpage
