// Package table reads a TOML file table by table and key by key: every problem of the file at once, each with the file, the
// key and the remedy; a key that nobody asks for is a problem too, with the nearest known one. It reads bytes, not files.
//
//	root, err := table.Read("scenario.toml", data) // err: what is not TOML
//	v := root.Sub("venue")
//	v.Text("name", &name)                          // leaves name as it is if the key is absent
//	v.Done()                                       // reports unknown keys
//	err = root.In.Problems.OrNil()
//
// venue.go has the tables that a router's configuration and a scenario share: a venue's public description and an
// instrument.
package table
