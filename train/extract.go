package train

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/features"
)

// dim is the number of features of a row.
const dim = features.Dim

// An entry is what training needs of a row, at a fixed width: fits take some dozens of passes over a hundred times the memory
// there is, and reading a store anew for each would take an hour (256 bytes a row, 2.5 GB of ten million).
type entry struct {
	At     int64
	Parent uint64
	Arm    uint16
	flags  uint16
	Sent   int32
	Got    int32
	MinQty int32
	Taken  int32
	Life   bandit.Life
	Tox    [bandit.NumHorizons]float64 // mean over the fills' shares; NaN: none
	Shadow float64                     // shadow markout at the arm's horizon; NaN: none
	Answer float64                     // seconds; NaN: none
	// What the router that served the decision held of it; NaN: not told.
	LiveFill, LiveTox float64
	Cost              float64 // of each share sent, bps, what stayed unfilled finished as the router expected; NaN: unknown
	Phi               [dim]float64
}

const (
	hasFill = 1 << iota
	early
	hasLife
	lifeFilled
	rejected
)

const entryBytes = 4*8 + 6*4 + 4*8 + 5*8 + dim*8 // 256

func (e *entry) has(flag uint16) bool { return e.flags&flag != 0 }

func (e *entry) put(b []byte) {
	le := binary.LittleEndian
	at := 0
	u64 := func(v uint64) { le.PutUint64(b[at:], v); at += 8 }
	f64 := func(v float64) { u64(math.Float64bits(v)) }
	u64(uint64(e.At))
	u64(e.Parent)
	u64(uint64(e.Life.End))
	u64(uint64(e.Life.Rest))
	for _, v := range [6]uint32{uint32(e.Arm), uint32(e.flags), uint32(e.Sent), uint32(e.Got), uint32(e.MinQty), uint32(e.Taken)} {
		le.PutUint32(b[at:], v)
		at += 4
	}
	for _, v := range e.Tox {
		f64(v)
	}
	for _, v := range [5]float64{e.Shadow, e.Answer, e.LiveFill, e.LiveTox, e.Cost} {
		f64(v)
	}
	for _, v := range e.Phi {
		f64(v)
	}
}

func (e *entry) get(b []byte) {
	le := binary.LittleEndian
	_ = b[entryBytes-1]
	f64 := func(at int) float64 { return math.Float64frombits(le.Uint64(b[at:])) }
	i32 := func(at int) int32 { return int32(le.Uint32(b[at:])) }
	e.At, e.Parent = int64(le.Uint64(b)), le.Uint64(b[8:])
	e.Arm, e.flags = uint16(le.Uint32(b[32:])), uint16(le.Uint32(b[36:]))
	e.Life = bandit.Life{End: int64(le.Uint64(b[16:])), Rest: int64(le.Uint64(b[24:])), Filled: e.has(lifeFilled)}
	e.Sent, e.Got, e.MinQty, e.Taken = i32(40), i32(44), i32(48), i32(52)
	for h := range e.Tox {
		e.Tox[h] = f64(56 + 8*h)
	}
	e.Shadow, e.Answer, e.LiveFill, e.LiveTox, e.Cost = f64(88), f64(96), f64(104), f64(112), f64(120)
	for i := range e.Phi {
		e.Phi[i] = f64(128 + 8*i)
	}
}

// take makes an entry of a row and its decision.
func (e *entry) take(r *Row, d *DecisionRow, arm int, key ArmKey) {
	*e = entry{At: r.At, Parent: r.Parent, Arm: uint16(arm), Sent: lots(r.Sent), Got: lots(r.Got), MinQty: lots(r.MinQty), Taken: lots(r.Taken),
		Shadow: math.NaN(), Answer: math.NaN(), LiveFill: math.NaN(), LiveTox: math.NaN(), Cost: math.NaN(), Phi: r.Phi}
	for flag, on := range map[uint16]bool{hasFill: r.HasFill, early: r.Early, hasLife: r.HasLife, lifeFilled: r.Life.Filled, rejected: r.Rejected} {
		if on {
			e.flags |= flag
		}
	}
	e.Life = r.Life
	for h := range e.Tox {
		e.Tox[h] = math.NaN()
		if bps, _, ok := r.Toxicity(bandit.Horizon(h)); ok {
			e.Tox[h] = winsorise(bps)
		}
	}
	for i := range r.Marks {
		if m := &r.Marks[i]; m.Shadow && m.Horizon == key.decide() {
			e.Shadow = winsorise(m.Bps)
		}
	}
	if r.HasAnswer && !r.Rejected {
		e.Answer = r.Latency
	}
	e.live(r, d, key)
}

// live takes what the router held of the venue when it decided, and what the child then cost.
func (e *entry) live(r *Row, d *DecisionRow, key ArmKey) {
	for i := range d.Venues {
		v := &d.Venues[i]
		if v.Venue != r.Venue || v.Takes != r.Takes {
			continue
		}
		e.LiveFill, e.LiveTox = v.FillProb, v.ToxBps
		tox := e.Tox[key.decide()]
		if r.HasFill && r.Sent > 0 && (r.Got == 0 || !math.IsNaN(tox)) {
			share, filled := float64(r.Got)/float64(r.Sent), 0.0
			if r.Got > 0 {
				filled = v.CostBps - v.ToxBps + tox
			}
			e.Cost = share*filled + (1-share)*d.OppBps
		}
		return
	}
}

// winsorise pulls an outcome back to ±1,000 bps, as the served heads do (LRN-11).
func winsorise(bps float64) float64 { return min(1000, max(-1000, bps)) }

func lots(n int) int32 { return int32(min(max(n, 0), bandit.MaxLots)) }

// An Extract is a source's rows on disk, for pass after pass.
type Extract struct {
	path   string
	Rows   int64
	Taught int64 // rows with an outcome
	// As Source.Taught counted them when the rows were read: rows with an outcome that there are, and that were left out.
	Told, Blind int64
	From, To    int64 // decision times, Unix ns
	Hash        string
	Arms        []ArmKey
	Kinds       []ArmKey
	Of          []int
	Days        []Day
	Fills       int64    // rows that filled
	Journals    []uint32 // that rows are of, ascending
	// Gathered in the same pass, because reading a store is what takes longest.
	Kernel *KernelResult
	Leaks  []Leak
}

// A Day is a run of rows of one day, UTC.
type Day struct {
	Start int64 // first row
	Rows  int64
}

// writeExtract reads the source once. Blind rows, whose outcome nobody knows, are in no fit and left out.
func writeExtract(ctx context.Context, path string, s Source, progress func(rows int64)) (x *Extract, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("train: the extract: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	w := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<20)
	x = &Extract{path: path}
	var table armTable
	var kernel kernelGather
	var leaks leakGather
	var e entry
	room := make([]byte, entryBytes)
	day := int64(math.MinInt64)
	err = s.Each(ctx, 0, func(d *DecisionRow, rows []Row) error {
		leaks.take(d, rows)
		for i := range rows {
			r := &rows[i]
			kernel.add(r)
			if !r.HasFill && !r.HasLife && !r.HasAnswer && len(r.Marks) == 0 {
				continue
			}
			key := ArmKey{r.Venue, r.Kind, r.Takes}
			arm, err := table.index(key)
			if err != nil {
				return err
			}
			if x.Rows > 0 && r.At < x.To {
				return fmt.Errorf("train: row %d of decision %d comes before the one before it: rebuild the store from the journal", x.Rows, r.Decision)
			}
			x.Journals = withJournal(x.Journals, r.Instance)
			e.take(r, d, arm, key)
			e.put(room)
			if _, err := w.Write(room); err != nil {
				return fmt.Errorf("train: the extract: %w", err)
			}
			x.count(&e, &day)
		}
		if progress != nil && x.Rows&1023 < int64(len(rows)) {
			progress(x.Rows)
		}
		return context.Cause(ctx)
	})
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return nil, err
	}
	if x.Leaks, err = leaks.result(); err != nil {
		return nil, err
	}
	x.Kernel = kernel.result()
	x.Hash, x.Arms, x.Kinds, x.Of = hex.EncodeToString(sum.Sum(nil)), table.Arms, table.Kinds, table.Of
	if x.Rows == 0 {
		return nil, errors.New("train: there is nothing to train on: no child order of the window has an outcome yet; route some, or widen --from and --to")
	}
	return x, nil
}

// withJournal adds a journal to those in order, if it is not there.
func withJournal(all []uint32, instance uint32) []uint32 {
	if at, there := slices.BinarySearch(all, instance); !there {
		return slices.Insert(all, at, instance)
	}
	return all
}

func (x *Extract) count(e *entry, day *int64) {
	if x.Rows == 0 {
		x.From = e.At
	}
	x.To = e.At
	const nanosADay = 24 * 3600 * 1e9
	if d := e.At / nanosADay; d != *day {
		*day = d
		x.Days = append(x.Days, Day{Start: x.Rows})
	}
	x.Days[len(x.Days)-1].Rows++
	x.Rows++
	if e.has(hasFill) {
		x.Taught++
		if e.Got > 0 {
			x.Fills++
		}
	}
}

// each gives fn the rows from first to before last. The entry is used again.
func (x *Extract) each(ctx context.Context, first, last int64, fn func(i int64, e *entry)) error {
	var e entry
	i := first
	return x.scan(ctx, first, last, func(room []byte) {
		e.get(room)
		fn(i, &e)
		i++
	})
}

// scan gives fn the bytes of those rows.
func (x *Extract) scan(ctx context.Context, first, last int64, fn func(room []byte)) (err error) {
	f, err := os.Open(x.path)
	if err != nil {
		return fmt.Errorf("train: the extract: %w", err)
	}
	defer func() { _ = f.Close() }() // read only
	if _, err := f.Seek(first*entryBytes, io.SeekStart); err != nil {
		return fmt.Errorf("train: the extract: %w", err)
	}
	r := bufio.NewReaderSize(f, int(min(1<<20, max(1, last-first)*entryBytes)))
	room := make([]byte, entryBytes)
	for i := first; i < last; i++ {
		if _, err := io.ReadFull(r, room); err != nil {
			return fmt.Errorf("train: row %d of the extract %s: %w", i, x.path, err)
		}
		fn(room)
		if i&8191 == 0 {
			if err := context.Cause(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// timeOf is a row's decision time.
func (x *Extract) timeOf(ctx context.Context, row int64) (at int64, err error) {
	err = x.each(ctx, row, row+1, func(_ int64, e *entry) { at = e.At })
	return at, err
}

// firstAt is the first row decided at or after a time, at most limit.
func (x *Extract) firstAt(ctx context.Context, at, limit int64) (int64, error) {
	low, high := int64(0), limit
	for low < high {
		middle := low + (high-low)/2
		t, err := x.timeOf(ctx, middle)
		if err != nil {
			return 0, err
		}
		if t < at {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}
