package baseline

import (
	"math"

	"github.com/sluice-sor/sluice/bandit"
)

// A Splitter divides lots over pools whose liquidity shows only as far as it was met. One goroutine owns it.
type Splitter interface {
	// Split writes the lots for each pool into dst (reused when long enough). max caps each pool; nil caps none. The
	// sum is lots, unless the caps are lower or the policy holds some back. A policy that samples draws from key.
	Split(dst []int, lots int, max []int, key bandit.Key) []int
	// Learn takes the outcome of a division of lots: what was sent to each pool and what filled. filled < sent saw
	// the pool's liquidity, filled = sent saw that it was at least so much, and sent = 0 saw nothing.
	Learn(lots int, sent, filled []int)
}

// limit is the cap of pool i.
func limit(caps []int, i, lots int) int {
	if caps == nil {
		return lots
	}
	return min(lots, max(0, caps[i]))
}

// apportion divides lots in proportion to weights ≥ 0 by largest remainders (Hamilton), ties to the lowest index; what
// a cap refuses is divided anew among the others, evenly where they have no weight.
func apportion(dst []int, lots int, weights []float64, caps []int) []int {
	n := len(weights)
	dst = resize(dst, n)
	remainder := make([]float64, n)
	for left := lots; left > 0; {
		sum, open := 0.0, 0
		for i, w := range weights {
			if dst[i] < limit(caps, i, lots) {
				sum, open = sum+w, open+1
			}
		}
		if open == 0 {
			return dst
		}
		given, capped := 0, false
		for i, w := range weights {
			room := limit(caps, i, lots) - dst[i]
			remainder[i] = -1
			if room <= 0 {
				continue
			}
			share := float64(left) / float64(open)
			if sum > 0 {
				share = float64(left) * (w / sum)
			}
			whole := min(room, int(share), left-given)
			dst[i] += whole
			given += whole
			capped = capped || whole < int(share)
			if whole < room {
				remainder[i] = share - math.Floor(share)
			}
		}
		if left -= given; !capped {
			left -= oneEach(dst, left, remainder)
		}
	}
	return dst
}

// oneEach gives single lots in the order of the remainders; negative ones get none.
func oneEach(dst []int, left int, remainder []float64) int {
	given := 0
	for range remainder {
		top := -1
		for i, r := range remainder {
			if r >= 0 && (top < 0 || r > remainder[top]) {
				top = i
			}
		}
		if top < 0 || given == left {
			break
		}
		dst[top]++
		given++
		remainder[top] = -1
	}
	return given
}

// greedy gives lot by lot to the pool whose next one has the largest probability tail(pool, lot) of being filled, ties
// to the lowest index. Lots that no pool wants (probability 0) are divided evenly.
func greedy(dst []int, pools, lots int, caps []int, tail func(pool, lot int) float64) []int {
	dst = resize(dst, pools)
	next := make([]float64, pools)
	for i := range next {
		next[i] = offer(0, limit(caps, i, lots), i, tail)
	}
	for left := lots; left > 0; left-- {
		top := 0
		for i, v := range next {
			if v > next[top] {
				top = i
			}
		}
		if next[top] <= 0 {
			spread(dst, left, lots, caps)
			break
		}
		dst[top]++
		next[top] = offer(dst[top], limit(caps, top, lots), top, tail)
	}
	return dst
}

// offer is the tail of the lot after those given, 0 at the cap.
func offer(given, most, pool int, tail func(pool, lot int) float64) float64 {
	if given >= most {
		return 0
	}
	return tail(pool, given+1)
}

// spread adds lots to the pools that have room, as evenly as they go.
func spread(dst []int, left, lots int, caps []int) {
	room := make([]int, len(dst))
	for i := range room {
		room[i] = limit(caps, i, lots) - dst[i]
	}
	for i, n := range apportion(nil, left, make([]float64, len(dst)), room) {
		dst[i] += n
	}
}
