package store

import (
	"fmt"
	"testing"

	"github.com/sluice-sor/sluice/internal/pgtest"
)

// BenchmarkApply applies journal records in batches, a quarter each of children sent, executions, children done and
// outcomes; PostgreSQL runs with fsync in a private cluster.
func BenchmarkApply(b *testing.B) {
	for _, size := range []int{1000, 5000} {
		b.Run(fmt.Sprintf("sqlite/%d", size), func(b *testing.B) { benchApply(b, openTemp(b, "bench.db"), size) })
	}
	b.Run("postgres", func(b *testing.B) {
		dsn := pgtest.New(b).DSN
		for _, size := range []int{1000, 5000} {
			b.Run(fmt.Sprint(size), func(b *testing.B) { benchApply(b, openSchema(b, dsn), size) })
		}
	})
}

// benchWindow is how many records are made before they come again under other numbers, to bound memory.
const benchWindow = 100_000

func benchApply(b *testing.B, s *Store, size int) {
	all := many(benchWindow)
	b.ReportAllocs()
	next, instance := 0, src.Instance
	for b.Loop() {
		if next+size > len(all) {
			next, instance = 0, instance+1
		}
		from := Source{"bench", instance}
		if err := s.Apply(b.Context(), from, all[next:next+size], uint64(next+size)); err != nil {
			b.Fatal(err)
		}
		next += size
	}
	b.ReportMetric(float64(b.N)*float64(size)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkDossier reads one parent of 20 children among 2,500.
func BenchmarkDossier(b *testing.B) {
	s := openTemp(b, "bench.db")
	records := append(many(10_000), Record{})
	records[10_000] = sample()[2]
	records[10_000].Seq = 10_001
	if err := s.Apply(b.Context(), src, records, 10_001); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Dossier(b.Context(), ParentKey{src.Instance, 7}); err != nil {
			b.Fatal(err)
		}
	}
}
