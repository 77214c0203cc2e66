package desk

import (
	_ "embed"
	"errors"
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
	"strings"
)

var (
	errGone    = errors.New("gone")
	errWrapped = fmt.Errorf("wrapped: %w", errGone)
	_          fmt.Stringer
	names                       = [...]string{"a", "b"}
	sized      [2]string        = [2]string{"a", "b"}
	pattern                     = regexp.MustCompile("x")
	polynomial                  = crc32.MakeTable(crc32.Castagnoli)
	replacer                    = strings.NewReplacer("a", "b") // want variable
	errPlain                    = part{}
	searched                    = [...]string{"a", "b"}
	plain                       = part{}           // want variable
	list                        = []string{"a"}    // want variable
	table                       = map[string]int{} // want variable
	count      int                                 // want variable
	changed    = [...]int{1, 2}                    // want variable
	lent       = [...]int{1, 2}                    // want variable
	cut        = [...]int{1, 2}                    // want variable
)

//go:embed vars.go
var text string

func change() (*int, []int) {
	changed[1]++
	slices.Contains(searched[:], strings.Join(searched[:], ","))
	return &lent[0], cut[:1]
}
