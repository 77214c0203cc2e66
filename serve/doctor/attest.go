package doctor

import (
	"strings"

	"github.com/sluice-sor/sluice/serve/attest"
)

// attest holds this binary and this configuration against the fleet's manifest (OPS-01). Models are the running router's to
// compare.
func (d *doctor) attest() {
	build, err := attest.Build()
	var facts attest.Facts
	if err == nil {
		facts, err = attest.Of(d.file, build)
	}
	if err != nil {
		d.report.add("attestation", Fail, "let the user that runs this read the program's file", "%v", err)
		return
	}
	hashes := "build " + attest.Short(facts.Build) + ", config " + attest.Short(facts.Config) + ", limits " + attest.Short(facts.Limits) +
		", regime " + attest.Short(facts.Regime) + ", dictionary " + attest.Short(facts.Dictionary)
	path := d.file.Attest.ManifestFile
	if path == "" {
		d.report.add("attestation", OK, "", "%s; attest.manifest_file names nothing to compare with", hashes)
		return
	}
	m, err := attest.Read(path)
	if err != nil {
		d.report.add("attestation", Fail, "write it with `sluice attest -c "+d.Path+"` on a node that is right, or mend attest.manifest_file", "no orders would be taken: %v", err)
		return
	}
	if different := m.Differences(&facts); len(different) > 0 {
		d.report.add("attestation", Fail, "deploy what the manifest names; if this node is right, add its hashes to "+path+" on every node", "no orders would be taken: %s", strings.Join(different, "; "))
		return
	}
	d.report.add("attestation", OK, "", "%s, as %s has them", hashes, path)
}
