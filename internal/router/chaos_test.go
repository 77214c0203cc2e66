package router

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
)

// chaos is one random world: an engine, its clients, its venues and what is on its way between them. What venues really
// have is in orders; what is on its way lies in out (commands not yet durable or handed over) and wire (reports). All it
// does follows from its seed.
type chaos struct {
	seed  uint64
	rng   *rand.Rand
	kind  nature
	cfg   Config
	e     *Engine
	gate  *risk.LastGate
	model *model
	cover *coverage

	seq      uint64
	clock    market.Time // the machine's, which may be stepped
	now      market.Time // of the last event: never less than the one before, as the shard has it
	timer    market.Time
	events   []event.Event
	hash     logHash
	commands uint64
	marks    []logHash // after each event, to find where a replay parts
	trace    []string  // of the last events, when one world runs alone

	models [][]byte // see artifacts
	out    []event.Body
	wire   []inFlight
	gone   []inFlight // lost at a disconnect and not sent again by itself
	down   [market.MaxVenues]bool
	storm  [market.MaxVenues]market.Time // everything is refused until then
	orders map[order.ChildID]*venueOrder
	ids    []order.ChildID
	execs  int

	clients         []clientBook
	parents         map[order.ParentID]*worldParent
	born            int // parents that clients sent
	lastReport      uint64
	revisions, told int // of executions: by venues, to clients
	halted          bool
	degraded        uint8
	lawful          bool // from now on every venue answers at once and does what is asked
	mids            [2]market.Price

	touchedParents  []*worldParent
	touchedChildren []order.ChildID
}

// nature is what kind of world a seed makes: its size, and how often what goes wrong.
type nature struct {
	turns, parents int
	hostile        bool // venues do what no lawful venue does
	journaled      bool // every event goes through its encoding, as a journal gives it back
	days           bool // the market has sessions; the world begins shortly before a close
	rests          bool // in the end what rests at a venue goes on resting
	whole          bool // the end is watched for long, and a day after it
	rate           [faults]float64
}

// venueOrder is an order as its venue has it.
type venueOrder struct {
	order.Child
	parent *worldParent
	amends
	known, done bool
	full        bool // done because it was filled
	paged       bool // a revision's execution did not come in time, or it counts otherwise for good: a person must look (ER-15, ER-21)
	cum         market.Qty
	booked      market.Qty // what the engine had filled when it was last looked at
	execs       []venueFill
}

type venueFill struct {
	id, last string // of the trade, and of its latest revision
	qty      market.Qty
	px       market.Price
	busted   bool
}

// worldParent is a parent as the world knows it.
type worldParent struct {
	id     order.ParentID
	odd    string     // its venues did what no lawful venue does, or revised
	may    market.Qty // what its venues may have filled in the end, at most
	booked market.Qty // sum of its orders' booked
	dirty  bool

	told     bool
	status   byte // what its client was told
	cum      market.Qty
	filled   market.Qty // sum of F − H, with corrections
	fills    map[uint64]market.Qty
	lastFill uint64 // the last report of a fill
}

// clientBook is what one client knows it sent.
type clientBook struct {
	name   string
	next   int
	orders []string // the last ClOrdID of each chain
	terms  map[string]order.Terms
}

// logHash is a running hash of a command log: the log's words, one by one, through a multiplication (as FNV does with
// bytes). Two machines that agree on it had the same commands (TEST-02).
type logHash uint64

func (h logHash) add(b []byte) logHash {
	const prime = 0x9E3779B97F4A7C15
	for ; len(b) >= 8; b = b[8:] {
		h = (h ^ logHash(binary.LittleEndian.Uint64(b))) * prime
		h ^= h >> 29
	}
	for _, c := range b {
		h = (h ^ logHash(c)) * prime
		h ^= h >> 29
	}
	return h
}

// command adds a command to the hash.
func (h logHash) command(cmd event.Body) logHash {
	return h.add(event.Append([]byte{byte(cmd.Kind()), byte(cmd.Kind() >> 8)}, cmd))
}

// broken is what a world that found a breach panics with.
type broken string

func (w *chaos) fail(format string, args ...any) { panic(broken(fmt.Sprintf(format, args...))) }

func newChaos(seed uint64, cover *coverage) *chaos {
	w := &chaos{seed: seed, rng: rand.New(rand.NewPCG(seed, 7)), e: New(), model: newModel(), clock: market.Time(1_700_000_000 * market.Second), cover: cover,
		orders: map[order.ChildID]*venueOrder{}, parents: map[order.ParentID]*worldParent{}, mids: [2]market.Price{50 * market.Dollar, 20 * market.Dollar}}
	w.kind = w.nature()
	w.cfg = w.config()
	if w.kind.days {
		w.sessions()
	}
	w.gate = risk.NewLastGate(w.cfg.Venues)
	for i := range 1 + w.rng.IntN(3) {
		w.clients = append(w.clients, clientBook{name: fmt.Sprint("EMS", i), terms: map[string]order.Terms{}})
	}
	return w
}

// nature draws the world's kind: most are small, because most races need no more than one parent and two venues, and
// some are large.
func (w *chaos) nature() (k nature) {
	switch size := w.rng.IntN(100); {
	case size < 85:
		k.parents, k.turns = 1+w.rng.IntN(4), 20+w.rng.IntN(60)
	case size < 98:
		k.parents, k.turns = 2+w.rng.IntN(12), 60+w.rng.IntN(140)
	default:
		k.parents, k.turns = 10+w.rng.IntN(50), 200+w.rng.IntN(200)
		if w.chance(10) {
			k.parents, k.turns = 100+w.rng.IntN(401), 500+w.rng.IntN(700)
		}
	}
	k.hostile, k.journaled, k.rests, k.whole, k.days = w.chance(60), w.chance(15), w.chance(50), w.chance(6), w.chance(8)
	for f := range k.rate {
		k.rate[f] = [...]float64{0, .3, 1, 1, 3}[w.rng.IntN(5)]
	}
	return k
}

// config draws 2 to 12 venues of every type, of which at least one displays, and what they can do.
func (w *chaos) config() Config {
	cfg := testConfig()
	rows := cfg.Venues
	cfg.Venues, cfg.Seed = nil, w.seed
	n := 2 + w.rng.IntN(3)
	if w.kind.turns > 80 {
		n = 2 + w.rng.IntN(11)
	}
	for i := range n {
		v := rows[w.rng.IntN(len(rows))]
		if i == n-1 && !slices.ContainsFunc(cfg.Venues, func(v market.Venue) bool { return v.Type.Displayed() }) {
			v = rows[venueLitX]
		}
		v.ID, v.Name, v.MIC = market.VenueID(i), fmt.Sprint(v.Name, i), fmt.Sprint(v.MIC, i)
		for _, c := range [...]market.Caps{market.CapStatus, market.CapMidpoint, market.CapMinQty, market.CapPostOnly, market.CapReplace, market.CapKeepsPriority} {
			if w.chance(12) {
				v.Caps &^= c
			}
		}
		if w.chance(10) {
			v.MaxQty = 300
		}
		if (w.seed+uint64(i))%4 == 0 { // no draw: the other worlds stay as they are
			v.Caps |= market.CapCancelAfterAck
		}
		cfg.Venues = append(cfg.Venues, v)
	}
	if w.chance(25) {
		two := cfg.Instruments[0]
		two.Symbol, two.PriorClose = "XYZ", w.mids[1]
		cfg.Instruments = append(cfg.Instruments, two)
	}
	cfg.Limits.MaxRepeats = 0 // quiet books and many orders: the throttle has a test of its own
	if w.baskets() {
		cfg.Limits.SoftParentMoney, cfg.Limits.SoftBasketMoney, cfg.Limits.SoftCollarBps = 400_000*market.Dollar, 2_000_000*market.Dollar, 20
	}
	cfg.Learning.Off = w.chance(25)
	if w.chance(50) {
		cfg.Clients = []ClientPolicy{{Name: "EMS0", Stay: w.chance(20), HideDark: w.chance(50), GraceNs: int64(w.rng.IntN(4)-1) * 5 * market.Second}}
	}
	return cfg
}

// chance is true in so many of a hundred cases.
func (w *chaos) chance(percent float64) bool { return w.rng.Float64()*100 < percent }

// goes reports whether fault f strikes now: in so many of a hundred cases in an average world, never once venues are lawful.
func (w *chaos) goes(f fault, percent float64) bool {
	return !w.lawful && w.chance(percent*w.kind.rate[f])
}

func (w *chaos) configure(epoch uint32) {
	b, err := json.Marshal(w.cfg)
	if err != nil {
		w.fail("%v", err)
	}
	w.apply(&event.Configured{Config: b, Instance: 77, Epoch: epoch})
}

// open brings a world to its first moment.
func (w *chaos) open() {
	w.configure(1)
	for i := range w.cfg.Venues {
		w.apply(&event.VenueUp{Venue: market.VenueID(i)})
	}
	w.books()
}

// crowded is a world of many parents and venues at its first moment, for tests that look into one.
func crowded(seed uint64) *chaos {
	w := newChaos(seed, newCoverage())
	w.kind.turns, w.kind.parents, w.kind.hostile = 400, 40, true
	w.cfg = w.config()
	w.gate = risk.NewLastGate(w.cfg.Venues)
	w.open()
	return w
}

// live is a world's whole life.
func (w *chaos) live() {
	w.open()
	for range w.kind.turns {
		w.turn()
	}
	w.calm()
	w.checkAll()
	w.replayed()
	if w.kind.whole {
		w.forgotten()
	}
}

// turn is one thing that happens.
func (w *chaos) turn() {
	switch w.rng.IntN(24) {
	case 0, 1, 2, 3, 4:
		w.hand(1 + w.rng.IntN(4+len(w.out)))
	case 5, 6, 7, 8, 9:
		w.deliver(1 + w.rng.IntN(8+len(w.wire)/2))
	case 10, 11, 12:
		w.pass(int64(w.rng.IntN(400)) * market.Millisecond)
	case 13:
		w.pass(int64(w.rng.IntN(8)) * market.Second)
	case 14:
		w.mids[0] += market.Price(w.rng.IntN(5)-2) * 10_000
		w.mids[1] += market.Price(w.rng.IntN(3)-1) * 10_000
		w.books()
	case 15:
		w.print()
	case 16, 17:
		w.trade()
	case 18, 19:
		w.client()
	case 20:
		w.operate()
	case 21, 22:
		w.mischief()
	case 23:
		w.misfortune()
	}
}

// pass lets time pass, with the engine's timers in their order.
func (w *chaos) pass(d int64) {
	end := w.clock.Add(d)
	live := 0 // the most orders at a time
	for n := 0; w.timer != 0 && w.timer <= max(end, w.now); n++ {
		live = max(live, len(w.e.live))
		if int64(n) > (5000+5*(d/market.Second))*int64(1+live) { // an order that waits for volume looks four times a second
			w.fail("the engine's timer fired %d times within %v s", n, float64(d)/1e9)
		}
		w.clock = max(w.clock, min(w.timer, end))
		w.timer = 0
		w.apply(&event.TimerFired{Timer: engineTimer})
		if w.lawful {
			w.hand(1 << 30)
			w.deliver(1 << 30)
		}
	}
	w.clock = max(w.clock, end)
}

// apply gives an event its place, and everything it causes to the world and to the last gate, and holds the invariants
// over what that touched; over everything now and then.
func (w *chaos) apply(body event.Body) {
	w.seq++
	w.clock++
	w.now = max(w.now, w.clock)
	ev := event.Event{Seq: w.seq, At: w.now, Body: body}
	if w.kind.journaled {
		ev.Body = w.again(body)
	}
	w.events = append(w.events, ev)
	w.touchChild(childOf(body))
	w.gate.Observe(body)
	w.model.event(w.now, body)
	if w.trace != nil {
		w.trace = append(w.trace, fmt.Sprintf("%d %T%+v", w.seq, body, body))
	}
	for _, cmd := range w.e.Apply(ev) {
		w.hash = w.hash.command(cmd)
		w.commands++
		w.take(cmd)
	}
	w.marks = append(w.marks, w.hash)
	w.agrees(w.model.end())
	w.checkTouched()
	if w.seq%256 == 0 {
		w.checkAll()
	}
}

// agrees fails the world with what the model finds wrong.
func (w *chaos) agrees(text string) {
	if text != "" {
		w.fail("%s", text)
	}
}

// again gives a body as a journal gives it back: the engine may keep nothing of the one it was given.
func (w *chaos) again(body event.Body) event.Body {
	b, err := event.Decode(body.Kind(), event.Append(nil, body))
	if err != nil {
		w.fail("%v", err)
	}
	return b
}

// take brings a command to where it belongs.
func (w *chaos) take(cmd event.Body) {
	if w.trace != nil {
		w.trace = append(w.trace, fmt.Sprintf("    %T%+v", cmd, cmd))
	}
	switch cmd.(type) {
	case *event.SendChild, *event.ReplaceChild: // counted when they are handed out
	default:
		w.gate.Observe(cmd)
	}
	w.agrees(w.model.command(cmd))
	switch c := cmd.(type) {
	case *event.SendChild:
		w.sends(c)
		w.out = append(w.out, w.again(c))
	case *event.CancelChild:
		w.touchChild(c.Child)
		w.out = append(w.out, w.again(c))
	case *event.ReplaceChild:
		w.touchChild(c.Child)
		w.out = append(w.out, w.again(c))
	case *event.QueryChild:
		w.touchChild(c.Child)
		w.out = append(w.out, w.again(c))
	case *event.SetTimer:
		w.timer = c.At
	case *event.ReportParent:
		w.reported(c)
	case *event.RejectRequest:
		w.rejected(c)
	case *event.RecordChild:
		w.touchChild(c.Child.ID)
	case *event.RecordExecution:
		w.touchChild(c.Exec.Child)
	case *event.RecordParent:
		w.touchParent(c.Parent.ID)
	case *event.Raise:
		w.raised(c)
	case *event.RecordDecision:
		w.touchParent(c.Parent)
		w.decided(c)
	}
}

// raised holds that no guard had to make up for another: the engine never asks its own gate for a child that the order
// invariants or a halt forbid.
func (w *chaos) raised(r *event.Raise) {
	if o := w.orders[r.Child]; o != nil && r.Severity == event.Page && (r.Code == "ER-21" || r.Code == "ER-15") {
		o.paged = true
	}
	if r.Code == "GATE" && (strings.Contains(r.Text, ": INV-") || strings.Contains(r.Text, ": KILL-")) {
		w.fail("the allocator of parent %d asked for what its gate must refuse: %s", r.Parent, r.Text)
	}
}

// decided holds that no decision saw or made a number that is none, whatever the market sent, and that the propensities
// of what might have been chosen are a distribution (TEST-61, MOP-08).
func (w *chaos) decided(d *event.RecordDecision) {
	for i := range d.Venues {
		v := &d.Venues[i]
		for _, x := range append([]float64{v.Static, v.FillProb, v.FillLo, v.FillHi, v.ToxBps, v.ToxSd, v.FeeBps, v.CostBps, v.ExpectQty, v.LatencyUs, v.Reject,
			v.ExpectBps, v.ExpectSd, v.Parts.Sum()}, v.Features...) {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				w.fail("SAF: decision %d saw of venue %d: %+v", d.Decision, v.Venue, *v)
			}
		}
	}
	if text := addsUp(d); text != "" {
		w.fail("learning text 1.1: %s", text)
	}
	sum := 0.0
	for i := range d.Plans {
		sum += d.Plans[i].Prob
	}
	if len(d.Plans) > 0 && d.Chosen >= 0 && math.Abs(sum-1) > 1e-9 {
		w.fail("MOP-08: the %d plans of decision %d have probabilities that sum to %v", len(d.Plans), d.Decision, sum)
	}
}

// replayed feeds the events to a fresh engine: same bytes (INV-09).
func (w *chaos) replayed() {
	e, h := New(), logHash(0)
	for i, ev := range w.events {
		for _, cmd := range e.Apply(ev) {
			h = h.command(cmd)
		}
		if h != w.marks[i] {
			w.fail("INV-09: replayed, event %d (%T) of %d gives other commands", ev.Seq, ev.Body, len(w.events))
		}
	}
	w.e = e
}

// forgotten lets a day and more pass: nothing may remain but what every engine has.
func (w *chaos) forgotten() {
	w.pass(25 * market.Hour)
	if w.kind.days { // until the close of the session after the next, over a weekend
		w.pass(6 * 24 * market.Hour)
	}
	w.apply(&event.ClientUp{Client: "nobody"})
	if len(w.e.parents)+len(w.e.children)+len(w.e.names)+len(w.e.live)+len(w.e.done) > 0 {
		w.fail("a day later the engine still has %d parents, %d children, %d names, %d live, %d done", len(w.e.parents), len(w.e.children), len(w.e.names), len(w.e.live), len(w.e.done))
	}
	if n := len(w.e.timers.heap); n > 0 {
		w.fail("a day later %d timers are left: %+v", n, w.e.timers.heap[0])
	}
}
