package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/models"
)

// A Manifest says what a version is and who vouches for it. It is written last (MOP-03).
type Manifest struct {
	ID        string    `json:"id"`
	SHA256    string    `json:"sha256"` // of the artifact, hexadecimal
	Bytes     int64     `json:"bytes"`
	Published time.Time `json:"published"`
	By        string    `json:"by"` // user and host that published it
	Family    string    `json:"family"`
	Schema    string    `json:"schema"`
	Parent    string    `json:"parent,omitempty"`
	Commit    string    `json:"commit,omitempty"`
	DataHash  string    `json:"data_hash,omitempty"`
	From      int64     `json:"from_ns"` // window of the training data, Unix nanoseconds
	To        int64     `json:"to_ns"`
	Key       string    `json:"key"` // fingerprint of the public key
	Signature []byte    `json:"signature"`
}

// newManifest describes an artifact, unsigned.
func newManifest(data []byte, h *models.Header, by string, at time.Time) *Manifest {
	sum := sha256.Sum256(data)
	return &Manifest{
		ID: models.ID(data), SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(data)), Published: at.UTC().Round(0), By: by,
		Family: h.Family, Schema: h.Schema, Parent: h.Parent, Commit: h.Commit, DataHash: h.DataHash, From: h.From, To: h.To,
	}
}

// statement is what the signature is over: all of the manifest but the signature.
func (m *Manifest) statement() []byte {
	c := *m
	c.Signature = nil
	b, err := json.Marshal(&c)
	if err != nil {
		panic("registry: " + err.Error()) // texts and numbers
	}
	return append([]byte("sluice model manifest\n"), b...)
}

// sumPrefix begins the last line of a manifest.
const sumPrefix = "sha256 "

// text is the manifest as it is kept: a line of JSON, and one with its checksum.
func (m *Manifest) text() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic("registry: " + err.Error()) // texts and numbers
	}
	sum := sha256.Sum256(b)
	return append(b, "\n"+sumPrefix+hex.EncodeToString(sum[:])+"\n"...)
}

// parseManifest reads what text wrote, and nothing else.
func parseManifest(text []byte) (*Manifest, error) {
	line, sum, ok := strings.Cut(string(text), "\n")
	got := sha256.Sum256([]byte(line))
	if !ok || sum != sumPrefix+hex.EncodeToString(got[:])+"\n" {
		return nil, errors.New("its manifest is cut or damaged")
	}
	d := json.NewDecoder(strings.NewReader(line))
	d.DisallowUnknownFields()
	m := new(Manifest)
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("its manifest is of another kind: %w", err)
	}
	if !bytes.Equal(m.text(), text) {
		return nil, errors.New("its manifest is not written as this build writes it")
	}
	return m, nil
}

// describes reports whether data is the artifact of the manifest.
func (m *Manifest) describes(data []byte) error {
	sum := sha256.Sum256(data)
	if got := hex.EncodeToString(sum[:]); int64(len(data)) != m.Bytes || got != m.SHA256 || models.ID(data) != m.ID {
		return fmt.Errorf("its artifact has %d bytes and SHA-256 %s…, its manifest says %d and %.16s…", len(data), got[:16], m.Bytes, m.SHA256)
	}
	return nil
}

// isID reports whether s has the form of an artifact's id.
func isID(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 8 && s == strings.ToLower(s)
}
