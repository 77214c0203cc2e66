package journal

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// benchPayload has the size that JRN-10 counts with, 350 bytes with the header.
const benchPayload = 310

func benchOpen(b *testing.B, mode SyncMode) *Journal {
	b.Helper()
	j, _, err := Open(Config{Dir: b.TempDir(), Router: "bench", Sync: mode})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := j.Close(); err != nil {
			b.Error(err)
		}
	})
	return j
}

// BenchmarkBaseline is the plain way: one producer, one write and one fdatasync a record, in a preallocated file.
func BenchmarkBaseline(b *testing.B) {
	f, err := (osFS{}).Create(filepath.Join(b.TempDir(), "plain"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := allocate(f, DefaultSegmentBytes); err != nil {
		b.Fatal(err)
	}
	record := make([]byte, paddedSize(benchPayload))
	var h Histogram
	off := int64(0)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		start := time.Now()
		if off+int64(len(record)) > DefaultSegmentBytes {
			off = 0
		}
		if _, err := f.WriteAt(record, off); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		off += int64(len(record))
		h.observe(int64(time.Since(start)))
	}
	report(b, &h)
}

// BenchmarkCommit is append and wait for the disk, from several producers at once.
func BenchmarkCommit(b *testing.B) {
	for _, producers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("producers=%d", producers), func(b *testing.B) {
			j := benchOpen(b, Durable)
			payload := make([]byte, benchPayload)
			each := make([]Histogram, producers)
			var wg sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for p := range producers {
				n := b.N / producers
				if p < b.N%producers {
					n++
				}
				wg.Go(func() { produce(b, j, payload, n, &each[p]) })
			}
			wg.Wait()
			b.StopTimer()
			var all Histogram
			for _, h := range each {
				all.Count += h.Count
				all.Max = max(all.Max, h.Max)
				for i, n := range h.Buckets {
					all.Buckets[i] += n
				}
			}
			report(b, &all)
			b.ReportMetric(float64(j.Stats().Appended)/float64(max(1, j.Stats().Commits)), "records/commit")
		})
	}
}

func produce(b *testing.B, j *Journal, payload []byte, n int, h *Histogram) {
	for range n {
		start := time.Now()
		seq, err := j.Append(7, 1, payload)
		if err == nil {
			err = j.Wait(context.Background(), seq)
		}
		if err != nil {
			b.Error(err)
			return
		}
		h.observe(int64(time.Since(start)))
	}
}

func report(b *testing.B, h *Histogram) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(h.Quantile(0.5).Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(h.Quantile(0.99).Nanoseconds()), "p99-ns")
}

// BenchmarkAppend is what a producer pays that does not wait.
func BenchmarkAppend(b *testing.B) {
	for _, mode := range []SyncMode{Durable, Fast} {
		b.Run(mode.String(), func(b *testing.B) {
			j := benchOpen(b, mode)
			payload := make([]byte, benchPayload)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				if _, err := j.Append(7, 1, payload); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// benchLog makes a closed log of n records.
func benchLog(b *testing.B, n int) (dir string) {
	b.Helper()
	dir = b.TempDir()
	j, _, err := Open(Config{Dir: dir, Router: "bench", Sync: Fast})
	if err != nil {
		b.Fatal(err)
	}
	payload := make([]byte, benchPayload)
	for range n {
		if _, err := j.Append(7, 1, payload); err != nil {
			b.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	return dir
}

// BenchmarkOpen is the check of a whole log at the start, about 100 MB of it.
func BenchmarkOpen(b *testing.B) {
	dir := benchLog(b, 300_000)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 2 {
		b.Fatal(entries, err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		r, err := OpenReader(dir, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(r.Found().Bytes)
		r.Close()
	}
}

// BenchmarkAt is a random read, as a FIX resend makes.
func BenchmarkAt(b *testing.B) {
	j, rec, err := Open(Config{Dir: benchLog(b, 300_000), Router: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	b.ReportAllocs()
	b.ResetTimer()
	seq := uint64(0)
	for range b.N {
		seq = (seq*6364136223846793005 + 1442695040888963407)
		if _, err := j.At(1 + seq%rec.Last); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRead is a projection that catches up.
func BenchmarkRead(b *testing.B) {
	j, rec, err := Open(Config{Dir: benchLog(b, 300_000), Router: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	b.ReportAllocs()
	b.ResetTimer()
	r := j.Read(0)
	for range b.N {
		if r.next > rec.Last {
			r.Close()
			r = j.Read(0)
		}
		if _, err := r.Next(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	r.Close()
}
