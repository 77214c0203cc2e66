// Package venues puts the simulated market behind FIX: an order session and a market-data session a venue, in wall-clock
// time. It joins internal/sim, which knows no FIX, to fixgw, which knows no market.
//
//	x, err := venues.Open(file, venues.Options{Log: log})   // market built, port open
//	x.Start(); …; x.Close()
//	x.Truth()                                              // every order as the venues have it: what tests compare with
//
// One goroutine owns the market; requests reach it through a bounded queue, and a full queue makes the session wait.
package venues
