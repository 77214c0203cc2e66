package features

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
)

// Dim is the length of a feature vector.
const Dim = 16

// Clip is the largest absolute value of a standardized feature (LRN-11).
const Clip = 4.0

// Feature describes one column.
type Feature struct {
	Name   string
	Unit   string // of the raw value
	Centre float64
	Scale  float64 // of the raw value; positive
}

// The columns, in order. Names and order are part of the hash: changing either starts a new lineage of models.
const (
	One = iota
	Spread
	Volatility
	Imbalance
	Microprice
	SizeToShown
	SizeToMinute
	DayLinear
	DaySquare
	Momentum1
	Momentum10
	SinceFill
	AtBest
	Taken
	Urgency
	Rest
)

// Schema is the columns with the standardization that ships with a model; it is never recomputed live.
type Schema struct {
	Version string
	Columns [Dim]Feature
}

// Default gives the schema of the built-in prior. Centres and scales are round figures of ordinary US large caps:
// they set units, not knowledge.
func Default() Schema {
	return Schema{Version: "2", Columns: [Dim]Feature{
		One:          {"one", "1", 0, 1},
		Spread:       {"spread", "log2 bps", 1, 2},
		Volatility:   {"volatility", "log2 of one-minute to usual volatility", 0, 1},
		Imbalance:    {"imbalance", "near share minus far share of the size at the NBBO", 0, .5},
		Microprice:   {"microprice", "gap of the venue's own size-weighted mid to the mid, signed, in half spreads", 0, .5},
		SizeToShown:  {"size_to_shown", "log2 of size to displayed size", 0, 2},
		SizeToMinute: {"size_to_minute", "log2 of size to a minute of ADV", -2, 2},
		DayLinear:    {"day_linear", "share of the session gone minus one half", 0, .5},
		DaySquare:    {"day_square", "its square", .08, .1},
		Momentum1:    {"momentum_1s", "signed bps", 0, 2},
		Momentum10:   {"momentum_10s", "signed bps", 0, 4},
		SinceFill:    {"since_fill", "log2 of 1 + seconds since our last fill at the venue", 6, 3},
		AtBest:       {"at_best", "1 if the venue holds the best price this order would meet", .5, .5},
		Taken:        {"taken", "log2 of 1 + lots this parent took at the venue in the last minute", 0, 3},
		Urgency:      {"urgency", "−1 low, 0 normal, 1 high", 0, 1},
		Rest:         {"rest", "log2 of the seconds it may wait there", 1, 3},
	}}
}

// Hash gives the schema's identity: the first 16 hexadecimal digits of the SHA-256 over version, names, units, centres
// and scales.
func (s *Schema) Hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "sluice features %s\n", s.Version)
	for _, c := range s.Columns {
		fmt.Fprintf(h, "%s\t%s\t%s\t%s\n", c.Name, c.Unit,
			strconv.FormatFloat(c.Centre, 'x', -1, 64), strconv.FormatFloat(c.Scale, 'x', -1, 64))
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
