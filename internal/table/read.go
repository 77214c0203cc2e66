package table

import (
	"errors"
	"fmt"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
)

// Read parses the bytes of a TOML file into its root section. The error is a Problem with the line and column.
func Read(name string, b []byte) (*Section, error) {
	m, err := toml.Parser().Unmarshal(b)
	if err != nil {
		return nil, SyntaxProblem(name, err)
	}
	return New(&Input{File: name}, "", m), nil
}

// SyntaxProblem puts the parser's line and column into the message.
func SyntaxProblem(name string, err error) Problem {
	p := Problem{File: name, Wrong: "is not TOML: " + strings.TrimPrefix(err.Error(), "toml: "), Remedy: "mend the line"}
	var at interface{ Position() (row, column int) }
	if errors.As(err, &at) {
		row, column := at.Position()
		p.Key = fmt.Sprintf("line %d, column %d", row, column)
	}
	return p
}
