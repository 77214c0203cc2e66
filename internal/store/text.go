package store

import (
	"strings"
	"unicode/utf8"
)

// escape makes any string storable as text in both databases, one to one: NUL and bytes that are no UTF-8 become
// \xHH, a backslash becomes two. Nearly every string comes back as it is, without a copy.
func escape(s string) string {
	if utf8.ValidString(s) && !strings.ContainsAny(s, "\x00\\") {
		return s
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == 0 || r == utf8.RuneError && n == 1:
			b.WriteString(`\x`)
			b.WriteByte(hex[s[0]>>4])
			b.WriteByte(hex[s[0]&15])
		case r == '\\':
			b.WriteString(`\\`)
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}
