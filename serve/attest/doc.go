// Package attest says what a router runs, as one hash a part, and holds it against a manifest that every node of a fleet
// shares (OPS-01): the node that missed a deployment takes no orders (INC-01).
//
//	facts, err := attest.Of(file, build)        // configuration, limits, regime, dictionary
//	facts.Models = []string{"20261128-1a2b"}    // what serves is the running router's to say
//	m, err := attest.Read("fleet.toml")         // what the fleet is to run
//	for _, d := range m.Differences(&facts) {…} // none: this node may take orders
package attest
