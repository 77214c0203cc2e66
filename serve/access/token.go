package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Token is what a program shows instead of a password. Its secret has 256 random bits, so a plain hash of it is enough.
type Token struct {
	ID      string    `json:"id"`
	Hash    string    `json:"sha256"`
	Roles   []Role    `json:"roles"` // of its user's; what the user loses, the token loses
	Expires time.Time `json:"expires"`
	Note    string    `json:"note,omitempty"` // what it is for
}

// tokenMark begins every token, so that a scanner for secrets finds one in a file.
const tokenMark = "sluice_"

// Bounds of tokens.
const (
	TokenMost = 366 * 24 * time.Hour // that a token may last
	tokensMax = 32                   // of one user
	noteMax   = 100                  // bytes
)

func (t *Token) check() error {
	raw, err := hex.DecodeString(t.Hash)
	if err != nil || len(raw) != sha256.Size || len(t.ID) != 8 {
		return fmt.Errorf("token %q is damaged", t.ID)
	}
	if len(t.Note) > noteMax {
		return fmt.Errorf("token %s: its note is longer than %d bytes", t.ID, noteMax)
	}
	_, err = parseRoles(t.Roles)
	return err
}

// NewToken gives the user a token with some of their roles and returns it: the file keeps only its hash.
func (x *User) NewToken(roles []Role, now time.Time, lasts time.Duration, note string) (token, id string, err error) {
	switch {
	case lasts <= 0 || lasts > TokenMost:
		return "", "", fmt.Errorf("a token that lasts %v: give more than nothing and at most %v", lasts, TokenMost)
	case len(x.Tokens) >= tokensMax:
		return "", "", fmt.Errorf("%s has %d tokens: revoke one first", x.Name, len(x.Tokens))
	}
	for _, r := range roles {
		if !slices.Contains(x.Roles, r) {
			return "", "", fmt.Errorf("%s is no %s: a token has roles of its user only", x.Name, r)
		}
	}
	var rawID [4]byte
	var secret [32]byte
	rand.Read(rawID[:])
	rand.Read(secret[:])
	id = hex.EncodeToString(rawID[:])
	text := base64.RawURLEncoding.EncodeToString(secret[:])
	x.Tokens = append(x.Tokens, Token{ID: id, Hash: digest(text), Roles: roles, Expires: now.Add(lasts).UTC().Truncate(time.Second), Note: note})
	return tokenMark + id + "_" + text, id, nil
}

// isToken reports whether a credential looks like a token.
func isToken(credential string) bool { return strings.HasPrefix(credential, tokenMark) }

// digest is the hash under which a secret of many random bits is kept.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// sameDigest compares a secret with a digest in a time that tells nothing about either.
func sameDigest(secret, want string) bool {
	return subtle.ConstantTimeCompare([]byte(digest(secret)), []byte(want)) == 1
}

// ErrToken says that a token is none of ours, or no longer.
var ErrToken = errors.New("the token is not known, or has expired: `sluice users token` makes one")

// byToken finds who a token belongs to.
func (u *Users) byToken(token string, now time.Time) (*Person, error) {
	id, secret, ok := strings.Cut(strings.TrimPrefix(token, tokenMark), "_")
	if !ok || !isToken(token) {
		return nil, ErrToken
	}
	for i := range u.Users {
		x := &u.Users[i]
		for _, t := range x.Tokens {
			if t.ID != id || !sameDigest(secret, t.Hash) || !now.Before(t.Expires) {
				continue
			}
			p := x.person()
			p.Roles = slices.DeleteFunc(slices.Clone(t.Roles), func(r Role) bool { return !slices.Contains(x.Roles, r) })
			return p, nil
		}
	}
	return nil, ErrToken
}

func (x *User) person() *Person {
	return &Person{Name: x.Name, Roles: slices.Clone(x.Roles), Clients: slices.Clone(x.Clients)}
}
