package serve

import (
	"crypto/sha256"
	"crypto/subtle"
)

// equal compares two secrets in a time that tells nothing about them (SEC-01).
func equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
