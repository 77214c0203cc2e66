package evaluate

import (
	"fmt"
	"strconv"
	"strings"
)

// The sizes of generated worlds are those of the recorded ones.
const (
	costRows = 40_000
	poolRows = 6_000
)

// Open reads the world of a file, or draws generated:KIND:SEED, where KIND is one of switch, stationary, misspecified,
// shift, iid.
func Open(name string) (World, error) {
	rest, ok := strings.CutPrefix(name, "generated:")
	if !ok {
		return Read(name)
	}
	kind, number, _ := strings.Cut(rest, ":")
	seed, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("world %s: the seed is %q: give generated:KIND:SEED with a whole number", name, number)
	}
	switch kind {
	case "switch":
		return GenerateCosts(Switch, seed, costRows), nil
	case "stationary":
		return GenerateCosts(Stationary, seed, costRows), nil
	case "misspecified":
		return GenerateCosts(Misspecified, seed, costRows), nil
	case "shift":
		return GeneratePools(Shift, seed, poolRows), nil
	case "iid":
		return GeneratePools(IID, seed, poolRows), nil
	}
	return nil, fmt.Errorf("world %s: there is no kind %q: give switch, stationary, misspecified, shift or iid", name, kind)
}
