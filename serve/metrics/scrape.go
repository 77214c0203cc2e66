package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-sor/sluice/internal/journal"
)

// Journal is what a scrape asks of the journal; *journal.Journal is one.
type Journal interface {
	Stats() journal.Stats
	Space() (free, total int64, err error)
}

// Children is what a scrape asks of the view; *view.View is one.
type Children interface {
	Working() (children, inDoubt int)
	Orphans() int
}

// SessionStats is what a FIX session has done since its start. Counters only grow.
type SessionStats struct {
	Sent    uint64            // application messages that reached the socket
	Refused uint64            // messages that we did not send
	Stale   uint64            // orders of the past that a peer asked for and did not get (MET-08)
	Queued  int               // messages that wait (MET-06)
	Paced   journal.Histogram // how long messages waited for the pace (MET-06)
	Unread  time.Duration     // for how long the peer has not read on (MET-05)
	Drops   map[string]uint64 // connections closed by the wire guard, by rule (MET-07)
}

type watchedSession struct {
	venue string
	stats func() SessionStats
}

// WatchSession adds a session's figures to every scrape. venue is its venue's name, "" for a client's session; all
// clients' sessions count as one.
func (m *Metrics) WatchSession(venue string, stats func() SessionStats) {
	if venue == "" {
		venue = "clients"
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions = append(m.sessions, watchedSession{venue, stats})
}

func desc(name, help string, label ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, label, nil)
}

// scraped collects the sessions' figures and the model's age.
type scraped struct{ m *Metrics }

// Describe implements prometheus.Collector; no description makes it an unchecked one.
func (*scraped) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (s *scraped) Collect(out chan<- prometheus.Metric) {
	m := s.m
	m.mu.Lock()
	at, activated, sessions := m.at, m.activated, m.sessions
	m.mu.Unlock()
	if activated > 0 {
		out <- prometheus.MustNewConstMetric(desc("model_age_seconds", "Time since the model was activated (MET-12)."), prometheus.GaugeValue,
			float64(at.Sub(activated))/1e9)
	}
	sums := map[string]*SessionStats{}
	var names []string
	for _, w := range sessions {
		sum := sums[w.venue]
		if sum == nil {
			sum = &SessionStats{Drops: map[string]uint64{}}
			sums[w.venue] = sum
			names = append(names, w.venue)
		}
		sum.add(w.stats())
	}
	for _, name := range names {
		sums[name].collect(name, out)
	}
}

func (s *SessionStats) add(o SessionStats) {
	s.Sent += o.Sent
	s.Refused += o.Refused
	s.Stale += o.Stale
	s.Queued += o.Queued
	s.Paced.Add(o.Paced)
	s.Unread = max(s.Unread, o.Unread)
	for rule, n := range o.Drops {
		s.Drops[rule] += n
	}
}

func (s *SessionStats) collect(venue string, out chan<- prometheus.Metric) {
	count := func(name, help string, n uint64) {
		out <- prometheus.MustNewConstMetric(desc(name, help, "venue"), prometheus.CounterValue, float64(n), venue)
	}
	count("fix_sent_total", "Application messages that reached the socket.", s.Sent)
	count("fix_refused_total", "Messages that were not sent.", s.Refused)
	count("fix_stale_replay_blocked_total", "Orders that the peer asked to have again and did not get: no order of the past goes out (MET-08).", s.Stale)
	out <- prometheus.MustNewConstMetric(desc("fix_out_queue", "Messages that wait to be sent (MET-06).", "venue"), prometheus.GaugeValue, float64(s.Queued), venue)
	out <- prometheus.MustNewConstMetric(desc("fix_unread_peer_seconds", "For how long the peer has read nothing of what was written to it, at most of the sessions (MET-05).", "venue"),
		prometheus.GaugeValue, s.Unread.Seconds(), venue)
	out <- prometheus.MustNewConstHistogram(desc("fix_pace_wait_seconds", "How long the messages that had to wait for the venue's pace waited (MET-06).", "venue"),
		s.Paced.Count, s.Paced.Sum.Seconds(), bounds(&s.Paced, 4), venue)
	admitted := newLabels()
	drops := map[string]uint64{}
	for rule, n := range s.Drops {
		drops[admitted.of(rule)] += n
	}
	for rule, n := range drops {
		out <- prometheus.MustNewConstMetric(desc("fix_guard_drops_total", "Connections closed by the wire guard (MET-07).", "venue", "rule"),
			prometheus.CounterValue, float64(n), venue, rule)
	}
}

// WatchChildren adds the number of working and of unknown children, and of orphans, to every scrape (MET-02).
func (m *Metrics) WatchChildren(c Children) {
	m.prefixed.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "working_children", Help: "Children at venues."},
			func() float64 { n, _ := c.Working(); return float64(n) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "unknown_children", Help: "Children in doubt (MET-02)."},
			func() float64 { _, n := c.Working(); return float64(n) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "orphans", Help: "Orders at venues that are not known here and that nobody has resolved (MET-02)."},
			func() float64 { return float64(c.Orphans()) }))
}

// WatchJournal adds the journal's figures to every scrape (MET-09).
func (m *Metrics) WatchJournal(j Journal) { m.prefixed.MustRegister(&journalCollector{j}) }

type journalCollector struct{ j Journal }

// Describe implements prometheus.Collector; no description makes it an unchecked one.
func (*journalCollector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c *journalCollector) Collect(out chan<- prometheus.Metric) {
	s := c.j.Stats()
	value := func(kind prometheus.ValueType, name, help string, v float64) {
		out <- prometheus.MustNewConstMetric(desc(name, help), kind, v)
	}
	value(prometheus.CounterValue, "journal_appended_total", "Records appended since the start.", float64(s.Appended))
	value(prometheus.CounterValue, "journal_stalls_total", "Appends that waited for a full commit (JRN-09).", float64(s.Stalls))
	value(prometheus.CounterValue, "journal_bytes_total", "Bytes of records written.", float64(s.Bytes))
	value(prometheus.GaugeValue, "journal_durable_seq", "Sequence number up to which records are durable.", float64(s.Durable))
	value(prometheus.GaugeValue, "journal_queued_bytes", "Bytes that wait for the next commit.", float64(s.Queued))
	value(prometheus.GaugeValue, "journal_segments", "Segments of the journal.", float64(s.Segments))
	if free, _, err := c.j.Space(); err == nil {
		value(prometheus.GaugeValue, "journal_free_bytes", "Free bytes of the journal's volume (MET-09).", float64(free))
	}
	out <- prometheus.MustNewConstHistogram(desc("journal_commit_seconds", "Append to durability of a commit's oldest record (MET-09)."),
		s.Commit.Count, s.Commit.Sum.Seconds(), bounds(&s.Commit, 4))
}

// bounds gives what lies below every so manieth bound of a histogram; of four, one a doubling.
func bounds(h *journal.Histogram, every int) map[float64]uint64 {
	buckets := map[float64]uint64{}
	var below uint64
	for i, n := range h.Buckets {
		below += n
		if i%every == 0 && i < len(h.Buckets)-1 {
			buckets[h.Bound(i).Seconds()] = below
		}
	}
	return buckets
}

// Delay is a measured way through the router: from what (a client's order, a venue's report) to where its first child was.
type Delay struct {
	From, To string
	Times    journal.Histogram
}

// WatchLadder adds the rung of the degrade ladder to every scrape (MET-15).
func (m *Metrics) WatchLadder(level func() float64) {
	m.prefixed.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "degrade_level",
		Help: "Rung of the degrade ladder: 0 learned, 1 frozen, 2 static, 3 passive, 4 cancel all (MET-15)."}, level))
}

// WatchLearner adds how far the learner is behind to every scrape (MET-12).
func (m *Metrics) WatchLearner(behind func() int) {
	m.prefixed.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "learner_lag",
		Help: "Events in the journal that the engine, and the learner with it, has not taken yet (MET-12)."}, func() float64 { return float64(behind()) }))
}

// WatchSelfTest adds whether every control refused in the last self-test to every scrape (MET-15, RISK-14).
func (m *Metrics) WatchSelfTest(ok func() bool) {
	m.prefixed.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "selftest_ok",
		Help: "1 while every control refused its violating order in the last self-test (MET-15, RISK-14)."}, func() float64 {
		if ok() {
			return 1
		}
		return 0
	}))
}

// WatchDelays adds how long first children take to every scrape (LOAD-07).
func (m *Metrics) WatchDelays(ask func() []Delay) { m.prefixed.MustRegister(delayCollector(ask)) }

type delayCollector func() []Delay

// Describe implements prometheus.Collector; no description makes it an unchecked one.
func (delayCollector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c delayCollector) Collect(out chan<- prometheus.Metric) {
	for _, d := range c() {
		out <- prometheus.MustNewConstHistogram(desc("first_child_seconds", "From an order or a report to its first new child (LOAD-07).", "from", "to"),
			d.Times.Count, d.Times.Sum.Seconds(), bounds(&d.Times, 2), d.From, d.To)
	}
}

// GateTime is how long a stage of the pre-trade checks takes for a child.
type GateTime struct {
	Stage string
	Times journal.Histogram
}

// WatchGate adds how long the pre-trade checks take to every scrape (MET-11).
func (m *Metrics) WatchGate(ask func() []GateTime) { m.prefixed.MustRegister(gateCollector(ask)) }

type gateCollector func() []GateTime

// Describe implements prometheus.Collector; no description makes it an unchecked one.
func (gateCollector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector. A bound at every step: the limit of 5 us lies between two doublings.
func (c gateCollector) Collect(out chan<- prometheus.Metric) {
	for _, g := range c() {
		out <- prometheus.MustNewConstHistogram(desc("gate_seconds", "How long the checks of a child order take: a sample in the allocator, all at the send point (MET-11).", "stage"),
			g.Times.Count, g.Times.Sum.Seconds(), bounds(&g.Times, 1), g.Stage)
	}
}
