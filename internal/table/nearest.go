package table

// Nearest gives the word of known that differs least from k, "" if none is near enough to be a slip of the pen.
func Nearest(k string, known []string) string {
	best, found := 1+len(k)/3, ""
	if len(k) > 64 {
		return ""
	}
	for _, w := range known {
		if d := distance(k, w); d < best || d == best && found == "" {
			best, found = d, w
		}
	}
	return found
}

// distance is Levenshtein's: the fewest insertions, deletions and substitutions of bytes, O(len(a)·len(b)).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
