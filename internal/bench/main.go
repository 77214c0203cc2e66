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
	"strings"
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
		cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", s.match, "-benchtime", s.time, "-benchmem", s.pkg) //nolint:gosec // its own words
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
	lines := [][]string{{"benchmark", "figure", "baseline", "ratio", "allocs", "what"}}
	for _, r := range rows() {
		figure, ok := found.value(r.pkg, r.name, r.unit)
		if !ok {
			return fmt.Errorf("%s %s shows no %s: mend internal/bench/suites.go", r.pkg, r.name, r.unit)
		}
		line := []string{r.title(), amount(figure, r.unit), "", "", "", r.what}
		if r.baseUnit != "" {
			b, ok := found.value(r.pkg, r.base(), r.baseUnit)
			switch {
			case ok:
				line[2], line[3] = amount(b, r.baseUnit), fmt.Sprintf("%.2f", figure/b)
			case r.without != "":
				line[5] += r.without
			default:
				return fmt.Errorf("%s %s shows no %s: mend internal/bench/suites.go", r.pkg, r.base(), r.baseUnit)
			}
		}
		if a, ok := found.value(r.pkg, r.name, r.allocs()); ok {
			line[4] = fmt.Sprintf("%.0f", a)
		}
		lines = append(lines, line)
	}
	return columns(out, lines)
}

// columns writes lines with their first and last column to the left and figures to the right.
func columns(out io.Writer, lines [][]string) error {
	wide := make([]int, len(lines[0]))
	for _, l := range lines {
		for i, cell := range l {
			wide[i] = max(wide[i], len(cell))
		}
	}
	var b strings.Builder
	for _, l := range lines {
		last := len(l) - 1
		fmt.Fprintf(&b, "%-*s", wide[0], l[0])
		for i := 1; i < last; i++ {
			fmt.Fprintf(&b, "  %*s", wide[i], l[i])
		}
		fmt.Fprintf(&b, "  %s\n", l[last])
	}
	_, err := io.WriteString(out, b.String())
	return err
}
