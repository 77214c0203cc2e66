package session

// tokens remembers the token of the last sent numbers, for a 3 or a j that names
// one (FIX-02). It is a ring: number n lies in slot n modulo its size.
type tokens struct {
	ring []numbered
}

type numbered struct {
	num   int
	token uint64
	order bool // not a report: a gap fill over it is news
}

func newTokens(size int) *tokens { return &tokens{ring: make([]numbered, size)} }

func (t *tokens) put(num int, token uint64, order bool) {
	t.ring[num%len(t.ring)] = numbered{num, token, order}
}

// get returns the token of a number, 0 when it is not known any more.
func (t *tokens) get(num int) uint64 {
	if num <= 0 {
		return 0
	}
	if n := t.ring[num%len(t.ring)]; n.num == num {
		return n.token
	}
	return 0
}

// orders calls f for the known orders with numbers from begin to before end.
func (t *tokens) orders(begin, end int, f func(numbered)) {
	begin = max(begin, end-len(t.ring), 1)
	for num := begin; num < end; num++ {
		if n := t.ring[num%len(t.ring)]; n.num == num && n.order {
			f(n)
		}
	}
}

// clear forgets all numbers: they start again at 1.
func (t *tokens) clear() { clear(t.ring) }
