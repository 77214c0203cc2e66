// Package chart draws the charts of our self-contained pages: inline SVG by gonum/plot, whose colors are names that the style sheet
// gives a value, so that they follow the reader's dark or light scheme and the printer. Lines differ in their dashes too, and every
// chart says in words what a reader sees in it. Equal figures give equal bytes. Page is what such pages have in common: the style
// sheet, and the templates of a figure and of a table.
package chart
