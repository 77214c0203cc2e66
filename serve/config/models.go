package config

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/models/registry"
)

// Models is where trained models are kept and how the router follows them (MOP-01 to MOP-06).
type Models struct {
	Registry    string // a directory, or postgres://USER@HOST/DATABASE without a password
	Password    Secret
	TrustedDir  string // public keys whose signatures count (MOP-11)
	SigningKey  string // private key of this desk's training; made on first use
	Poll        time.Duration
	CanaryShare float64 // of parents, of a canary that names none
}

// Config gives the registry as package registry opens it, with the password.
func (m *Models) Config() registry.Config {
	return registry.Config{Target: withPassword(m.Registry, m.Password), Trusted: m.TrustedDir, Poll: m.Poll}
}

func (f *File) decodeModels(s *section) {
	m := &f.Models
	f.defaultModels()
	if s.Has("registry") {
		m.Password = Secret{}
		s.Text("registry", &m.Registry)
		switch {
		case strings.Contains(m.Registry, "://"):
			s.postgresURL("registry", m.Registry)
		case m.Registry == "":
			s.Problem("registry", "is empty", registryRemedy)
		default:
			m.Registry = s.in.resolve(m.Registry)
		}
	}
	s.secret("registry_password", &m.Password)
	s.given("trusted_keys_dir", &m.TrustedDir)
	s.given("signing_key_file", &m.SigningKey)
	poll := int64(m.Poll)
	s.Duration("poll", &poll, 10*time.Millisecond, time.Minute)
	m.Poll = time.Duration(poll)
	s.Real("canary_share", &m.CanaryShare, 0.0001, 0.99)
	s.Done()
}

// given reads a path whose default has its place already.
func (s *section) given(k string, into *string) {
	if s.Has(k) {
		s.folder(k, into)
	}
}

const registryRemedy = "want a directory, or postgres://USER@HOST:PORT/DATABASE"

// postgresURL checks a URL that can only be a database's.
func (s *section) postgresURL(k, url string) {
	scheme, _, _ := strings.Cut(url, ":")
	if scheme != "postgres" && scheme != "postgresql" {
		s.Problem(k, "has the scheme "+scheme, registryRemedy)
		return
	}
	s.storeURL(k, &url)
}

// defaultModels puts the registry beside the store: into its database, or into a directory next to its file. The keys are
// beside the journal.
func (f *File) defaultModels() {
	m, r := &f.Models, &f.Router
	if path, ok := strings.CutPrefix(r.StoreURL, "sqlite:"); ok {
		m.Registry = filepath.Join(filepath.Dir(strings.TrimPrefix(path, "//")), "models")
	} else {
		m.Registry, m.Password = r.StoreURL, r.StorePassword
	}
	keys := filepath.Join(filepath.Dir(r.JournalDir), "keys")
	m.TrustedDir, m.SigningKey = keys, filepath.Join(keys, "signing.key")
}
