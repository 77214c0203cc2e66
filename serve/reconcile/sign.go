package reconcile

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

// Signed is a report with the signature of its bytes, so that who keeps it can prove that nobody changed it (PRJ-08).
type Signed struct {
	Report    json.RawMessage `json:"report"`
	PublicKey string          `json:"public_key"` // ed25519, base64
	Signature string          `json:"signature"`  // of the bytes of Report, base64
}

// Sign gives the signed form of a report. keyFile is a PEM file with an ed25519 private key.
func Sign(r *Report, keyFile string) ([]byte, error) {
	key, err := privateKey(keyFile)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	out, err := json.Marshal(&Signed{Report: b, PublicKey: base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey)),
		Signature: base64.StdEncoding.EncodeToString(ed25519.Sign(key, b))})
	return append(out, '\n'), err
}

func privateKey(file string) (ed25519.PrivateKey, error) {
	const remedy = "make one with `openssl genpkey -algorithm ed25519 -out FILE`"
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w: %s", file, errors.Unwrap(err), remedy)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("key %s is no PEM file: %s", file, remedy)
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w: %s", file, err, remedy)
	}
	key, ok := any.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("key %s is a %T, not ed25519: %s", file, any, remedy)
	}
	return key, nil
}

// Check reads a signed report and verifies it. publicKey, if not empty, is the base64 key that it must be signed with;
// without it only a change after the signature is found, not another signer.
func Check(b []byte, publicKey string) (*Report, *Signed, error) {
	s := &Signed{}
	if err := json.Unmarshal(b, s); err != nil {
		return nil, nil, fmt.Errorf("not a signed report: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(s.PublicKey)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, nil, errors.New("not a signed report: its public key is no ed25519 key")
	}
	sum, err := base64.StdEncoding.DecodeString(s.Signature)
	if err != nil {
		return nil, nil, fmt.Errorf("not a signed report: signature: %w", err)
	}
	if publicKey != "" && publicKey != s.PublicKey {
		return nil, nil, fmt.Errorf("the report is signed with key %s, not with %s", s.PublicKey, publicKey)
	}
	if !ed25519.Verify(key, s.Report, sum) {
		return nil, nil, errors.New("the signature does not fit: the report was changed after it was signed")
	}
	r := &Report{}
	if err := json.NewDecoder(bytes.NewReader(s.Report)).Decode(r); err != nil {
		return nil, nil, fmt.Errorf("signed report: %w", err)
	}
	return r, s, nil
}
