package config

import (
	"github.com/sluice-sor/sluice/internal/table"
)

// Problem is one thing that is wrong with a configuration.
type Problem = table.Problem

// Problems is all that is wrong with a configuration, in the file's order of sections.
type Problems = table.Problems

// input is one reading of a file, with where it is and what the environment says.
type input struct {
	table.Input
	dir    string // relative paths start here
	lookup func(string) (string, bool)
}

// section is one table of the file, with the keys that only a router's configuration has.
type section struct {
	*table.Section
	in *input
}

// newSection gives the root of a file.
func newSection(in *input, m map[string]any) *section {
	return &section{table.New(&in.Input, "", m), in}
}

func (s *section) sub(k string) *section { return &section{s.Sub(k), s.in} }

func (s *section) tables(k string, limit int) []*section {
	var out []*section
	for _, t := range s.Tables(k, limit) {
		out = append(out, &section{t, s.in})
	}
	return out
}
