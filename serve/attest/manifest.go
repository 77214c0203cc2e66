package attest

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/table"
)

// Manifest says what a fleet is to run. Each part lists every hash that is right, so that a deployment node by node has the
// old and the new one for its time (OPS-07); an empty list leaves a part out of the comparison.
type Manifest struct {
	Build, Config, Limits, Regime, Dictionary, Models []string
}

// maxManifest bounds a manifest's file: 64 hashes of each part are less than 32 kB.
const maxManifest = 256 << 10

// Read reads a manifest. All that is wrong with it is reported at once, as table.Problems.
func Read(path string) (*Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxManifest {
		return nil, table.Problems{{File: path, Wrong: "has more than 256 kB", Remedy: "a manifest is what `sluice attest` writes: is it the right file?"}}
	}
	s, err := table.Read(path, b)
	if err != nil {
		return nil, err
	}
	var m Manifest
	for _, p := range m.parts() {
		s.Texts(p.key, p.into)
		for _, hash := range *p.into {
			if p.key != "models" && (len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "") {
				s.Problem(p.key, fmt.Sprintf("has %q", hash), "want 64 hexadecimal digits, as `sluice attest` prints them")
			}
		}
	}
	if len(s.In.Problems) == 0 && m.empty() {
		s.Problem("build", "and every other part is left out: nothing would be compared", "write the file with `sluice attest -c FILE`")
	}
	s.Done()
	if err := s.In.Problems.OrNil(); err != nil {
		return nil, err
	}
	return &m, nil
}

type part struct {
	key  string
	into *[]string
}

func (m *Manifest) parts() []part {
	return []part{{"build", &m.Build}, {"config", &m.Config}, {"limits", &m.Limits}, {"regime", &m.Regime}, {"dictionary", &m.Dictionary}, {"models", &m.Models}}
}

func (m *Manifest) empty() bool {
	return !slices.ContainsFunc(m.parts(), func(p part) bool { return len(*p.into) > 0 })
}

// Differences names each part in which facts are not what the manifest says; none, and the node is one of the fleet.
func (m *Manifest) Differences(f *Facts) (out []string) {
	for _, p := range []struct {
		name string
		want []string
		got  []string
	}{
		{"build", m.Build, []string{f.Build}}, {"config", m.Config, []string{f.Config}}, {"limits", m.Limits, []string{f.Limits}},
		{"regime", m.Regime, []string{f.Regime}}, {"dictionary", m.Dictionary, []string{f.Dictionary}}, {"models", m.Models, f.Models},
	} {
		for _, got := range p.got {
			if len(p.want) > 0 && !slices.Contains(p.want, got) {
				out = append(out, fmt.Sprintf("%s is %s, the manifest has %s", p.name, Short(got), shorts(p.want)))
			}
		}
	}
	return out
}

// shortHash is how many digits of a hash are shown: 48 bits tell the builds of a desk's life apart.
const shortHash = 12

// Short gives the beginning of a hash, for people and for labels; what is shorter is whole.
func Short(hash string) string { return hash[:min(len(hash), shortHash)] }

func shorts(hashes []string) string {
	var out []string
	for _, h := range hashes {
		out = append(out, Short(h))
	}
	return strings.Join(out, " or ")
}

// Write writes facts as a manifest that has them and nothing else; who says whose they are.
func Write(w io.Writer, f *Facts, who string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# What every router of the fleet runs, as of %s. A node that differs takes no orders (OPS-01).\n"+
		"# Add the new hash beside the old one before a deployment, and take the old one out after it.\n", who)
	models := f.Models
	if models == nil {
		models = []string{}
	}
	for _, p := range []struct {
		key    string
		hashes []string
	}{{"build", []string{f.Build}}, {"config", []string{f.Config}}, {"limits", []string{f.Limits}}, {"regime", []string{f.Regime}},
		{"dictionary", []string{f.Dictionary}}, {"models", models}} {
		fmt.Fprintf(&b, "%-10s = [", p.key)
		for i, h := range p.hashes {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%q", h)
		}
		b.WriteString("]\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
