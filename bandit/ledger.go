package bandit

// Head names what a datum is about; it is part of the datum's identity (DRF-08).
type Head uint8

// The heads.
const (
	HeadFill     Head = 1 + iota // H0 and H1: fills of a child order
	HeadToxicity                 // H3: a matured markout
	HeadService                  // H5: an answer of the arm
	HeadHazard                   // H2: the life of a resting order
)

// identity is what may be applied once.
type identity struct {
	event   uint64
	head    Head
	horizon Horizon
}

// record is what a revision needs of an applied datum (DRF-07): the frozen linearisation point and
// the outcome as it stands now.
type record struct {
	id      identity
	next    int32 // in the chain of its hash; −1 ends it
	arm     int32
	gone    bool // busted: its contribution was removed, its identity stays taken
	dim     int
	bucket  int64
	phi     [MaxDim]float64
	fill    FillPrediction
	size    SizeDatum
	tox     ToxicityPrediction
	z       float64 // H3: outcome, bps
	zWeight float64 // H3: Student weight when first applied
	hazard  HazardPrediction
	life    Life
}

// ledger remembers the applied data of the retention period: a ring in order of arrival with a hash
// index. It grows to its limit; then the oldest record makes room, which is counted: a duplicate or
// revision of it can no longer be recognized.
type ledger struct {
	limit int
	ring  []record
	first int     // position of the oldest
	n     int     // records held
	heads []int32 // by hash: position in ring or −1; length a power of two
}

func newLedger(limit int) *ledger {
	l := &ledger{limit: limit}
	l.grow(min(limit, 64))
	return l
}

// grow moves the records, in order, into a ring of the given capacity.
func (l *ledger) grow(capacity int) {
	ring := make([]record, capacity)
	for i := range l.n {
		ring[i] = l.ring[(l.first+i)%len(l.ring)]
	}
	size := 1
	for size < 2*capacity {
		size *= 2
	}
	l.ring, l.first, l.heads = ring, 0, make([]int32, size)
	for i := range l.heads {
		l.heads[i] = -1
	}
	for i := range l.n {
		l.link(int32(i))
	}
}

func (l *ledger) slot(id identity) *int32 {
	h := mix64(id.event ^ mix64(uint64(id.head)<<8|uint64(id.horizon)))
	return &l.heads[h&uint64(len(l.heads)-1)]
}

func (l *ledger) link(at int32) {
	head := l.slot(l.ring[at].id)
	l.ring[at].next, *head = *head, at
}

// find gives the record of an identity, or nil. It is valid until the next add.
func (l *ledger) find(id identity) *record {
	for at := *l.slot(id); at >= 0; at = l.ring[at].next {
		if l.ring[at].id == id {
			return &l.ring[at]
		}
	}
	return nil
}

// add makes a record for an identity that is not there and returns it, zero but for its identity,
// and whether the oldest record was dropped for it.
func (l *ledger) add(id identity) (r *record, evicted bool) {
	if l.n == l.limit {
		l.drop()
		evicted = true
	} else if l.n == len(l.ring) {
		l.grow(min(2*l.n, l.limit))
	}
	at := int32((l.first + l.n) % len(l.ring))
	l.n++
	l.ring[at] = record{id: id}
	l.link(at)
	return &l.ring[at], evicted
}

// drop forgets the oldest record.
func (l *ledger) drop() {
	at := int32(l.first)
	link := l.slot(l.ring[at].id)
	for *link != at {
		link = &l.ring[*link].next
	}
	*link = l.ring[at].next
	l.first = (l.first + 1) % len(l.ring)
	l.n--
}

// prune forgets records older than the bucket, as far as they are the oldest to have arrived.
func (l *ledger) prune(bucket int64) {
	for l.n > 0 && l.ring[l.first].bucket < bucket {
		l.drop()
	}
}

// each calls f for the records in order of arrival.
func (l *ledger) each(f func(r *record)) {
	for i := range l.n {
		f(&l.ring[(l.first+i)%len(l.ring)])
	}
}
