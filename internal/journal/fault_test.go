package journal

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestFirstErrorIsFinal lets one write or sync fail, once: no later success is reported, nothing more is written,
// and everybody learns of it (JRN-05, TEST-23).
func TestFirstErrorIsFinal(t *testing.T) {
	tests := []struct {
		name, op, file string
		skip           int // successes before the failure
		err            error
	}{
		{"sync fails once", "sync", segmentName(1), 3, syscall.EIO},
		{"write fails once", "write", segmentName(1), 3, syscall.EIO},
		{"the volume is full though preallocated", "write", segmentName(1), 3, syscall.ENOSPC},
		{"the next segment's header is not written", "write", spareName, 0, syscall.EIO},
		{"the next segment's name is not written", "rename", "", 0, syscall.EIO},
		{"the directory is not synced", "syncdir", "", 0, syscall.EIO},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newSimDisk()
			j, _ := simOpen(t, d)
			commitText(t, j, "one", "two")
			seen := 0
			d.mu.Lock()
			d.tear = func(b []byte) int { return len(b) / 2 }
			d.fault = func(op, name string) error {
				if op != test.op || test.file != "" && name != test.file {
					return nil
				}
				if seen++; seen == test.skip+1 {
					return test.err
				}
				return nil
			}
			d.mu.Unlock()
			var last uint64
			var err error
			for err == nil {
				if last, err = j.Append(7, 1, []byte("more")); err == nil {
					err = j.Wait(context.Background(), last)
				}
			}
			checkFailed(t, d, j, err, test.err)
		})
	}
}

func checkFailed(t *testing.T, d *simDisk, j *Journal, err, cause error) {
	t.Helper()
	if !errors.Is(err, ErrFailed) || !errors.Is(err, cause) {
		t.Errorf("the waiter got %v, want %v and %v", err, ErrFailed, cause)
	}
	<-j.Failed()
	durable := j.Durable()
	d.mu.Lock()
	calls := len(d.calls)
	d.mu.Unlock()
	if _, err := j.Append(7, 1, nil); !errors.Is(err, cause) {
		t.Errorf("append after the failure: %v", err)
	}
	if err := j.Wait(context.Background(), durable+1); !errors.Is(err, cause) {
		t.Errorf("wait after the failure: %v", err)
	}
	if err := j.Wait(context.Background(), durable); err != nil {
		t.Errorf("wait for a durable record after the failure: %v", err)
	}
	r := j.Read(durable)
	defer r.Close()
	if rec, err := r.Next(context.Background()); err != nil || rec.Seq != durable {
		t.Errorf("read a durable record after the failure: %v, %v", rec, err)
	}
	if _, err := r.Next(context.Background()); !errors.Is(err, cause) {
		t.Errorf("read on after the failure: %v", err)
	}
	if err := j.Close(); !errors.Is(err, cause) || !errors.Is(j.Err(), cause) {
		t.Errorf("close %v, Err %v; want the failure", err, j.Err())
	}
	if j.Durable() != durable {
		t.Errorf("durable went from %d to %d after the failure", durable, j.Durable())
	}
	d.mu.Lock()
	for _, call := range d.calls[calls:] {
		if strings.Contains(call, segmentSuffix) {
			t.Errorf("after the failure: %s", call)
		}
	}
	d.fault = nil
	d.mu.Unlock()
	want := make([]string, durable)
	want[0], want[1] = "one", "two"
	for i := 2; i < len(want); i++ {
		want[i] = "more"
	}
	checkRecovered(t, d.killed(), append(want, "more"), durable)
}

// TestWaitersLearnOfTheFailure blocks many waiters on one commit that fails.
func TestWaitersLearnOfTheFailure(t *testing.T) {
	d := newSimDisk()
	j, _ := simOpen(t, d)
	release := make(chan struct{})
	var blocked atomic.Bool
	d.intercept(func(op, name string) {
		if op == "sync" && name == segmentName(1) && blocked.CompareAndSwap(false, true) {
			<-release
		}
	})
	d.mu.Lock()
	d.fault = func(op, name string) error {
		if op == "sync" && name == segmentName(1) {
			return syscall.EIO
		}
		return nil
	}
	d.mu.Unlock()
	tokens, stop := j.Subscribe()
	defer stop()
	last := appendText(t, j, texts(1, 20)...)
	errs := make(chan error)
	for seq := range last {
		go func() { errs <- j.Wait(context.Background(), seq+1) }()
	}
	close(release)
	for range last {
		if err := <-errs; !errors.Is(err, syscall.EIO) {
			t.Errorf("wait: %v", err)
		}
	}
	<-tokens
	if j.Err() == nil || j.Durable() != 0 {
		t.Errorf("after the token: Err %v, durable %d", j.Err(), j.Durable())
	}
}

func TestFullVolume(t *testing.T) {
	t.Run("at open", func(t *testing.T) {
		for _, fallback := range []bool{false, true} {
			d := newSimDisk()
			d.free, d.fallback = 1000, fallback
			_, _, err := Open(simConfig(d))
			checkSpace(t, err)
			if len(d.names) != 0 || len(d.locked) != 0 {
				t.Errorf("left behind: %d files, %d locks", len(d.names), len(d.locked))
			}
		}
	})
	t.Run("a spare that a crash left", func(t *testing.T) {
		d := newSimDisk()
		d.names["/j/"+spareName] = &simFile{disk: d, name: "/j/" + spareName, data: make([]byte, minSegmentBytes)}
		d.free = minSegmentBytes / 2
		j, _ := simOpen(t, d)
		commitText(t, j, "it was removed first (CRASH-08)")
	})
	t.Run("at a roll", func(t *testing.T) {
		d := newSimDisk()
		d.free = 2*minSegmentBytes + 100 // this segment and its spare
		j, _ := simOpen(t, d)
		var err error
		for err == nil {
			var seq uint64
			if seq, err = j.Append(7, 1, make([]byte, 200)); err == nil {
				err = j.Wait(context.Background(), seq)
			}
		}
		checkSpace(t, err)
		if s := j.Stats(); s.Segments != 2 || s.Spare {
			t.Errorf("stats %+v, want two full segments and no spare", s)
		}
	})
	t.Run("room again at the roll", func(t *testing.T) {
		d := newSimDisk()
		d.free = 2 * minSegmentBytes
		j, _ := simOpen(t, d)
		for len(d.killed().names) < 2 { // the spare is on its way
			time.Sleep(time.Millisecond)
		}
		for j.Stats().Segments < 2 {
			commitText(t, j, "until the roll")
		}
		d.mu.Lock()
		d.free = 1 << 30
		d.mu.Unlock()
		for j.Stats().Segments < 4 {
			commitText(t, j, "goes on")
		}
	})
}

func checkSpace(t *testing.T, err error) {
	t.Helper()
	var space *SpaceError
	if !errors.As(err, &space) || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free space on the volume") {
		t.Errorf("got %v, want a SpaceError with its remedy", err)
	}
}

func TestZeroFillFallback(t *testing.T) {
	d := newSimDisk()
	d.fallback = true
	j, _ := simOpen(t, d)
	commitText(t, j, texts(1, 100)...)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if got, _, err := readAll(d, "/j"); err != nil || len(got) != 100 {
		t.Errorf("%d records, %v", len(got), err)
	}
}

// TestBackPressure holds the disk: producers fill one commit and block, and go on in order when it moves (JRN-09).
func TestBackPressure(t *testing.T) {
	d := newSimDisk()
	j, _ := simOpen(t, d)
	hold := make(chan struct{})
	d.intercept(func(op, name string) {
		if op == "sync" && name == segmentName(1) {
			<-hold
		}
	})
	var appended atomic.Int64
	done := make(chan error)
	go func() {
		for range 100 {
			if _, err := j.Append(7, 1, make([]byte, 100)); err != nil {
				done <- err
				return
			}
			appended.Add(1)
		}
		done <- nil
	}()
	for j.Stats().Stalls == 0 {
		time.Sleep(time.Millisecond)
	}
	if n := appended.Load(); n >= 100 {
		t.Errorf("%d records appended, the queue is not bounded", n)
	}
	if q := j.Stats().Queued; q > j.cfg.MaxBatchBytes {
		t.Errorf("%d bytes queued, want at most %d", q, j.cfg.MaxBatchBytes)
	}
	close(hold)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	waitFor(t, j, 100)
}
