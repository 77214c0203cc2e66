package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
)

// Attestation is the beginnings of the hashes of what the router runs (OPS-01). A scrape has one series of them, so that a
// fleet's are counted: more than one value of a label is a node that missed a deployment.
type Attestation struct {
	Build, Config, Limits, Regime, Model, Dictionary string
	Agrees                                           bool // with its fleet's manifest, or it has none
}

// WatchAttestation adds what the router runs to every scrape.
func (m *Metrics) WatchAttestation(ask func() Attestation) {
	m.prefixed.MustRegister(attestationCollector(ask))
}

type attestationCollector func() Attestation

// Describe implements prometheus.Collector; no description makes it an unchecked one.
func (attestationCollector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c attestationCollector) Collect(out chan<- prometheus.Metric) {
	a := c()
	out <- prometheus.MustNewConstMetric(desc("attestation_info", "Hashes of what runs, 12 digits of each; always 1 (OPS-01).", "build", "config", "limits", "regime", "model", "dictionary"),
		prometheus.GaugeValue, 1, a.Build, a.Config, a.Limits, a.Regime, a.Model, a.Dictionary)
	agrees := 0.
	if a.Agrees {
		agrees = 1
	}
	out <- prometheus.MustNewConstMetric(desc("attested", "1 while the router runs what its fleet's manifest names, or has none (OPS-01)."), prometheus.GaugeValue, agrees)
}

// WatchReady lets /readyz say whether the router takes orders: not ready is status 503 with the reasons, for load balancers,
// deployments and people.
func (m *Metrics) WatchReady(notReady func() string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notReady = notReady
}

func (m *Metrics) readyz(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	ask := m.notReady
	m.mu.Unlock()
	if ask == nil {
		http.Error(w, "not ready: the router starts", http.StatusServiceUnavailable)
		return
	}
	if why := ask(); why != "" {
		http.Error(w, "not ready: "+why, http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n")) // the reader is gone if it fails
}
