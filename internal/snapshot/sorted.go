package snapshot

import (
	"cmp"
	"maps"
	"slices"
)

// Sorted gives the keys of a map in ascending order: the one way to walk a map under the determinism contract.
func Sorted[K cmp.Ordered, V any](m map[K]V) []K { return SortedBy(m, cmp.Compare[K]) }

// SortedBy is Sorted for keys with an order of their own, in which no two are equal.
func SortedBy[K comparable, V any](m map[K]V, compare func(a, b K) int) []K {
	return slices.SortedFunc(maps.Keys(m), compare)
}
