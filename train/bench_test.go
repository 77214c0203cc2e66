package train

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
)

// peak is the largest resident memory of the process so far, MiB; 0 where the system does not tell.
func peak(tb testing.TB) float64 {
	tb.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			if err != nil {
				tb.Fatal(err)
			}
			return kib / 1024
		}
	}
	return 0
}

// BenchmarkTrain is a whole training, all families, from reading the source to the artifact: SLUICE_TRAIN_ROWS rows, 20,000
// without.
func BenchmarkTrain(b *testing.B) {
	rows := 20_000
	if n, err := strconv.Atoi(os.Getenv("SLUICE_TRAIN_ROWS")); err == nil {
		rows = n
	}
	for b.Loop() {
		c := Config{Source: &memory{seed: 1, rows: rows, draws: rows / 4, parents: rows / 8}, Dir: b.TempDir(), Key: "bench", Seed: 1, Waive: GateNames(), Waiver: "bench"}
		if testing.Verbose() {
			last := ""
			c.Progress = func(what string, _ int64) {
				if what != last {
					b.Logf("%8.1f s  %s", b.Elapsed().Seconds(), what)
					last = what
				}
			}
		}
		r, err := Run(context.Background(), c)
		if err != nil || r.Refused() {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(peak(b), "peak-MiB")
}

// BenchmarkHeads is H0, H2 and H3 of all venues and kinds, all passes.
func BenchmarkHeads(b *testing.B) {
	const rows = 100_000
	x := extractOf(b, &memory{seed: 1, rows: rows})
	for b.Loop() {
		if _, err := fitHeads(context.Background(), x, x.Rows, newMapping(nil), nil, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
