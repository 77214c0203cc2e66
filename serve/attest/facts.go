package attest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/sluice-sor/sluice/fixgw/dictionary"
	"github.com/sluice-sor/sluice/serve/config"
)

// Facts are the hashes of what a node runs: SHA-256 in hexadecimal.
type Facts struct {
	Build      string   `json:"build"`            // of the executable file
	Config     string   `json:"config"`           // of the configuration that nodes share, with what the environment overrides
	Limits     string   `json:"limits"`           // of [limits] and its documents, whatever of them holds now
	Regime     string   `json:"regime"`           // of dated rules and regulatory fees
	Dictionary string   `json:"dictionary"`       // of the FIX dictionaries in the binary
	Models     []string `json:"models,omitempty"` // ids of those that serve, "builtin" among them; ids are hashes already
}

// Of gives the facts of a configuration with a build, such as Build's, without models.
func Of(f *config.File, build string) (Facts, error) {
	out := Facts{Build: build}
	limits := struct {
		Base      any
		Documents []config.LimitDocument
	}{f.Limits, slices.Clone(f.LimitFiles)}
	for i := range limits.Documents {
		limits.Documents[i].Path = "" // where a node keeps it is its own
	}
	for _, part := range []struct {
		into *string
		of   any
	}{{&out.Config, shared(f)}, {&out.Limits, limits}, {&out.Regime, struct{ Regimes, Regulatory any }{f.Regimes, f.Regulatory}}} {
		b, err := json.Marshal(part.of)
		if err != nil {
			return out, fmt.Errorf("attest: %w", err)
		}
		*part.into = sum(b)
	}
	var err error
	out.Dictionary, err = dictionaries()
	return out, err
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// Build hashes the executable of this process: the one that runs, also where another has taken its place on disk. It reads
// some 60 MB.
func Build() (string, error) {
	path := "/proc/self/exe"
	if _, err := os.Stat(path); err != nil {
		if path, err = os.Executable(); err != nil {
			return "", fmt.Errorf("attest: the executable: %w", err)
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("attest: the executable: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("attest: the executable: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func dictionaries() (string, error) {
	all := dictionary.Transport()
	for _, version := range []config.Version{config.FIX42, config.FIX44, config.FIX50} {
		b, err := dictionary.Bytes(version.BeginString())
		if err != nil {
			return "", err
		}
		all = append(all, b...)
	}
	return sum(all), nil
}

// shared gives the part of a configuration that nodes have in common. A node's own are its name, seed, addresses on which
// it listens, its identity in sessions, secrets, and where files lie; limits and rules have hashes of their own. What
// `sluice venues` simulates is no router's.
func shared(f *config.File) *config.File {
	c := *f
	c.Path, c.Limits, c.LimitFiles, c.Regimes, c.Regulatory, c.Market = "", config.File{}.Limits, nil, nil, nil, config.Market{}
	c.Router = config.Router{RiskMonitor: f.Router.RiskMonitor, HTTPOpen: f.Router.HTTPOpen}
	c.Journal.ArchiveDir = ""
	c.Models = config.Models{CanaryShare: f.Models.CanaryShare}
	c.Attest = config.Attest{}
	c.FIX.ListenAddr, c.FIX.CompID, c.FIX.TLS, c.FIX.Allow = "", "", manner(f.FIX.TLS), nil // who reaches a node depends on where it stands
	c.FIX.DropCopies = slices.Clone(f.FIX.DropCopies)
	for i := range c.FIX.DropCopies {
		c.FIX.DropCopies[i].OurCompID = ""
	}
	c.Clients = slices.Clone(f.Clients)
	for i := range c.Clients {
		c.Clients[i].OurCompID = ""
	}
	c.Venues = slices.Clone(f.Venues)
	for i := range c.Venues {
		for _, s := range []*config.Session{&c.Venues[i].Orders, &c.Venues[i].MarketData} {
			s.OurCompID, s.Username, s.TLS = "", "", manner(s.TLS)
		}
	}
	return &c
}

// manner is how a session is secured, without the node's own files.
func manner(t config.TLS) config.TLS {
	return config.TLS{On: t.On, ServerName: t.ServerName, Waiver: t.Waiver}
}
