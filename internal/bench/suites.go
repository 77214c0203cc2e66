package main

import "strings"

// A suite is one run of go test: a figure and its baseline always come from the same one.
type suite struct {
	pkg   string
	match string // -bench
	time  string // -benchtime
}

// suites is what runs, within four minutes on two processors.
func suites() []suite {
	return []suite{
		{"./serve", "Route", "12x"},
		{"./internal/router", "Decision|Book$", "20000x"},
		{"./internal/journal", "Baseline|Commit|Append", "1s"},
		{"./fixgw/session", "Burst/(bare|paced)/(1|4|16)$", "300x"},
		{"./internal/risk", "Gate", "200000x"},
		{"./bandit", "Baseline|FillPredict|ObserveFill|Decision|Update", "100000x"},
		{"./internal/event", "Append|Decode", "20000x"},
		{"./serve/shard", "Recover|Snapshot", "2x"},
		{"./serve/view", "Apply", "5000x"},
		{"./internal/store", "Apply/sqlite/1000$", "20x"},
		{"./internal/sim", "Second|TwelveVenues", "2000x"},
		{"./train", "Family", "2x"},
	}
}

// A row is one line of the table: a metric of a benchmark, and one to hold it against.
type row struct {
	pkg, name, unit string
	baseName        string // of the same package; empty is the row's own benchmark
	baseUnit        string // empty: there is nothing to hold it against
	without         string // what to say where the baseline is not there; empty: that is an error
	allocUnit       string // empty is allocs/op
	what            string // it is, and the baseline after "vs"
}

// noSklearn is for machines without Debian's python3-sklearn.
const noSklearn = ": not installed"

func (r row) base() string {
	if r.baseName == "" {
		return r.name
	}
	return r.baseName
}

func (r row) allocs() string {
	if r.allocUnit == "" {
		return "allocs/op"
	}
	return r.allocUnit
}

// title is the benchmark with its package's last word, and its metric where that is not the time of one operation.
func (r row) title() string {
	t := strings.TrimPrefix(r.pkg[strings.LastIndex(r.pkg, "/")+1:], "./") + "." + r.name
	if r.unit != "ns/op" {
		t += " " + strings.TrimSuffix(strings.TrimSuffix(r.unit, "-us"), "-ns")
	}
	return t
}

func rows() []row {
	var all []row
	for _, venues := range []string{"5", "12"} {
		for _, journal := range []string{"durable", "fast"} {
			for _, inFlight := range []string{"1", "4"} {
				name := "Route/venues=" + venues + "/journal=" + journal + "/inflight=" + inFlight
				all = append(all,
					row{pkg: "./serve", name: name, unit: "p50-us", baseUnit: "relay-p50-us", allocUnit: "allocs/order", what: "FIX in to first child out vs a bare quickfixgo relay"},
					row{pkg: "./serve", name: name, unit: "p99-us", baseUnit: "relay-p99-us", allocUnit: "allocs/order", what: "the same"})
			}
		}
	}
	return append(all,
		row{pkg: "./internal/router", name: "Decision/venues=5/sweep", unit: "ns/op", what: "one decision"},
		row{pkg: "./internal/router", name: "Decision/venues=12/sweep", unit: "ns/op", baseName: "Decision/venues=5/sweep", baseUnit: "ns/op", what: "vs 5 venues"},
		row{pkg: "./internal/router", name: "Decision/venues=12/dark", unit: "ns/op", baseName: "Decision/venues=5/dark", baseUnit: "ns/op", what: "vs 5 venues"},
		row{pkg: "./internal/router", name: "Decision/venues=12/dark", unit: "p50-ns", what: "half of the decisions are quicker"},
		row{pkg: "./internal/router", name: "Decision/venues=12/dark", unit: "p99-ns", what: "all but one in a hundred are"},
		row{pkg: "./internal/router", name: "Book", unit: "ns/op", what: "a new book through the engine"},
		row{pkg: "./internal/journal", name: "Commit/producers=1", unit: "p50-ns", baseName: "Baseline", baseUnit: "p50-ns", what: "durable append vs write and fdatasync by hand"},
		row{pkg: "./internal/journal", name: "Commit/producers=64", unit: "records/s", baseName: "Baseline", baseUnit: "records/s", what: "group commit vs one sync a record"},
		row{pkg: "./internal/journal", name: "Append/durable", unit: "ns/op", what: "a producer that does not wait"},
		row{pkg: "./fixgw/session", name: "Burst/paced/1", unit: "ns/op", baseName: "Burst/bare/1", baseUnit: "ns/op", what: "one message, our session vs quickfixgo alone"},
		row{pkg: "./fixgw/session", name: "Burst/paced/4", unit: "ns/op", baseName: "Burst/bare/4", baseUnit: "ns/op", what: "a burst of 4"},
		row{pkg: "./fixgw/session", name: "Burst/paced/16", unit: "ns/op", baseName: "Burst/bare/16", baseUnit: "ns/op", what: "a burst of 16"},
		row{pkg: "./internal/risk", name: "GateBoth", unit: "p50-ns", baseName: "GateBaseline", baseUnit: "p50-ns", what: "a child through both stages vs one order found and booked"},
		row{pkg: "./internal/risk", name: "GateBoth", unit: "p99-ns", baseName: "GateBaseline", baseUnit: "p99-ns", what: "the same"},
		row{pkg: "./internal/risk", name: "Gate/Parent", unit: "ns/op", what: "every check of a parent"},
		row{pkg: "./internal/risk", name: "Gate/Child", unit: "ns/op", what: "every check of a child"},
		row{pkg: "./bandit", name: "FillPredict", unit: "ns/op", baseName: "Baseline", baseUnit: "ns/op", what: "a fill's probability vs one quadratic form"},
		row{pkg: "./bandit", name: "ObserveFill", unit: "ns/op", baseName: "Baseline", baseUnit: "ns/op", what: "learning from a fill vs the same"},
		row{pkg: "./bandit", name: "Decision", unit: "p50-ns", what: "the library's part: 12 arms, 10 plans, 16 features"},
		row{pkg: "./bandit", name: "Decision", unit: "p99-ns", what: "the same"},
		row{pkg: "./bandit", name: "Update/H0", unit: "ns/op", baseName: "Baseline", baseUnit: "ns/op", what: "a datum of any fill vs one quadratic form"},
		row{pkg: "./bandit", name: "Update/H1", unit: "ns/op", what: "of the size of liquidity"},
		row{pkg: "./bandit", name: "Update/H2", unit: "ns/datum", baseName: "Baseline", baseUnit: "ns/op", what: "of the time to fill, a bin"},
		row{pkg: "./bandit", name: "Update/H3", unit: "ns/op", baseName: "Baseline", baseUnit: "ns/op", what: "of toxicity"},
		row{pkg: "./bandit", name: "Update/H4", unit: "ns/op", what: "of impact, an order"},
		row{pkg: "./bandit", name: "Update/H5", unit: "ns/op", what: "of latency and rejects"},
		row{pkg: "./internal/event", name: "Append/RecordDecision", unit: "ns/op", what: "a decision into journal bytes"},
		row{pkg: "./internal/event", name: "Decode/RecordDecision", unit: "ns/op", baseName: "Append/RecordDecision", baseUnit: "ns/op", what: "and back"},
		row{pkg: "./serve/shard", name: "Recover", unit: "events/s", what: "a journal replayed, every command compared"},
		row{pkg: "./serve/shard", name: "Snapshot/capture", unit: "ns/op", what: "the engine held by a snapshot of 10,000 orders"},
		row{pkg: "./serve/view", name: "Apply", unit: "ns/op", what: "a child's life into the page's view"},
		row{pkg: "./internal/store", name: "Apply/sqlite/1000", unit: "records/s", what: "1,000 records into SQLite"},
		row{pkg: "./internal/sim", name: "Second", unit: "events/s", what: "the simulated market"},
		row{pkg: "./internal/sim", name: "TwelveVenues", unit: "events/s", what: "twelve venues, six symbols, every agent"},
		row{pkg: "./train", name: "Family/logistic", unit: "rows/s", baseUnit: "sklearn-rows/s", without: noSklearn, what: "logistic regression to its maximum, 16 features, vs scikit-learn"},
		row{pkg: "./train", name: "Family/huber", unit: "rows/s", baseUnit: "sklearn-rows/s", without: noSklearn, what: "Huber's, vs scikit-learn"},
		row{pkg: "./train", name: "Family/map", unit: "rows/s", baseUnit: "sklearn-rows/s", without: noSklearn, what: "an epoch of the network by gorgonia, vs scikit-learn"},
		row{pkg: "./train", name: "Family/tree", unit: "rows/s", baseUnit: "sklearn-rows/s", without: noSklearn, what: "a tree by golearn, vs scikit-learn"},
		row{pkg: "./train", name: "Family/impact", unit: "rows/s", what: "the square-root law, with its exponent"},
	)
}
