package main

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// results is what go test -bench printed: package, benchmark and unit to value. Where a benchmark ran more than once the
// last counts. The keys cpuKey and procsKey hold what the header and the names say of the machine.
type results map[string]string

const (
	cpuKey   = "cpu"
	procsKey = "procs"
)

func key(pkg, name, unit string) string { return pkg + " " + name + " " + unit }

func (r results) cpu() string   { return r[cpuKey] }
func (r results) procs() string { return r[procsKey] }

// value gives a metric of a benchmark, named without Benchmark and without its suffix of processors.
func (r results) value(pkg, name, unit string) (v float64, ok bool) {
	v, err := strconv.ParseFloat(r[key(pkg, name, unit)], 64)
	return v, err == nil
}

// read takes the output of one package. A line is a name, a count and pairs of a value and a unit; the name ends in
// -GOMAXPROCS unless that is 1.
func (r results) read(pkg string, in io.Reader) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		line := lines.Text()
		if cpu, ok := strings.CutPrefix(line, "cpu: "); ok {
			r[cpuKey] = strings.TrimSpace(cpu)
		}
		rest, ok := strings.CutPrefix(line, "Benchmark")
		fields := strings.Fields(rest)
		if !ok || len(fields) < 4 {
			continue
		}
		if len(fields)%2 != 0 {
			return fmt.Errorf("a line of benchmarks has a value without a unit: %q", line)
		}
		name := fields[0]
		r[procsKey] = "1"
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			if _, err := strconv.ParseUint(name[i+1:], 10, 16); err == nil {
				name, r[procsKey] = name[:i], name[i+1:]
			}
		}
		for i := 2; i < len(fields); i += 2 {
			if _, err := strconv.ParseFloat(fields[i], 64); err != nil {
				return fmt.Errorf("a line of benchmarks has %q for a number: %q", fields[i], line)
			}
			r[key(pkg, name, fields[i+1])] = fields[i]
		}
	}
	return lines.Err()
}

// amount writes a value with three digits and the unit that a reader of times expects.
func amount(v float64, unit string) string {
	scale := map[string]float64{"ns/op": 1, "p50-ns": 1, "p99-ns": 1, "p50-us": 1e3, "p99-us": 1e3, "relay-p50-us": 1e3, "relay-p99-us": 1e3}[unit]
	if scale == 0 {
		if v >= 1000 {
			return fmt.Sprintf("%.0fk/s", v/1000)
		}
		return fmt.Sprintf("%.0f/s", v)
	}
	switch ns := v * scale; {
	case ns < 1e3:
		return fmt.Sprintf("%.3g ns", ns)
	case ns < 1e6:
		return fmt.Sprintf("%.3g us", ns/1e3)
	default:
		return fmt.Sprintf("%.3g ms", ns/1e6)
	}
}
