// Package scenario is simulated markets as files: venues, agents, the work, and what changes while it runs. A file is read by
// [Parse], a market drawn from documented ranges by [Random]; both give a [Scenario], from which a market and its work come:
//
//	s, err := scenario.Parse("scenarios/balanced.toml", data)
//	start := s.Start(seed)
//	m, err := sim.New(s.Config(seed, start))  // with the caller's callbacks set in it
//	err = s.Populate(m, seed)                 // agents, and the changes at their times
//	for w := s.Work(seed); ; {
//		p, ok := w.Next()                     // arrives p.At ns after start
//		...
//	}
//
// The work of a seed is the same for every policy, and so is what the agents would do if nobody else traded. The venues'
// public description is in Scenario.Venues, with the desk's stale beliefs as History; rules, latency and agents are hidden
// from policies.
//
// scenarios/balanced.toml explains every key. field.go lists the agents' parameters; a new field of sim.Flow or
// sim.VenueFlow needs a line there, and a test says so.
//
// The package is pure, as package sim is.
package scenario
