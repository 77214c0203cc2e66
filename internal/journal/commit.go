package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"time"
)

// batch is a commit in the making.
type batch struct {
	buf    []byte
	first  uint64 // seq of the first record
	oldest int64  // its monotonic stamp
}

// Append gives a record its place in the log and its stamps, and returns its seq. It copies the payload and does not
// wait for the disk (see Wait): what it returns orders, it does not promise (CB-02). When a whole commit waits
// behind the one that is being written, it blocks until that one is done, so a producer is never more than two
// commits ahead of the disk. It refuses a type or version that Known does not know, and a payload above MaxPayload
// or above what a segment holds; the log goes on after that. It returns the failure after one, and ErrClosed after
// Close.
func (j *Journal) Append(t Type, version uint8, payload []byte) (seq uint64, err error) {
	return j.append(&Record{Type: t, Version: version, Payload: payload}, false)
}

// AppendAt is Append with the wall stamp (Unix nanoseconds) given by the caller, who stamped the event itself.
func (j *Journal) AppendAt(t Type, version uint8, wall int64, payload []byte) (seq uint64, err error) {
	return j.append(&Record{Type: t, Version: version, Wall: wall, Payload: payload}, true)
}

func (j *Journal) append(r *Record, stamped bool) (uint64, error) {
	if err := j.check(r); err != nil {
		return 0, err
	}
	size := paddedSize(len(r.Payload))
	j.mu.Lock()
	if n := len(j.open.buf); n > 0 && n+size > j.cfg.MaxBatchBytes {
		j.await(size)
	}
	if j.stop != nil {
		err := j.stop
		j.mu.Unlock()
		return 0, err
	}
	mono, wall := j.cfg.Now()
	r.Seq, r.Mono = j.next.Load(), mono
	if !stamped {
		r.Wall = wall
	}
	first := len(j.open.buf) == 0
	if first {
		j.open.first, j.open.oldest = r.Seq, mono
	}
	j.open.buf = appendRecord(j.open.buf, r)
	j.next.Store(r.Seq + 1)
	j.mu.Unlock()
	if first {
		select {
		case j.wake <- struct{}{}:
		default:
		}
	}
	return r.Seq, nil
}

// await blocks, with mu held, until the open commit has room for size bytes or the journal stops.
func (j *Journal) await(size int) {
	j.stalls++
	for len(j.open.buf) > 0 && len(j.open.buf)+size > j.cfg.MaxBatchBytes && j.stop == nil {
		j.space.Wait()
	}
}

// check refuses what the next start would refuse.
func (j *Journal) check(r *Record) error {
	if r.Type == markType || !j.cfg.Known(r.Type, r.Version) {
		return fmt.Errorf("journal: type %d version %d cannot be appended: this build would refuse to read it", r.Type, r.Version)
	}
	size := paddedSize(len(r.Payload))
	if room := j.cfg.SegmentBytes - segmentHeader - markSize; len(r.Payload) > MaxPayload || int64(size) > room {
		return fmt.Errorf("journal: a payload of %d bytes (type %d) is larger than a record may be: at most %d, or %d with this segment size",
			len(r.Payload), r.Type, MaxPayload, room-recordHeader)
	}
	return nil
}

// write is the writer goroutine: the only one that writes to the log (JRN-02).
func (j *Journal) write() {
	defer close(j.done)
	defer j.finish()
	spareBuf := make([]byte, 0, j.cfg.MaxBatchBytes)
	for closing := false; !closing; {
		select {
		case <-j.wake:
		case <-j.closing:
			closing = true
		}
		for {
			b := j.take(spareBuf)
			if len(b.buf) == 0 {
				spareBuf = b.buf
				break
			}
			if err := j.commit(&b); err != nil {
				j.fail(err)
				<-j.closing
				return
			}
			spareBuf = b.buf[:0]
		}
	}
}

// take waits until nobody adds, the commit is full or it has gathered long enough (JRN-02), and exchanges the open
// commit for an empty one in buf.
func (j *Journal) take(buf []byte) batch {
	start := time.Now()
	for n := j.next.Load(); ; {
		runtime.Gosched()
		now := j.next.Load()
		if now == n || time.Since(start) >= j.cfg.MaxDelay {
			break
		}
		n = now
	}
	j.mu.Lock()
	b := j.open
	j.open = batch{buf: buf[:0]}
	j.mu.Unlock()
	j.space.Broadcast()
	return b
}

// commit writes b, through as many segments as it needs.
func (j *Journal) commit(b *batch) error {
	seq, off := j.tail.next, j.tail.end
	start := 0
	for pos := 0; pos < len(b.buf); {
		size := paddedSize(int(binary.LittleEndian.Uint32(b.buf[pos:])) - recordHeader)
		if off+int64(size)+markSize > j.tail.bytes {
			if err := j.flush(b.buf[start:pos], b.oldest, seq); err != nil {
				return err
			}
			if err := j.roll(); err != nil {
				return err
			}
			start, off = pos, segmentHeader
		}
		sealRecord(b.buf[pos:], j.tail.salt, uint32(min(seq-j.synced-1, math.MaxUint32)))
		seq, pos, off = seq+1, pos+size, off+int64(size)
	}
	return j.flush(b.buf[start:], b.oldest, seq)
}

// flush writes and syncs sealed records at the end of the tail and makes them durable up to next, exclusively.
func (j *Journal) flush(records []byte, oldest int64, next uint64) error {
	if len(records) == 0 {
		return nil
	}
	if _, err := j.file.WriteAt(records, j.tail.end); err != nil {
		return fmt.Errorf("write records %d to %d to %s: %w", j.tail.next, next-1, j.tail.path, err)
	}
	if j.cfg.Sync == Durable {
		if err := j.sync(next); err != nil {
			return err
		}
	}
	j.extend(records, next)
	j.durable.Store(next - 1)
	j.progress.advance(next - 1)
	mono, _ := j.cfg.Now()
	j.statMu.Lock()
	j.stats.Bytes += uint64(len(records))
	j.stats.Commit.observe(mono - oldest)
	j.statMu.Unlock()
	return nil
}

// sync makes the tail durable up to next, exclusively.
func (j *Journal) sync(next uint64) error {
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("sync records %d to %d to %s: %w", j.synced+1, next-1, j.tail.path, err)
	}
	j.synced = next - 1
	j.statMu.Lock()
	j.stats.Syncs++
	j.statMu.Unlock()
	return nil
}

// extend takes written records into the index.
func (j *Journal) extend(records []byte, next uint64) {
	s := j.tail
	j.segMu.Lock()
	defer j.segMu.Unlock()
	for seq := s.next; len(records) > 0; seq++ {
		s.note(seq, s.end)
		size := paddedSize(int(binary.LittleEndian.Uint32(records)) - recordHeader)
		s.end += int64(size)
		records = records[size:]
	}
	s.next = next
}

// prepare makes the next segment in the background, so that a roll waits for no allocation and the last cancels
// have a place on a full volume (JRN-10). Whoever takes the result from spare waits for it.
func (j *Journal) prepare() {
	go func() {
		f, err := prepareSpare(j.cfg.FS, j.cfg.Dir, j.cfg.SegmentBytes)
		j.statMu.Lock()
		j.stats.Spare, j.stats.NoSpare = err == nil, err != nil
		j.statMu.Unlock()
		j.spare <- spareResult{f, err}
	}()
}

// roll goes on in a new segment. The old one is synced first, in Fast mode too: a later segment proves that the
// earlier ones are whole, which recovery relies on.
func (j *Journal) roll() error {
	old, oldFile := j.tail, j.file
	if j.synced != old.next-1 {
		if err := j.sync(old.next); err != nil {
			return err
		}
	}
	file, s, err := j.nextSegment(old)
	if err != nil {
		return fmt.Errorf("start the segment of record %d: %w", old.next, err)
	}
	j.tail, j.file = s, file
	j.segMu.Lock()
	j.segs = append(j.segs, s)
	j.segMu.Unlock()
	j.prepare()
	// The mark shows a missing last segment. It goes to disk at the system's leisure.
	mono, wall := j.cfg.Now()
	if err := errors.Join(writeMark(oldFile, old, markContinued, mono, wall), oldFile.Close()); err != nil {
		return fmt.Errorf("mark the end of %s: %w", old.path, err)
	}
	return nil
}

// nextSegment publishes the spare as the segment after old. A spare that could not be made is tried once more: no
// record was at stake yet, and the volume may have room by now.
func (j *Journal) nextSegment(old *segment) (File, *segment, error) {
	spare := <-j.spare
	if spare.err != nil {
		spare.file, spare.err = prepareSpare(j.cfg.FS, j.cfg.Dir, j.cfg.SegmentBytes)
	}
	if spare.err != nil {
		j.spare <- spareResult{err: spare.err}
		return nil, nil, spare.err
	}
	_, wall := j.cfg.Now()
	h := header{epoch: old.epoch, first: old.next, oldest: max(old.oldest, j.oldest.Load()), router: old.router, bytes: j.cfg.SegmentBytes, wall: wall}
	s, err := publish(j.cfg.FS, j.cfg.Dir, spare.file, h)
	if err != nil {
		j.spare <- spareResult{err: err}
		_ = spare.file.Close() // the failure that counts is the one above
		_ = j.cfg.FS.Remove(filepath.Join(j.cfg.Dir, spareName))
		return nil, nil, err
	}
	return spare.file, s, nil
}
