package config

import _ "embed"

//go:embed example.toml
var example string

// Example gives a commented configuration that loads: venues of all five types on loopback, two instruments, two
// clients. `sluice route --example` prints it.
func Example() string { return example }
