// Package metrics is the router's Prometheus metrics, a projection of the journal with a few gauges of the process.
//
//	m := metrics.New()
//	m.Apply(metrics.Record{Seq: …, At: …, Body: …})   // every record, in order, from one goroutine
//	m.WatchJournal(j); m.WatchChildren(v); m.WatchSession(venue, stats)   // read at every scrape
//	m.SetProjectionLag("store", lag); m.SetClockOffset(d)
//	metrics.Serve(ctx, listener, m.Handler())   // /metrics, /debug/pprof/, /healthz; loopback only (SEC-09)
//
// The registry is our own, made by New. Names are those of the operations manual (MET-01 to MET-16) with the prefix
// sluice_; units are seconds, bytes, shares and dollars. Labels are bounded: venues by the venue table, rules and
// reasons by a limit of their number, after which they count as "other". No label names a client or an order.
//
// files has what operators load elsewhere: dashboard.json for Grafana, alerts.yml for Prometheus with its tests, and runbooks.md with a
// section for each alert. Tests hold them to the metrics that there are.
package metrics
