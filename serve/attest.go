package serve

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/serve/attest"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/ladder"
	"github.com/sluice-sor/sluice/serve/metrics"
)

// attestEvery is how often the router is held against its fleet's manifest: a difference must be found within 5 s (OPS-04).
const attestEvery = 2 * time.Second

// attested is what the router runs and how it differs from what its fleet is to run (OPS-01).
type attested struct {
	mu        sync.Mutex
	of        *config.File // whose limits the facts are of; the rest is the router's own file
	facts     attest.Facts
	manifest  string
	different []string
	err       error // the facts could not be made
}

// Attestation is what an API's reader is told.
type Attestation struct {
	attest.Facts
	Manifest    string   `json:"manifest,omitempty"` // its file; empty: nothing is compared
	Differences []string `json:"differences"`        // in words; none: the node is one of its fleet
	Ready       bool     `json:"ready"`              // the router takes orders
	Why         string   `json:"why,omitempty"`      // it does not
}

// attestFirst holds the router against its manifest before any session is up.
func (r *Router) attestFirst() {
	build, err := attest.Build()
	r.attested.mu.Lock()
	r.attested.manifest, r.attested.facts.Build, r.attested.err = r.file.Attest.ManifestFile, build, err
	r.attested.mu.Unlock()
	r.attestNow()
}

// followManifest goes on with it until ctx ends: limits, models and the manifest itself change while the router runs.
func (r *Router) followManifest(ctx context.Context) {
	tick := time.NewTicker(attestEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.attestNow()
		}
	}
}

// attestNow compares once, and tells the engine and people of a change. Facts that cannot be made are a difference too.
func (r *Router) attestNow() {
	a := &r.attested
	a.mu.Lock()
	defer a.mu.Unlock()
	r.makeFacts()
	if a.manifest == "" {
		return
	}
	var different []string
	m, err := attest.Read(a.manifest)
	switch {
	case err != nil:
		different = []string{"the manifest cannot be read: " + err.Error()}
	case a.err != nil:
		different = []string{a.err.Error()}
	default:
		different = m.Differences(&a.facts)
	}
	if slices.Equal(different, a.different) {
		return
	}
	a.different = different
	text := strings.Join(different, "; ")
	r.shard.Attest(text)
	if text != "" {
		r.log.Error("the router is not ready: it does not run what its fleet's manifest names, and takes no new orders (OPS-01); deploy what is named, or mend the manifest",
			"manifest", a.manifest, "differences", text)
		return
	}
	r.log.Warn("the router runs what its fleet's manifest names", "manifest", a.manifest)
}

// makeFacts makes anew what may have changed; the lock is held.
func (r *Router) makeFacts() {
	a := &r.attested
	if limits, _ := r.documents.get(); limits != a.of && a.facts.Build != "" {
		file := *r.file
		file.Limits, file.LimitFiles = limits.Limits, limits.LimitFiles
		a.facts, a.err = attest.Of(&file, a.facts.Build)
		a.of = limits
	}
	p := r.models.Places()
	a.facts.Models = slices.DeleteFunc([]string{p.Serving, p.Beside}, func(id string) bool { return id == "" })
}

// Attestation says what the router runs and whether it takes orders.
func (r *Router) Attestation() Attestation {
	why := r.NotReady()
	a := &r.attested
	a.mu.Lock()
	defer a.mu.Unlock()
	out := Attestation{Facts: a.facts, Manifest: a.manifest, Differences: slices.Clone(a.different), Ready: why == "", Why: why}
	if out.Differences == nil {
		out.Differences = []string{}
	}
	out.Models = slices.Clone(out.Models)
	return out
}

// NotReady gives why the router takes no orders, "" if it does: a control that does not refuse, another build or
// configuration than its fleet's, a rung of the ladder, which nobody knows before the journal is read.
func (r *Router) NotReady() string {
	var why []string
	if !r.past.Load() {
		why = append(why, "it starts: how it stood is read from its journal")
	}
	for _, f := range r.Faults() {
		why = append(why, "RISK-14: "+f.String())
	}
	r.attested.mu.Lock()
	for _, d := range r.attested.different {
		why = append(why, "OPS-01: "+d)
	}
	r.attested.mu.Unlock()
	if level, text := r.ladder.Level(); level >= ladder.Passive {
		why = append(why, "OPS-04: "+text)
	}
	return strings.Join(why, "; ")
}

// attestation answers GET /api/v1/attestation.
func (r *Router) attestation(*http.Request) (any, int, error) { return r.Attestation(), 0, nil }

// attestationLabels is what metrics show of it.
func (r *Router) attestationLabels() metrics.Attestation {
	a := &r.attested
	a.mu.Lock()
	defer a.mu.Unlock()
	f := &a.facts
	out := metrics.Attestation{Build: attest.Short(f.Build), Config: attest.Short(f.Config), Limits: attest.Short(f.Limits), Regime: attest.Short(f.Regime),
		Dictionary: attest.Short(f.Dictionary), Agrees: len(a.different) == 0}
	if len(f.Models) > 0 {
		out.Model = attest.Short(f.Models[0])
	}
	return out
}
