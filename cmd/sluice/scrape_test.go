//go:build linux

package main

import (
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// scrape is a router's metrics at one time: series by name with labels, as Prometheus writes them.
type scrape map[string]float64

func scraped(t *testing.T, addr string) scrape {
	t.Helper()
	r, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	s := scrape{}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		at := strings.LastIndexByte(line, ' ') // label values may have spaces
		if v, err := strconv.ParseFloat(line[at+1:], 64); err == nil && at > 0 && line[0] != '#' {
			s[line[:at]] = v
		}
	}
	return s
}

// is reports whether a series has a name and all of some label texts.
func is(series, name string, labels []string) bool {
	rest, ok := strings.CutPrefix(series, name)
	if !ok || rest != "" && rest[0] != '{' {
		return false
	}
	for _, l := range labels {
		if !strings.Contains(rest, l) {
			return false
		}
	}
	return true
}

// value gives one series, sum all of a name.
func (s scrape) value(name string, labels ...string) float64 {
	for series, v := range s {
		if is(series, name, labels) {
			return v
		}
	}
	return math.NaN()
}

func (s scrape) sum(name string, labels ...string) (n float64) {
	for series, v := range s {
		if is(series, name, labels) {
			n += v
		}
	}
	return n
}

// buckets is a histogram: what lies below each bound.
type buckets map[float64]float64

// histogram gives the histogram of a name whose labels have the given values.
func (s scrape) histogram(name string, values ...string) buckets {
	h := buckets{}
	var labels []string
	for _, v := range values {
		labels = append(labels, `="`+v+`"`)
	}
	for series, v := range s {
		if !is(series, name+"_bucket", labels) {
			continue
		}
		_, bound, _ := strings.Cut(series, `le="`)
		bound, _, _ = strings.Cut(bound, `"`)
		if x, err := strconv.ParseFloat(bound, 64); err == nil {
			h[x] = v
		}
	}
	return h
}

// less takes away what an earlier scrape had.
func (h buckets) less(earlier buckets) buckets {
	out := buckets{}
	for bound, n := range h {
		out[bound] = n - earlier[bound]
	}
	return out
}

// quantile gives the bound below which a share of all lies.
func (h buckets) quantile(q float64) time.Duration {
	var bounds []float64
	for b := range h {
		bounds = append(bounds, b)
	}
	slices.Sort(bounds)
	if len(bounds) == 0 || h[bounds[len(bounds)-1]] == 0 {
		return 0
	}
	all, last := h[bounds[len(bounds)-1]], 0.
	for _, b := range bounds {
		if !math.IsInf(b, 1) {
			last = b
		}
		if h[b] >= q*all {
			break
		}
	}
	return brief(time.Duration(last * 1e9))
}
