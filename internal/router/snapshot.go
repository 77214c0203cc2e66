package router

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/snapshot"
)

// snapshotVersion is the version of the engine's bytes. It is raised with every change of what a visitor carries; a build
// reads its own version only, and says so.
const snapshotVersion = 25

// ErrSnapshotVersion says that another build wrote a snapshot.
var ErrSnapshotVersion = errors.New("the snapshot has a version that this build does not read")

// AppendSnapshot appends the engine's whole state to b (JRN-07): an engine that Restore makes of it goes on exactly as e
// would, and equal states give equal bytes. What is kept only to spare memory, and what a command says, is no state.
func (e *Engine) AppendSnapshot(b []byte) []byte {
	c := snapshot.NewEncoder(b)
	version := uint16(snapshotVersion)
	snapshot.Uint(c, &version)
	e.visit(c, false)
	return c.Bytes()
}

// AppendWorking appends what the state hash is made of (INV-09): everything that a snapshot holds but the orders that have
// ended, the configuration, and the learner's record of single data. These are a day's worth and change by what the rest
// shows; the rest is small enough to be hashed every few thousand events.
func (e *Engine) AppendWorking(b []byte) []byte {
	c := snapshot.NewEncoder(b)
	e.visit(c, true)
	return c.Bytes()
}

// Applied is the number of events the engine has taken.
func (e *Engine) Applied() uint64 { return e.applied }

// Seq is the place of the last event the engine took.
func (e *Engine) Seq() uint64 { return e.seq }

// Restore makes an engine of what AppendSnapshot wrote. It refuses bytes of another version, and bytes that no engine
// writes; it cannot tell a damaged figure from a lawful one, so whoever keeps the bytes keeps a hash of them.
func Restore(data []byte) (*Engine, error) {
	if err := Readable(data); errors.Is(err, ErrSnapshotVersion) {
		return nil, err
	}
	c := snapshot.NewDecoder(data)
	var version uint16
	snapshot.Uint(c, &version)
	e := New()
	e.visit(c, false)
	if err := c.Close(); err != nil {
		return nil, fmt.Errorf("router: reading a snapshot: %w", err)
	}
	return e, nil
}

// SnapshotVersion is the version of the bytes that AppendSnapshot and AppendWorking give.
func SnapshotVersion() uint16 { return snapshotVersion }

// Readable says, of the bytes of a snapshot, whether they have the version of this build: ErrSnapshotVersion if not.
func Readable(data []byte) error {
	c := snapshot.NewDecoder(data)
	var version uint16
	if snapshot.Uint(c, &version); c.Err() == nil && version != snapshotVersion {
		return fmt.Errorf("%w: version %d, this build reads %d", ErrSnapshotVersion, version, snapshotVersion)
	}
	return c.Err()
}

// visit carries the engine. Working leaves out what AppendWorking says.
func (e *Engine) visit(c *snapshot.Coder, working bool) {
	if snapshot.Flag(c, &e.ready); !e.ready {
		return
	}
	if !working {
		e.visitConfig(c)
	}
	if c.Err() != nil {
		return
	}
	snapshot.Uint(c, &e.instance)
	snapshot.Uint(c, &e.epoch)
	snapshot.Uint(c, &e.seq)
	snapshot.Uint(c, &e.applied)
	snapshot.Int(c, &e.now)
	snapshot.Uint(c, &e.lastParent)
	snapshot.Uint(c, &e.lastChild)
	snapshot.Uint(c, &e.lastDecision)
	snapshot.Uint(c, &e.lastReport)
	snapshot.Uint(c, &e.lastMass)
	snapshot.Uint(c, &e.degraded)
	snapshot.Text(c, &e.degradedBy)
	for i := range e.venues {
		e.venues[i].visit(c)
	}
	e.visitSymbols(c)
	snapshot.List(c, &e.clients, (*clientState).visit)
	e.gate.Visit(c, working)
	e.learner.visit(c, &e.cfg, working)
	e.study.visit(c)
	snapshot.List(c, &e.halts, (*haltState).visit)
	e.visitBaskets(c)
	e.visitOrders(c, working)
	e.visitTimers(c)
}

// visitConfig carries the configuration in force and builds from it what an engine builds at its start.
func (e *Engine) visitConfig(c *snapshot.Coder) {
	var text []byte
	if !c.Decoding() {
		var err error
		if text, err = json.Marshal(&e.cfg); err != nil {
			panic("router: the configuration does not encode: " + err.Error())
		}
	}
	snapshot.Blob(c, &text)
	if !c.Decoding() || c.Err() != nil {
		return
	}
	var cfg Config
	if err := json.Unmarshal(text, &cfg); err != nil {
		c.Fail("configuration: %w", err)
		return
	}
	if len(cfg.Venues) == 0 || len(cfg.Venues) > market.MaxVenues {
		c.Fail("the configuration has %d venues", len(cfg.Venues))
		return
	}
	e.adopt(cfg)
	e.gate = risk.NewGate(e.cfg.Limits, e.cfg.Instruments)
}

func (v *venueState) visit(c *snapshot.Coder) {
	snapshot.Flag(c, &v.up)
	if snapshot.Int(c, &v.tripsN); v.tripsN < 0 {
		c.Fail("venue %s has %d round trips", v.Name, v.tripsN)
		return
	}
	for i := range min(v.tripsN, len(v.trips)) {
		snapshot.Int(c, &v.trips[i])
	}
	snapshot.Real(c, &v.median)
	snapshot.Real(c, &v.rejects)
	snapshot.Int(c, &v.answers)
	snapshot.Int(c, &v.rests)
	snapshot.Text(c, &v.because)
	snapshot.Real(c, &v.recent)
	snapshot.Int(c, &v.heardAt)
	snapshot.Int(c, &v.line.waiting)
	if v.line.waiting < 0 {
		c.Fail("%d orders wait for venue %s", v.line.waiting, v.Name)
	}
	snapshot.Int(c, &v.line.since)
	snapshot.Int(c, &v.line.leftAt)
	if snapshot.Int(c, &v.line.left); v.line.left < 0 {
		c.Fail("%d orders left for venue %s", v.line.left, v.Name)
		return
	}
	for i := range min(v.line.left, len(v.line.gaps)) {
		snapshot.Int(c, &v.line.gaps[i])
	}
}

func (s *clientState) visit(c *snapshot.Coder) {
	snapshot.Text(c, &s.name)
	snapshot.Flag(c, &s.down)
	snapshot.Uint(c, &s.gone)
	snapshot.Real(c, &s.explored)
	snapshot.Int(c, &s.exploredOn)
}

// visitSymbols carries every symbol's market. A symbol that the configuration no longer lists keeps its own reference
// data, because orders may still work in it.
func (e *Engine) visitSymbols(c *snapshot.Coder) {
	listed := map[market.Symbol]*market.Instrument{}
	for i := range e.cfg.Instruments {
		listed[e.cfg.Instruments[i].Symbol] = &e.cfg.Instruments[i]
	}
	keys := snapshot.Keys(c, snapshot.Sorted(e.symbols), func(a, b market.Symbol) bool { return a < b },
		func(s *market.Symbol, c *snapshot.Coder) { snapshot.Text(c, s) })
	for _, key := range keys {
		s := e.symbols[key]
		if c.Decoding() && s == nil {
			s = &symbolState{}
			e.symbols[key] = s
		}
		own := !c.Decoding() && s.Instrument != listed[key]
		if snapshot.Flag(c, &own); own {
			if c.Decoding() {
				s.Instrument = new(market.Instrument)
			}
			snapshot.Instrument(s.Instrument, c)
		}
		if c.Decoding() && (s.Instrument == nil || s.Instrument.Symbol != key || own != (listed[key] == nil)) {
			c.Fail("symbol %q has no reference data of its own", key)
			return
		}
		s.visit(c, len(e.venues))
	}
}

func (s *symbolState) visit(c *snapshot.Coder, venues int) {
	for i := range venues {
		if snapshot.Flag(c, &s.cons.Has[i]); s.cons.Has[i] {
			snapshot.Book(&s.cons.Books[i], c)
		}
	}
	snapshot.Quote(&s.quote, c)
	snapshot.Int(c, &s.count)
	snapshot.Int(c, &s.head)
	if full := s.count == len(s.mids); s.count < 0 || s.count > len(s.mids) || s.head < 0 || s.head >= len(s.mids) || !full && s.head != s.count {
		c.Fail("symbol %q has %d mids, the next at %d", s.Symbol, s.count, s.head)
		s.count, s.head = 0, 0
		return
	}
	for i := range s.mids[:s.count] {
		snapshot.Int(c, &s.mids[i].at)
		snapshot.Int(c, &s.mids[i].mid)
	}
	snapshot.Int(c, &s.watched)
	snapshot.List(c, &s.fills, func(t *market.Time, c *snapshot.Coder) { snapshot.Int(c, t) })
	snapshot.Int(c, &s.vol.at)
	snapshot.Int(c, &s.vol.mid)
	snapshot.Real(c, &s.vol.sq)
	snapshot.Int(c, &s.vol.n)
	snapshot.Int(c, &s.own.Last)
	snapshot.Reals(c, s.own.B[:])
	snapshot.Int(c, &s.asOf)
	snapshot.Int(c, &s.band.Day)
	snapshot.Int(c, &s.band.Price)
	snapshot.Int(c, &s.band.At)
	for i := range s.band.Parts {
		snapshot.Int(c, &s.band.Parts[i].Number)
		snapshot.Int(c, &s.band.Parts[i].Trades)
		snapshot.Amount(&s.band.Parts[i].Sum, c)
	}
	if len(s.fills) > venues {
		c.Fail("symbol %q has fills at %d venues of %d", s.Symbol, len(s.fills), venues)
	}
}

// visit carries the learner. Its schema is of the build, and what it lends is with the children.
func (l *learner) visit(c *snapshot.Coder, cfg *Config, working bool) {
	snapshot.Int(c, &l.trading)
	snapshot.Int(c, &l.last)
	snapshot.Int(c, &l.day.Date)
	snapshot.Int(c, &l.day.Open)
	snapshot.Int(c, &l.day.Close)
	snapshot.Int(c, &l.dayFor)
	snapshot.Real(c, &l.share)
	snapshot.Real(c, &l.most)
	l.visitRamp(c, working)
	snapshot.Flag(c, &l.off)
	l.visitSlots(c, cfg, working)
	var explore []byte
	if !c.Decoding() {
		explore = l.explore.AppendSnapshot(nil)
	}
	snapshot.Blob(c, &explore)
	if !c.Decoding() || c.Err() != nil {
		return
	}
	x, err := bandit.RestoreExploration(explore)
	if err != nil {
		c.Fail("%w", err)
		return
	}
	l.setSchema()
	l.explore = *x
}

// visitSlots carries the models in their places.
func (l *learner) visitSlots(c *snapshot.Coder, cfg *Config, working bool) {
	snapshot.Uint(c, &l.serials)
	if c.Decoding() {
		l.slot = new(slot)
	}
	l.slot.visit(c, cfg, working)
	has := l.beside != nil
	if snapshot.Flag(c, &has); !has {
		return
	}
	if c.Decoding() {
		l.beside = new(slot)
	}
	l.beside.visit(c, cfg, working)
	l.vigil.visit(c)
	if snapshot.Real(c, &l.canary); !(l.canary >= 0 && l.canary < 1) {
		c.Fail("a canary's share is %v", l.canary)
	}
	if c.Decoding() && c.Err() == nil && (l.serial == l.beside.serial || max(l.serial, l.beside.serial) > l.serials || l.bandit.Epoch() != l.beside.bandit.Epoch()) {
		c.Fail("models %d and %d of %d have places, in epochs %d and %d", l.serial, l.beside.serial, l.serials, l.bandit.Epoch(), l.beside.bandit.Epoch())
	}
}

// visitOrders carries the parents with all that belongs to them, by id; working carries the live ones.
func (e *Engine) visitOrders(c *snapshot.Coder, working bool) {
	var ids []order.ParentID
	switch {
	case c.Decoding():
	case working:
		for _, p := range e.live {
			ids = append(ids, p.ID)
		}
	default:
		ids = snapshot.Sorted(e.parents)
	}
	for _, id := range visitIDs(c, ids) {
		p := e.parents[id]
		if c.Decoding() {
			p = &parentState{}
			e.parents[id] = p
		}
		e.visitParent(p, c)
		if c.Err() != nil {
			return
		}
		if p.ID != id {
			c.Fail("parent %d calls itself %d", id, p.ID)
			return
		}
	}
	e.visitParentList(&e.live, c)
	if working {
		snapshot.Count(c, len(e.done), 1)
		snapshot.Count(c, len(e.parents), 1)
		snapshot.Count(c, len(e.children), 1)
		snapshot.Count(c, len(e.names), 1)
		return
	}
	e.visitParentList(&e.done, c)
	if c.Decoding() && !slices.IsSortedFunc(e.live, func(a, b *parentState) int { return cmp.Compare(a.ID, b.ID) }) {
		c.Fail("the live parents are out of order")
	}
}

// visitIDs visits ids that ascend.
func visitIDs[T ~uint64](c *snapshot.Coder, ids []T) []T {
	return snapshot.Keys(c, ids, func(a, b T) bool { return a < b }, func(id *T, c *snapshot.Coder) { snapshot.Uint(c, id) })
}

// visitParentList carries a list of parents by their ids; one that is forgotten has none and says nothing any more.
func (e *Engine) visitParentList(list *[]*parentState, c *snapshot.Coder) {
	snapshot.List(c, list, func(p **parentState, c *snapshot.Coder) { e.visitParentRef(p, c) })
	if !c.Decoding() || list != &e.live {
		return
	}
	for _, p := range e.live {
		if p == nil || p.symbol == nil || len(p.standing) != len(e.venues) {
			c.Fail("a live parent is not there")
			return
		}
		side := p.symbol.side(p.Terms.Side.IsBuy())
		*side = append(*side, p)
	}
}

func (e *Engine) visitParentRef(p **parentState, c *snapshot.Coder) {
	var id order.ParentID
	if q := *p; q != nil && e.parents[q.ID] == q {
		id = q.ID
	}
	if snapshot.Uint(c, &id); c.Decoding() {
		if *p = e.parents[id]; id != 0 && *p == nil {
			c.Fail("parent %d is not there", id)
		}
	}
}

func (e *Engine) visitChildRef(p **childState, c *snapshot.Coder) {
	var id order.ChildID
	if q := *p; q != nil && e.children[q.ID] == q {
		id = q.ID
	}
	if snapshot.Uint(c, &id); c.Decoding() {
		if *p = e.children[id]; id != 0 && *p == nil {
			c.Fail("child %d is not there", id)
		}
	}
}
