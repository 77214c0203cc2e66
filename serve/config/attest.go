package config

// Attest says what this node is held against (OPS-01).
type Attest struct {
	ManifestFile string // what every node of the fleet runs, as `sluice attest` writes it; empty = nothing is compared
}

// attest reads where the fleet's manifest is. It is read by the router, again and again: one that cannot be read keeps new
// orders out, and not the router from what works.
func (s *section) attest() Attest {
	var a Attest
	s.optionalPath("manifest_file", &a.ManifestFile)
	s.Done()
	return a
}
