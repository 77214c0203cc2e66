// Package doctor checks a configuration and the machine it is to run on, before the router does, and says what to mend.
//
//	report := doctor.Run(ctx, doctor.Options{Path: "sluice.toml", OpenStore: open})
//	report.Text(os.Stdout); report.Failed()
//
// It changes nothing that stays, but for what OpenStore does to a store that is there: it makes a file in the journal's
// directory and removes it, listens on each port for a moment, and connects to each venue without logging on. The journal
// of a router that does not run is read through. Beside a running router it warns that the journal and the ports are taken
// instead of failing, and asks the router on its socket.
package doctor
