package view

// ring keeps the last n values.
type ring[T any] struct {
	values []T
	next   int
	limit  int
}

func newRing[T any](limit int) ring[T] { return ring[T]{limit: limit} }

// add keeps t and gives the value it pushed out, if any.
func (r *ring[T]) add(t T) (out T, pushed bool) {
	if len(r.values) < r.limit {
		r.values = append(r.values, t)
		return out, false
	}
	out = r.values[r.next]
	r.values[r.next] = t
	r.next = (r.next + 1) % r.limit
	return out, true
}

// newest gives up to n values, newest first.
func (r *ring[T]) newest(n int) []T {
	n = min(n, len(r.values))
	out := make([]T, 0, n)
	for i := range n {
		at := (r.next + len(r.values) - 1 - i) % len(r.values)
		out = append(out, r.values[at])
	}
	return out
}

// last gives the newest value; ok is false if there is none.
func (r *ring[T]) last() (t T, ok bool) {
	if len(r.values) == 0 {
		return t, false
	}
	return r.values[(r.next+len(r.values)-1)%len(r.values)], true
}

// all gives the values, oldest first.
func (r *ring[T]) all() []T {
	return append(append(make([]T, 0, len(r.values)), r.values[r.next:]...), r.values[:r.next]...)
}
