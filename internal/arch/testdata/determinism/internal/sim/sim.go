// Package sim may draw, from its own generators, and may compute loosely.
package sim

import (
	"bytes"
	"io"
	"math"
	"math/rand/v2"
	"time"
)

func draw(r *rand.Rand) float64 {
	own := rand.New(rand.NewPCG(1, 2))
	if r.IntN(2) == 0 {
		return own.Float64() + math.Exp(1)*own.NormFloat64()
	}
	return rand.Float64() // want chance
}

func read() ([]byte, error) {
	time.AfterFunc(0, nil) // want clock
	return io.ReadAll(new(bytes.Buffer))
}
