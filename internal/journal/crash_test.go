package journal

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// fataler is a *testing.T or a *rapid.T.
type fataler interface{ Fatalf(string, ...any) }

// checkRecovered opens d, and checks that it holds a prefix of want that has at least durable records, and that the
// next start finds the same, also if the power goes while the first one recovers. It returns the prefix's length.
func checkRecovered(t fataler, d *simDisk, want []string, durable uint64) int {
	n := checkOpen(t, d, want, durable)
	for seed := range uint64(2) {
		checkOpen(t, d.powerLost(rand.New(rand.NewPCG(seed, uint64(n)))), want[:n], uint64(n))
	}
	return checkOpen(t, d, want[:n], uint64(n))
}

func checkOpen(t fataler, d *simDisk, want []string, durable uint64) int {
	j, rec, err := Open(simConfig(d))
	if err != nil {
		t.Fatalf("open after the crash: %v", err)
	}
	defer j.Close()
	n := int(rec.Last)
	if n < int(durable) || n > len(want) {
		t.Fatalf("recovered %d records, want %d to %d (%+v)", n, durable, len(want), *rec)
	}
	r := j.Read(0)
	defer r.Close()
	for i := range n {
		got, err := r.Next(context.Background())
		if err != nil || got.Seq != uint64(i+1) || string(got.Payload) != want[i] {
			t.Fatalf("record %d = %d %q, %v; want %q", i+1, got.Seq, got.Payload, err, want[i])
		}
	}
	return n
}

// run appends until the disk stops, and gives what was appended and what was durable.
func run(j *Journal, have []string, sizes []int, waitEvery int) (appended []string, durable uint64) {
	appended = have
	for i, size := range sizes {
		text := fmt.Sprintf("%d/%d ", j.Epoch(), i)
		for len(text) < size {
			text += "x"
		}
		seq, err := j.Append(7, 1, []byte(text))
		if err != nil {
			break
		}
		appended = append(appended, text)
		if i%waitEvery == 0 && j.Wait(context.Background(), seq) != nil {
			break
		}
	}
	durable = j.Durable()
	_ = j.Close()
	return appended, max(durable, j.Durable())
}

// TestEveryCrashPoint stops the disk at each of its calls, by kill -9 and by loss of power (TEST-20, TEST-22).
func TestEveryCrashPoint(t *testing.T) {
	sizes := make([]int, 150)
	for i := range sizes {
		sizes[i] = 20 + i*13%300
	}
	for at := 1; ; at++ {
		d := newSimDisk()
		d.offAfter = at
		var appended []string
		var durable uint64
		if j, _, err := Open(simConfig(d)); err == nil {
			appended, durable = run(j, nil, sizes, 3)
		}
		checkRecovered(t, d.killed(), appended, durable)
		for seed := range uint64(3) {
			checkRecovered(t, d.powerLost(rand.New(rand.NewPCG(uint64(at), seed))), appended, durable)
		}
		if !d.off {
			t.Logf("%d calls, %d records", len(d.calls), len(appended))
			break
		}
	}
}

// TestPowerLoss runs sequences of random loads and crashes: everything up to Durable survives, and no crash makes a
// log that is refused (JRN-04, JRN-06, TEST-22).
func TestPowerLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newSimDisk()
		var want []string
		for range rapid.IntRange(1, 4).Draw(t, "crashes") {
			d.offAfter = rapid.IntRange(1, 120).Draw(t, "off after")
			d.fallback = rapid.Bool().Draw(t, "zero fill")
			sizes := rapid.SliceOfN(rapid.IntRange(0, 1500), 0, 60).Draw(t, "sizes")
			var durable uint64
			if j, _, err := Open(simConfig(d)); err == nil {
				want, durable = run(j, want, sizes, rapid.IntRange(1, 20).Draw(t, "wait every"))
			} else {
				durable = uint64(len(want))
			}
			if rapid.Bool().Draw(t, "power") {
				d = d.powerLost(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)))
			} else {
				d = d.killed()
			}
			want = want[:checkRecovered(t, d, want, durable)]
		}
	})
}

// TestFastModeSurvivesKill checks what Fast promises: nothing is lost by kill -9, and no loss of power makes a log
// that is refused.
func TestFastModeSurvivesKill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newSimDisk()
		d.offAfter = rapid.IntRange(8, 150).Draw(t, "off after")
		sizes := rapid.SliceOfN(rapid.IntRange(0, 900), 1, 60).Draw(t, "sizes")
		var want []string
		var durable uint64
		if j, _, err := Open(simConfig(d, func(c *Config) { c.Sync = Fast })); err == nil {
			want, durable = run(j, nil, sizes, 1)
		}
		checkRecovered(t, d.killed(), want, durable)
		checkRecovered(t, d.powerLost(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))), want, 0)
	})
}

// openedTail gives the last segment of a log that was killed, with the offsets at which its records end.
func openedTail(t *testing.T, n int) (d *simDisk, path string, ends []int64) {
	t.Helper()
	d = newSimDisk()
	j, _ := simOpen(t, d)
	for i := 1; i <= n; i++ {
		commitText(t, j, fmt.Sprintf("text %d%*s", i, i%11, ""))
		ends = append(ends, j.tail.end)
	}
	return d.killed(), j.tail.path, ends
}

// TestTailCutAtEveryByte cuts the last segment at every byte, by truncation and by zeros up to the preallocated size
// (a crash leaves the latter): exactly the whole records before the cut are recovered (JRN-06).
func TestTailCutAtEveryByte(t *testing.T) {
	d, path, ends := openedTail(t, 20)
	whole := d.names[path].data
	for cut := int64(segmentHeader); cut <= ends[len(ends)-1]; cut++ {
		want, _ := slices.BinarySearch(ends, cut+1)
		for _, truncated := range []bool{true, false} {
			c := d.killed()
			f := c.names[path]
			if truncated {
				f.data = whole[:cut:cut]
			} else {
				clear(f.data[cut:])
			}
			got, rec, err := readAll(c, "/j")
			if err != nil || len(got) != want {
				// Zeros at the end of a record may be its own padding.
				if !truncated && err == nil && len(got) == want+1 && allZero(whole[cut:ends[want]]) {
					continue
				}
				t.Fatalf("cut at %d (truncated %v): %d records, %v; want %d", cut, truncated, len(got), err, want)
			}
			start := int64(segmentHeader)
			if want > 0 {
				start = ends[want-1]
			}
			if torn := rec.TornBytes > 0; torn != (cut > start) {
				t.Fatalf("cut at %d (truncated %v): torn %d bytes at %d, records end at %d", cut, truncated, rec.TornBytes, rec.TornOffset, start)
			}
		}
	}
}

// TestTornTailIsCut goes on after a torn tail, and finds nothing of it later.
func TestTornTailIsCut(t *testing.T) {
	d, path, ends := openedTail(t, 5)
	f := d.names[path]
	copy(f.data[ends[4]:], "half a record")
	j, rec := simOpen(t, d)
	want := Recovery{Epoch: 2, First: 1, Last: 5, Segments: 1, Bytes: ends[4] - segmentHeader, TornBytes: 13, TornFile: path, TornOffset: ends[4]}
	got := *rec
	got.LastMono, got.LastWall = 0, 0
	if got != want {
		t.Errorf("recovery %+v, want %+v", got, want)
	}
	commitText(t, j, "after")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	all, rec2, err := readAll(d, "/j")
	if err != nil || len(all) != 6 || all[5] != "after" || rec2.TornBytes != 0 || !rec2.Clean {
		t.Errorf("after the cut: %q %+v %v", all, rec2, err)
	}
}

// TestCrashInRecovery stops the disk at each call of a start that cuts a torn tail.
func TestCrashInRecovery(t *testing.T) {
	torn, path, ends := openedTail(t, 5)
	for i := range 300 {
		torn.names[path].data[ends[4]+int64(i)] = 'x'
	}
	torn.names[path].stable = torn.names[path].data
	for at := 1; ; at++ {
		d := torn.killed()
		d.offAfter = at
		j, _, err := Open(simConfig(d))
		for seed := range uint64(20) {
			checkRecovered(t, d.powerLost(rand.New(rand.NewPCG(uint64(at), seed))), []string{"text 1 ", "text 2  ", "text 3   ", "text 4    ", "text 5     "}, 5)
		}
		if err == nil {
			_ = j.Close()
			return
		}
	}
}

// TestTornCommitOutOfOrder loses the first sectors of a commit and keeps its last ones, which loss of power may do:
// nobody was told that it is durable, so it is a torn tail and no damage.
func TestTornCommitOutOfOrder(t *testing.T) {
	d := newSimDisk()
	release := make(chan struct{})
	j, _ := simOpen(t, d)
	commitText(t, j, "durable")
	var once bool
	d.intercept(func(op, name string) {
		if op == "sync" && name == segmentName(1) && !once {
			once = true
			<-release
		}
	})
	appendText(t, j, "alone")
	big := string(make([]byte, 300))
	for j.Stats().Queued > 0 { // until the writer has taken it
	}
	appendText(t, j, big, big, big, big, big)
	close(release)
	waitFor(t, j, 7)
	lost := d.killed()
	f := lost.names["/j/"+segmentName(1)]
	clear(f.data[512:1024])
	if got, rec, err := readAll(lost, "/j"); err != nil || len(got) >= 7 || len(got) < 2 || rec.TornBytes == 0 {
		t.Errorf("a lost sector of the last commit: %d records, %+v, %v", len(got), rec, err)
	}
	flip := d.killed()
	flip.names["/j/"+segmentName(1)].data[700] ^= 1
	if _, _, err := readAll(flip, "/j"); err == nil {
		t.Error("a flipped bit before other records of the last commit was taken for a torn tail")
	}
}
