package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Cost is what one guess of a password costs (argon2id, RFC 9106).
type Cost struct {
	KiB     uint32 // of memory
	Passes  uint32
	Threads uint8
}

// DefaultCost is the first of the settings that OWASP's password storage cheat sheet recommends: 46 MiB, one pass, one
// thread, about 40 ms.
func DefaultCost() Cost { return Cost{KiB: 46 << 10, Passes: 1, Threads: 1} }

// Bounds of passwords. NIST SP 800-63B-4 asks for 15 characters where a password is the only factor, and for no rules of
// composition.
const (
	passwordMin = 15   // characters
	passwordMax = 1024 // bytes
)

const (
	saltBytes = 16
	keyBytes  = 32
)

// CheckPassword says what is wrong with a new password.
func CheckPassword(p string) error {
	switch {
	case utf8.RuneCountInString(p) < passwordMin:
		return fmt.Errorf("the password is shorter than %d characters: take a few words", passwordMin)
	case len(p) > passwordMax:
		return fmt.Errorf("the password is longer than %d bytes", passwordMax)
	}
	return nil
}

// hash gives the password's hash in the PHC string format: $argon2id$v=19$m=…,t=…,p=…$salt$key.
func (c Cost) hash(password string) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, c.Passes, c.KiB, c.Threads, keyBytes)
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.KiB, c.Passes, c.Threads, enc(salt), enc(key))
}

// hashed is a hash as it is read.
type hashed struct {
	Cost
	salt, key []byte
}

var errHash = errors.New("is no argon2id hash: set the password anew with `sluice users add --replace`")

// parseHash reads what hash wrote. Costs that would keep the router busy for long are refused: the file is ours.
func parseHash(s string) (h hashed, err error) {
	part := strings.Split(s, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, errHash
	}
	n, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &h.KiB, &h.Passes, &h.Threads)
	if err != nil || n != 3 || h.KiB < 8 || h.KiB > 1<<20 || h.Passes < 1 || h.Passes > 16 || h.Threads < 1 || h.Threads > 16 {
		return h, errHash
	}
	var saltErr, keyErr error
	h.salt, saltErr = base64.RawStdEncoding.DecodeString(part[4])
	h.key, keyErr = base64.RawStdEncoding.DecodeString(part[5])
	if saltErr != nil || keyErr != nil || len(h.salt) < 8 || len(h.key) != keyBytes {
		return h, errHash
	}
	return h, nil
}

// matches compares in a time that tells nothing about the password.
func (h *hashed) matches(password string) bool {
	if len(password) > passwordMax {
		return false
	}
	key := argon2.IDKey([]byte(password), h.salt, h.Passes, h.KiB, h.Threads, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(key, h.key) == 1
}

// Hash gives a new password's hash, for a file that the router reads in place of the password.
func Hash(c Cost, password string) (string, error) {
	if err := CheckPassword(password); err != nil {
		return "", err
	}
	return c.hash(password), nil
}

// IsHash reports whether a text is meant as Hash's; Matches says no to every password where it is a wrong one.
func IsHash(s string) bool { return strings.HasPrefix(s, "$argon2id$") }

// CheckHash says what is wrong with a text that is meant as Hash's.
func CheckHash(s string) error {
	_, err := parseHash(s)
	return err
}

// Matches reports whether a password has a hash. The time says nothing about the password.
func Matches(hash, password string) bool {
	h, err := parseHash(hash)
	return err == nil && h.matches(password)
}
