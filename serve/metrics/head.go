package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Head is how the telling of the audit log's head to one who keeps it goes (SEC-05).
type Head struct {
	To       string // store or syslog
	Failing  bool   // the last time it was not taken
	Failures uint64
	At       time.Time // when it was last taken; zero: not since the start
}

// WatchHeads adds who keeps the audit log's head to every scrape.
func (m *Metrics) WatchHeads(ask func() []Head) { m.prefixed.MustRegister(headCollector(ask)) }

type headCollector func() []Head

// Describe implements prometheus.Collector; no description makes it an unchecked one.
func (headCollector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c headCollector) Collect(out chan<- prometheus.Metric) {
	for _, h := range c() {
		failing, at := 0., 0.
		if h.Failing {
			failing = 1
		}
		if !h.At.IsZero() {
			at = float64(h.At.UnixNano()) / 1e9
		}
		out <- prometheus.MustNewConstMetric(desc("audit_head_failing", "1 while the last head of the audit log was not taken by who keeps it (SEC-05).", "to"),
			prometheus.GaugeValue, failing, h.To)
		out <- prometheus.MustNewConstMetric(desc("audit_head_failures_total", "Heads of the audit log that were not taken (SEC-05).", "to"),
			prometheus.CounterValue, float64(h.Failures), h.To)
		out <- prometheus.MustNewConstMetric(desc("audit_head_taken_timestamp_seconds", "When a head of the audit log was last taken; 0: not since the start (SEC-05).", "to"),
			prometheus.GaugeValue, at, h.To)
	}
}
