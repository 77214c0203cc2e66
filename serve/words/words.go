// Package words puts numbers into sentences.
package words

import "strconv"

// Count gives "1 order", "2 orders" and "0 orders".
func Count[T ~int | ~int64 | ~uint32 | ~uint64](n T, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(int64(n), 10) + " " + many
}

// Verb gives the verb that follows a count: "1 order works", "2 orders work".
func Verb[T ~int | ~int64 | ~uint32 | ~uint64](n T, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
