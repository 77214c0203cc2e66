// Command bench runs the benchmarks that Sluice publishes, once each, and prints them as one table: the figure, the
// baseline that was measured in the same run, their ratio, and allocations. `make bench` runs it from the module's root.
//
// A figure of this table holds for the machine, the build and the load of its run; the ratio is what travels.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"text/tabwriter"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run runs every suite and writes the table to out; progress goes to log.
func run(ctx context.Context, out, log io.Writer) error {
	found := results{}
	for _, s := range suites() {
		fmt.Fprintf(log, "go test -run '^$' -bench '%s' -benchtime %s -benchmem %s\n", s.match, s.time, s.pkg)
		cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", s.match, "-benchtime", s.time, "-benchmem", s.pkg)
		var output bytes.Buffer
		cmd.Stdout, cmd.Stderr = &output, log
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w\n%s", s.pkg, err, output.Bytes())
		}
		if err := found.read(s.pkg, &output); err != nil {
			return fmt.Errorf("%s: %w", s.pkg, err)
		}
	}
	return table(out, found)
}

// table writes a line a row. A row whose figure is not there is an error: its benchmark was renamed.
func table(out io.Writer, found results) error {
	fmt.Fprintf(out, "%s %s/%s %s, GOMAXPROCS %s\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, found.cpu(), found.procs())
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "benchmark\tfigure\tbaseline\tratio\tallocs\t  what\t")
	for _, r := range rows() {
		figure, ok := found.value(r.pkg, r.name, r.unit)
		if !ok {
			return fmt.Errorf("%s %s shows no %s: mend internal/bench/suites.go", r.pkg, r.name, r.unit)
		}
		base, ratio := "", ""
		if r.baseUnit != "" {
			b, ok := found.value(r.pkg, r.base(), r.baseUnit)
			if !ok {
				return fmt.Errorf("%s %s shows no %s: mend internal/bench/suites.go", r.pkg, r.base(), r.baseUnit)
			}
			base, ratio = amount(b, r.baseUnit), fmt.Sprintf("%.2f", figure/b)
		}
		allocs := ""
		if a, ok := found.value(r.pkg, r.name, r.allocs()); ok {
			allocs = fmt.Sprintf("%.0f", a)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t  %s\t\n", r.title(), amount(figure, r.unit), base, ratio, allocs, r.what)
	}
	return w.Flush()
}
