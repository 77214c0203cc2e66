package bandit

import "slices"

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
	arm     int32
	epoch   uint32 // in which it was applied
	gone    bool   // busted: its contribution was removed, its identity stays taken
	dim     int
	bucket  int64
	at      int64 // the bucket in which it was applied, no earlier than its own
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
//
// The ring lies in chunks, which a copy shares until one of the two writes to them: a learner beside
// another would otherwise begin with a copy of some 80 MB.
type ledger struct {
	limit  int
	raw    int // length of the raw vectors kept beside the records; 0 = none
	chunks []chunk
	own    []bool  // by chunk: no other ledger has it
	next   []int32 // by position: in the chain of its hash; −1 ends it
	first  int     // position of the oldest
	n      int     // records held
	heads  []int32 // by hash: position in the ring or −1; length a power of two
}

// chunkBits is the logarithm of a chunk's records: the copy that a first write causes takes some 15 µs.
const chunkBits = 8

// chunk is a part of the ring: records, and their raw vectors one behind the other.
type chunk struct {
	records []record
	raw     []float64
}

func newLedger(limit, raw int) *ledger {
	l := &ledger{limit: limit, raw: raw}
	l.grow(min(limit, 64))
	return l
}

// clone gives a ledger of the same records; both own none of the chunks from now on.
func (l *ledger) clone() *ledger {
	clear(l.own)
	c := *l
	c.chunks, c.own = slices.Clone(l.chunks), slices.Clone(l.own)
	c.next, c.heads = slices.Clone(l.next), slices.Clone(l.heads)
	return &c
}

// capacity is the number of records for which there is room.
func (l *ledger) capacity() int { return len(l.next) }

// at gives a record to be read, and its raw vector.
func (l *ledger) at(place int) (*record, []float64) {
	c, i := &l.chunks[place>>chunkBits], place&(1<<chunkBits-1)
	return &c.records[i], c.raw[i*l.raw : i*l.raw+l.raw]
}

// edit gives a record to be written.
func (l *ledger) edit(place int) (*record, []float64) {
	if i := place >> chunkBits; !l.own[i] {
		c := &l.chunks[i]
		c.records, c.raw = slices.Clone(c.records), slices.Clone(c.raw)
		l.own[i] = true
	}
	return l.at(place)
}

// grow moves the records, in order, into a ring of the given capacity.
func (l *ledger) grow(capacity int) {
	old := *l
	l.chunks, l.own = nil, nil
	for left := capacity; left > 0; left -= 1 << chunkBits {
		n := min(left, 1<<chunkBits)
		l.chunks = append(l.chunks, chunk{make([]record, n), make([]float64, n*l.raw)})
		l.own = append(l.own, true)
	}
	size := 1
	for size < 2*capacity {
		size *= 2
	}
	l.next, l.first, l.heads = make([]int32, capacity), 0, make([]int32, size)
	for i := range l.heads {
		l.heads[i] = -1
	}
	for i := range l.n {
		from, fromRaw := old.at((old.first + i) % old.capacity())
		to, toRaw := l.at(i)
		*to = *from
		copy(toRaw, fromRaw)
		l.link(i)
	}
}

func (l *ledger) slot(id identity) *int32 {
	h := mix64(id.event ^ mix64(uint64(id.head)<<8|uint64(id.horizon)))
	return &l.heads[h&uint64(len(l.heads)-1)]
}

func (l *ledger) link(place int) {
	r, _ := l.at(place)
	head := l.slot(r.id)
	l.next[place], *head = *head, int32(place)
}

// find gives the place of an identity's record, −1 if there is none. It is valid until the next add.
func (l *ledger) find(id identity) int {
	for place := *l.slot(id); place >= 0; place = l.next[place] {
		if r, _ := l.at(int(place)); r.id == id {
			return int(place)
		}
	}
	return -1
}

// seek gives the record of an identity to be read, nil if there is none.
func (l *ledger) seek(id identity) *record {
	if place := l.find(id); place >= 0 {
		r, _ := l.at(place)
		return r
	}
	return nil
}

// revise gives the record of an identity to be written.
func (l *ledger) revise(id identity) *record {
	r, _ := l.edit(l.find(id))
	return r
}

// add makes a record for an identity that is not there and returns it, zero but for its identity, with the memory of its raw
// vector, and whether the oldest record was dropped for it.
func (l *ledger) add(id identity) (r *record, raw []float64, evicted bool) {
	if l.n == l.limit {
		l.drop()
		evicted = true
	} else if l.n == l.capacity() {
		l.grow(min(2*l.n, l.limit))
	}
	place := (l.first + l.n) % l.capacity()
	l.n++
	r, raw = l.edit(place)
	*r = record{id: id}
	l.link(place)
	return r, raw, evicted
}

// drop forgets the oldest record.
func (l *ledger) drop() {
	r, _ := l.at(l.first)
	link := l.slot(r.id)
	for *link != int32(l.first) {
		link = &l.next[*link]
	}
	*link = l.next[l.first]
	l.first = (l.first + 1) % l.capacity()
	l.n--
}

// prune forgets records older than the bucket, as far as they are the oldest to have arrived.
func (l *ledger) prune(bucket int64) {
	for l.n > 0 {
		if r, _ := l.at(l.first); r.bucket >= bucket {
			return
		}
		l.drop()
	}
}

// each calls f for the records in order of arrival.
func (l *ledger) each(f func(r *record, raw []float64)) {
	for i := range l.n {
		f(l.at((l.first + i) % l.capacity()))
	}
}
