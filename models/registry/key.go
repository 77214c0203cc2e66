package registry

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Keys are files as OpenSSL writes them: PKCS #8 and SubjectPublicKeyInfo in PEM, ed25519.
const (
	privateBlock = "PRIVATE KEY"
	publicBlock  = "PUBLIC KEY"
	publicSuffix = ".pub"
	maxKeyFile   = 4096
	maxTrusted   = 1000
)

// A Signer vouches for artifacts with an ed25519 key (MOP-11).
type Signer struct {
	key         ed25519.PrivateKey
	fingerprint string
}

// Fingerprint names the key: the first 16 hexadecimal digits of the SHA-256 of its public half.
func (s *Signer) Fingerprint() string { return s.fingerprint }

func (s *Signer) sign(m *Manifest) {
	m.Key = s.fingerprint
	m.Signature = ed25519.Sign(s.key, m.statement())
}

func fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:8])
}

// OpenSigner reads the private key at path. If there is none it makes one, for its owner alone, and puts its public half into
// the directory of trusted keys, so that a desk on one machine needs no ceremony; to trust it on another machine, copy that
// file there. A key that others can read is refused.
func OpenSigner(path, trusted string) (*Signer, error) {
	s, err := readSigner(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	if s, err = makeSigner(path, trusted); err != nil {
		return nil, fmt.Errorf("signing key %s: %w", path, err)
	}
	return s, nil
}

func readSigner(path string) (*Signer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if p := info.Mode().Perm(); p&0o077 != 0 {
		return nil, fmt.Errorf("signing key %s has mode %04o, so others can read it: chmod 600 %s, and if others had the time to, make a new one", path, p, path)
	}
	der, err := readPEM(path, privateBlock)
	if err != nil {
		return nil, fmt.Errorf("signing key %w", err)
	}
	any, err := x509.ParsePKCS8PrivateKey(der)
	key, ok := any.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("signing key %s is no ed25519 key: remove it to have one made, or name another with models.signing_key_file", path)
	}
	return newSigner(key), nil
}

func newSigner(key ed25519.PrivateKey) *Signer {
	return &Signer{key, fingerprint(key.Public().(ed25519.PublicKey))}
}

// makeSigner makes a key at path, or reads the one that another process has just made there. It is trusted before it has its name:
// a key that is there and that nobody trusts would sign what nobody takes.
func makeSigner(path, trusted string) (*Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: der}))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	s := newSigner(key)
	if err := s.trust(trusted); err != nil {
		return nil, err
	}
	if err := os.Link(f.Name(), path); err != nil { // a link never replaces
		err = errors.Join(err, os.Remove(filepath.Join(trusted, s.fingerprint+publicSuffix)))
		if errors.Is(err, fs.ErrExist) {
			return readSigner(path)
		}
		return nil, err
	}
	return s, nil
}

// trust puts the public half into a directory of trusted keys.
func (s *Signer) trust(dir string) error {
	der, err := x509.MarshalPKIXPublicKey(s.key.Public())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("trusted keys: %w", err)
	}
	path := filepath.Join(dir, s.fingerprint+publicSuffix)
	text := pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: der})
	f, err := os.CreateTemp(dir, ".key-*") // whoever reads the directory meanwhile finds all of it or nothing
	if err != nil {
		return fmt.Errorf("trusted keys: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err == nil { // it is public
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("trusted keys: %w", err)
	}
	return nil
}

func readPEM(path, kind string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxKeyFile {
		err = fmt.Errorf("has %d bytes", info.Size())
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("%s holds no PEM block %q", path, kind)
	}
	return block.Bytes, nil
}

// trustedKeys reads the public keys of a directory by fingerprint. A directory that is not there trusts nobody. The error names
// what could not be read; the keys that could be are given all the same, one bad file keeps no other away (MOP-05).
func trustedKeys(dir string) (map[string]ed25519.PublicKey, error) {
	keys := map[string]ed25519.PublicKey{}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return keys, fmt.Errorf("trusted keys: %w", err)
	}
	if len(entries) > maxTrusted {
		return keys, fmt.Errorf("trusted keys: %s has %d files: the limit is %d", dir, len(entries), maxTrusted)
	}
	var all []error
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), publicSuffix) {
			continue
		}
		key, err := trustedKey(filepath.Join(dir, e.Name()))
		switch {
		case err == nil:
			keys[fingerprint(key)] = key
		case !errors.Is(err, fs.ErrNotExist): // taken away meanwhile
			all = append(all, err)
		}
	}
	return keys, errors.Join(all...)
}

func trustedKey(path string) (ed25519.PublicKey, error) {
	der, err := readPEM(path, publicBlock)
	if err != nil {
		return nil, fmt.Errorf("trusted key %w", err)
	}
	any, err := x509.ParsePKIXPublicKey(der)
	key, ok := any.(ed25519.PublicKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("trusted key %s is no ed25519 key: remove it", path)
	}
	return key, nil
}

// verify reports whether a trusted key signed the manifest. The error is an [UnfitError] where it is certain that none did: keys
// that could not be read may be read again.
func (m *Manifest) verify(trusted string) error {
	keys, err := trustedKeys(trusted)
	key := keys[m.Key]
	switch {
	case key == nil && err != nil:
		return fmt.Errorf("whether key %.16q, which signed it, is trusted cannot be told: %w", m.Key, err)
	case key == nil:
		return &UnfitError{fmt.Errorf("it is signed by key %.16q, which is not trusted here: if you know whose it is, copy its public half into %s", m.Key, trusted)}
	case !ed25519.Verify(key, m.statement(), m.Signature):
		return &UnfitError{fmt.Errorf("its signature is not that of key %s: it was changed after it was signed", m.Key)}
	}
	return nil
}
