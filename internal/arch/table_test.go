package arch

// A row is one package of the import table of the architecture: what it may import of this module. A name that ends
// in "/..." stands for the package and everything below it; "..." stands for the whole module.
type row struct {
	pkg   string
	may   []string
	never []string // taken away from may
}

// The groups of the table.
var (
	nothing = []string(nil)
	domain  = []string{"internal/market", "internal/order"}
	words   = []string{"internal/market", "internal/order", "internal/event"}
)

// table is the import table. A package that is not in it fails the test, so that adding one is a visible decision.
// The first row that matches counts.
var table = []row{
	{pkg: "cmd/sluice", may: []string{"..."}},

	{pkg: "fixgw", may: with(words, "internal/journal", "fixgw/...")},
	{pkg: "fixgw/wire", may: []string{"internal/journal", "fixgw/session", "fixgw/store"}},
	{pkg: "fixgw/session", may: []string{"internal/journal", "fixgw/wire", "fixgw/store", "fixgw/dictionary"}},
	{pkg: "fixgw/store", may: []string{"internal/journal", "fixgw/wire", "fixgw/session"}},
	{pkg: "fixgw/dictionary", may: nothing}, // the embedded FIX dictionaries

	{pkg: "notebooks/lab", may: []string{"internal/market", "internal/store", "train"}}, // a module of its own; its cells import what they like

	{pkg: "features", may: domain},
	{pkg: "bandit", may: nothing},
	{pkg: "bandit/baseline", may: []string{"bandit"}},  // published policies to compare with
	{pkg: "bandit/offpolicy", may: []string{"bandit"}}, // estimates from logs
	{pkg: "bandit/survival", may: nothing},             // diagnostics of times that may be censored
	{pkg: "models", may: []string{"features"}},
	{pkg: "models/modeltest", may: []string{"features", "models"}}, // artifacts for tests
	{pkg: "models/registry", may: []string{"models"}},
	{pkg: "train", may: with(words, "features", "models/...", "bandit/...", "train/...", "internal/tca", "internal/store", "internal/columnar")},
	{pkg: "train/workload", may: with(words, "features", "bandit", "internal/store")}, // stores of synthetic work
	{pkg: "train/fit", may: []string{"bandit"}},                                       // estimators on sums
	{pkg: "train/net", may: []string{"models"}},                                       // the only importer of gorgonia
	{pkg: "train/tree", may: nothing},                                                 // the only importer of golearn
	{pkg: "serve/web", may: []string{"..."}, never: []string{"train/...", "cmd/...", "fixgw/..."}},
	{pkg: "serve/...", may: []string{"..."}, never: []string{"train/...", "cmd/..."}},

	{pkg: "internal/market", may: nothing},
	{pkg: "internal/order", may: []string{"internal/market"}},
	// The engine's words and their journal encoding, shared by engine, gateways and store so that adapters need not
	// know the engine.
	{pkg: "internal/event", may: domain},
	{pkg: "internal/router", may: with(words, "internal/experiment", "features", "bandit", "models", "internal/risk", "internal/snapshot")},
	{pkg: "internal/risk", may: with(words, "internal/snapshot")},
	{pkg: "internal/snapshot", may: domain}, // states as bytes
	{pkg: "internal/journal", may: nothing},
	{pkg: "internal/store", may: words},
	{pkg: "internal/store/archive", may: []string{"internal/store", "internal/columnar", "internal/market"}}, // days as files
	{pkg: "internal/columnar", may: nothing},                                                                 // tables as Parquet and CSV
	{pkg: "internal/table", may: domain},                                                                     // TOML files, for the router's configuration and for scenarios
	{pkg: "internal/sim/scenario", may: with(domain, "internal/sim", "internal/table")},
	{pkg: "internal/sim/...", may: with(domain, "internal/sim/...")},
	// Routing policies on the same work in a simulated market: it joins the engine to the market as serve does live.
	{pkg: "internal/compare", may: with(words, "internal/experiment", "features", "bandit/...", "models/...", "internal/router", "internal/sim/...")},
	{pkg: "internal/compare/webpage", may: []string{"internal/compare", "internal/chart", "internal/market"}}, // its report as HTML
	{pkg: "internal/chart", may: nothing}, // charts of self-contained pages
	{pkg: "internal/tca", may: words},
	{pkg: "internal/tca/nms", may: with(words, "internal/tca")}, // tables in the manner of Rules 605 and 606
	{pkg: "internal/experiment", may: with(domain, "bandit")},   // bandit has the confidence sequence
	// The router's decisions as a log to evaluate policies on, and for other programs.
	{pkg: "internal/decisionlog", may: with(words, "features", "bandit", "bandit/offpolicy", "internal/columnar")},
	{pkg: "internal/evaluate", may: []string{"bandit", "bandit/baseline"}}, // policies over recorded bandit problems
	{pkg: "internal/arch", may: nothing},
	{pkg: "internal/talk", may: nothing},     // golden conversations: scripts and tests
	{pkg: "internal/bench", may: nothing},    // runs go test and formats what it prints
	{pkg: "internal/security", may: nothing}, // runs checks of sources and modules and prints what they say
	{pkg: "internal/chromium", may: nothing}, // a real browser for tests
	{pkg: "internal/pgtest", may: nothing},   // a real database for tests
}

// adapters touch the world and do not know each other; fixgw keeps its messages in the journal.
var adapters = []string{"fixgw/...", "internal/store/...", "internal/sim/...", "internal/journal/..."}

// pure is the packages under the determinism contract. The decision packages also keep to arithmetic that gives the
// same bits on every machine.
var (
	pure = []string{"internal/market", "internal/order", "internal/event", "features", "bandit", "bandit/baseline",
		"bandit/offpolicy", "models", "internal/risk",
		"internal/snapshot", "internal/router", "internal/tca", "internal/experiment", "internal/sim/..."}
	decision = []string{"internal/market", "internal/order", "internal/event", "features", "bandit", "models", "internal/risk",
		"internal/router"}
)

func with(list []string, more ...string) []string {
	return append(append([]string(nil), list...), more...)
}
