package metrics

import (
	"context"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/loopback"
)

// Metrics is one registry and what feeds it. Apply is for one goroutine; the rest is safe for any number.
type Metrics struct {
	registry *prometheus.Registry
	prefixed prometheus.Registerer
	set      set
	names    []string // venues by id
	rules    labels
	codes    labels
	reasons  labels
	denials  labels
	probs    window
	clients  map[string]bool // sessions that are up; the names go nowhere
	halts    map[scope]bool
	asked    event.Asked
	fill     fill

	mu        sync.Mutex // guards what a scrape reads
	at        market.Time
	activated market.Time
	sessions  []watchedSession
	notReady  func() string // nil: nobody says yet
}

// set is the instruments.
type set struct {
	records, decisions, outcomes, alerts, gateRejects, fallbacks, denied *prometheus.CounterVec
	sent, sentShares, fills, shares, rejects, models                     *prometheus.CounterVec
	fees, notional                                                       *prometheus.GaugeVec
	invariants, conflicts, orphans, parents, reports                     prometheus.Counter
	duplicates, overfills                                                prometheus.Counter
	explored, void, refused                                              prometheus.Counter
	held, dayLoss, dayLossDollars                                        prometheus.Gauge
	exploreCost, exploreCut                                              prometheus.Counter
	sessionState, lag                                                    *prometheus.GaugeVec
	clientsUp, kill, learnerShare, propensityMin, clock                  prometheus.Gauge
	roundTrip, bookAge                                                   *prometheus.HistogramVec
}

// New gives metrics with a registry of their own, the Go runtime's and the process's among them (MET-16).
func New() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), rules: newLabels(), codes: newLabels(), reasons: newLabels(), denials: newLabels(),
		clients: map[string]bool{}, halts: map[scope]bool{}}
	m.prefixed = prometheus.WrapRegistererWithPrefix("sluice_", m.registry)
	m.prefixed.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.set = m.instruments()
	m.prefixed.MustRegister(&scraped{m})
	return m
}

func (m *Metrics) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	m.prefixed.MustRegister(c)
	return c
}

func (m *Metrics) counters(name, help string, label ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, label)
	m.prefixed.MustRegister(c)
	return c
}

func (m *Metrics) gauge(name, help string) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	m.prefixed.MustRegister(g)
	return g
}

func (m *Metrics) gauges(name, help string, label ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, label)
	m.prefixed.MustRegister(g)
	return g
}

func (m *Metrics) histograms(name, help string, buckets []float64, label ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, label)
	m.prefixed.MustRegister(h)
	return h
}

func (m *Metrics) instruments() set {
	return set{
		invariants:     m.counter("invariant_violations_total", "Alerts of an order invariant (MET-01)."),
		orphans:        m.counter("orphans_total", "Reports of orders that are not ours (MET-02)."),
		conflicts:      m.counter("er_conflicts_total", "Executions reported again with other content (MET-03)."),
		duplicates:     m.counter("er_duplicates_total", "Executions reported again, which booked nothing (MET-04)."),
		overfills:      m.counter("overfill_prevented_total", "Orders and replaces that the last gate's own count of shares kept from the wire (MET-03, RISK-01)."),
		alerts:         m.counters("alerts_total", "Alerts raised.", "severity", "code"),
		sessionState:   m.gauges("fix_session_state", "1 while a venue's order session is logged on (MET-05).", "venue"),
		clientsUp:      m.gauge("fix_clients_up", "Client sessions that are logged on (MET-05)."),
		lag:            m.gauges("projection_lag_seconds", "How far a projection is behind the journal (MET-10).", "projection"),
		gateRejects:    m.counters("gate_reject_total", "Parents refused, by rule (MET-11).", "rule"),
		fallbacks:      m.counters("model_fallback_total", "Decisions in which the learner's plan was vetoed (MET-12).", "reason"),
		models:         m.counters("model_changes_total", "Changes of the models in force: cuts, activations, demotions, refusals (MET-12).", "what"),
		propensityMin:  m.gauge("propensity_min", "Smallest probability of a drawn plan in the last 1000 decisions (MET-12)."),
		held:           m.gauge("learner_held", "1 while the learner's share of flow is held until a person releases it (SAF-04)."),
		dayLoss:        m.gauge("learner_day_loss_bps", "What following the learner cost over static today, of what was filled; every hundred outcomes (SAF-04)."),
		dayLossDollars: m.gauge("learner_day_loss_dollars", "The same in dollars."),
		learnerShare:   m.gauge("learner_share", "Share of flow that follows the learner."),
		bookAge: m.histograms("md_book_age_seconds", "Age of the books that decisions weighed (MET-13).",
			[]float64{.001, .005, .02, .05, .1, .25, .5, 1, 2, 5}, "venue"),
		clock:       m.gauge("clock_offset_seconds", "The system's clock less the engine's, which follows no step of it (MET-14, SUP-04)."),
		kill:        m.gauge("kill_active", "Halts in force (MET-15)."),
		records:     m.counters("journal_records_total", "Records applied by this projection.", "class"),
		parents:     m.counter("parents_received_total", "Parent orders received."),
		reports:     m.counter("venue_reports_total", "Venues' reports on child orders."),
		decisions:   m.counters("decisions_total", "Decisions, by stage of the pecking order.", "stage"),
		explored:    m.counter("decisions_explored_total", "Decisions that drew neither the static nor the cheapest plan."),
		exploreCost: m.counter("explore_cost_dollars_total", "What exploring was expected to cost over the cheapest plans."),
		exploreCut:  m.counter("explore_cut_total", "Decisions that explored less than they would have, because the exploration budget was used up."),
		void:        m.counter("decisions_void_total", "Decisions changed after sampling."),
		outcomes:    m.counters("outcomes_total", "Outcomes recorded, by kind.", "kind"),
		refused:     m.counter("outcomes_refused_total", "Outcomes that the learner did not take."),
		sent:        m.counters("children_sent_total", "Child orders decided.", "venue"),
		sentShares:  m.counters("children_sent_shares_total", "Shares of child orders decided.", "venue"),
		fills:       m.counters("executions_total", "Executions booked.", "venue"),
		shares:      m.counters("executed_shares_total", "Shares executed; busts are not taken away.", "venue"),
		denied:      m.counters("children_denied_total", "Child orders, and requests about them (replaces and cancels), that were decided and not sent, by reason.", "what", "reason"),
		rejects:     m.counters("children_rejected_total", "Child orders refused by the venue.", "venue"),
		notional:    m.gauges("executed_dollars", "Notional executed since the start of the journal.", "venue"),
		fees:        m.gauges("fees_dollars", "Venues' charges less rebates since the start of the journal.", "venue"),
		roundTrip: m.histograms("venue_round_trip_seconds", "Time from an order to its answer.",
			[]float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .5, 2}, "venue"),
	}
}

// Gatherer gives the registry, for tests and for a process that pushes.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }

// Handler serves /metrics, /debug/pprof/, /healthz (the process lives) and /readyz (it takes orders) to this machine.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", m.readyz)
	return loopback.Guard(mux)
}

// Serve answers on ln until ctx ends.
func Serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	return loopback.Serve(ctx, ln, h)
}

// SetProjectionLag tells how many seconds a projection ("store", "view") is behind the journal.
func (m *Metrics) SetProjectionLag(projection string, seconds float64) {
	m.set.lag.WithLabelValues(projection).Set(seconds)
}

// SetClockOffset tells by how many seconds our clock differs from its reference.
func (m *Metrics) SetClockOffset(seconds float64) { m.set.clock.Set(seconds) }
