package registry

import (
	"crypto/ed25519"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/models"
)

// TestSigner: a key is made once, for its owner alone, and its public half is trusted here.
func TestSigner(t *testing.T) {
	dir := t.TempDir()
	path, trusted := filepath.Join(dir, "keys", "signing.key"), filepath.Join(dir, "trusted")
	var wait sync.WaitGroup
	made := make([]*Signer, 8)
	for i := range made { // all at once, as several first commands
		wait.Go(func() {
			s, err := OpenSigner(path, trusted)
			if err != nil {
				t.Error(err)
				return
			}
			made[i] = s
		})
	}
	wait.Wait()
	if t.Failed() {
		t.FailNow()
	}
	for _, s := range made {
		if s.Fingerprint() != made[0].Fingerprint() {
			t.Error("two keys were made")
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's mode is %v, %v, want 0600", info.Mode(), err)
	}
	keys, err := trustedKeys(trusted)
	if err != nil || len(keys) != 1 || keys[made[0].Fingerprint()] == nil {
		t.Errorf("trusted are %v, %v", keys, err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSigner(path, trusted); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others can read: %v", err)
	}
}

// TestSignerTrusts: where the key cannot be trusted there is none, and the next attempt makes one that is.
func TestSignerTrusts(t *testing.T) {
	dir := t.TempDir()
	path, trusted := filepath.Join(dir, "signing.key"), filepath.Join(dir, "trusted")
	if err := os.WriteFile(trusted, nil, 0o600); err != nil { // no directory
		t.Fatal(err)
	}
	if _, err := OpenSigner(path, trusted); err == nil || !strings.Contains(err.Error(), "trusted keys") {
		t.Errorf("a key that cannot be trusted: %v", err)
	}
	if err := os.Remove(trusted); err != nil {
		t.Fatal(err)
	}
	s, err := OpenSigner(path, trusted)
	if err != nil {
		t.Fatal(err)
	}
	if keys, err := trustedKeys(trusted); err != nil || len(keys) != 1 || keys[s.Fingerprint()] == nil {
		t.Errorf("trusted are %v, %v", keys, err)
	}
}

// TestOpenSSL reads our keys with OpenSSL, and checks a signature with it.
func TestOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl here")
	}
	dir := t.TempDir()
	s, err := OpenSigner(filepath.Join(dir, "key"), dir)
	if err != nil {
		t.Fatal(err)
	}
	m := newManifest([]byte("x"), &models.Header{}, "ann", time.Unix(0, 0))
	s.sign(m)
	text, signature := filepath.Join(dir, "text"), filepath.Join(dir, "signature")
	if err := os.WriteFile(text, m.statement(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(signature, m.Signature, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), openssl, "pkeyutl", "-verify", "-pubin", "-inkey", filepath.Join(dir, s.Fingerprint()+".pub"),
		"-rawin", "-in", text, "-sigfile", signature).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Verified Successfully") {
		t.Errorf("openssl: %v: %s", err, out)
	}
}

// TestSignature: a manifest that says anything else than what was signed is refused, and so is another's signature.
func TestSignature(t *testing.T) {
	dir := t.TempDir()
	s, err := OpenSigner(filepath.Join(dir, "key"), dir)
	if err != nil {
		t.Fatal(err)
	}
	data := artifact(1)
	good := newManifest(data, &models.Header{Family: "test"}, "ann", time.Unix(0, 0))
	s.sign(good)
	if err := good.verify(dir); err != nil {
		t.Fatal(err)
	}
	changes := map[string]func(*Manifest){
		"publisher": func(m *Manifest) { m.By = "eve" },
		"artifact":  func(m *Manifest) { m.SHA256 = strings.Repeat("0", 64) },
		"window":    func(m *Manifest) { m.To++ },
		"signature": func(m *Manifest) { m.Signature = make([]byte, ed25519.SignatureSize) },
		"none":      func(m *Manifest) { m.Signature = nil },
	}
	for name, change := range changes {
		m := *good
		change(&m)
		if err := m.verify(dir); err == nil || !strings.Contains(err.Error(), "changed after it was signed") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzManifest: any bytes are refused, or read and written the same again.
func FuzzManifest(f *testing.F) {
	m := newManifest([]byte("x"), &models.Header{Family: "test"}, "ann", time.Unix(1_750_000_000, 0))
	m.Signature = []byte("signature")
	f.Add(m.text())
	f.Add([]byte("{}\nsha256 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseManifest(text)
		if err == nil && string(m.text()) != string(text) {
			t.Error("what was read is written otherwise")
		}
	})
}
