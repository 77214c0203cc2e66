package store

// schema is the projection's tables. The column lists here and the row functions of rows.go go together, column by
// column; the migrations make the tables.
type schema struct {
	starts, parents, children, executions, decisions, outcomes, reports, alerts, models, experiments table
}

func newSchema() *schema {
	return &schema{
		starts: table{name: "starts", key: []string{"instance", "seq"}, columns: columns(
			integer, "instance", "seq", "at_ns", "epoch", text, "build", blob, "config", "body")},
		parents: table{name: "parents", key: []string{"instance", "id"}, latest: true, columns: columns(
			integer, "instance", "id", "seq", "at_ns",
			text, "client", "clordid", "account", "symbol", "side", "type", "tif", "strategy", "objective", "urgency",
			integer, "qty", "limit_micros", text, "state", "hold", integer, "cum", "avg_px_micros", "leaves",
			"received_ns", "done_ns", "arrival_micros", "end_mid_micros", "market_volume", "market_vwap_micros",
			"decisions", "children", text, "reason", blob, "body")},
		children: table{name: "children", key: []string{"instance", "id"}, latest: true, columns: columns(
			integer, "instance", "id", "seq", "at_ns", "parent", "decision", "venue",
			text, "clordid", "venue_order_id", "symbol", "side", "type", "tif", "style",
			integer, "qty", "limit_micros", "min_qty", text, "state", integer, "cum", "leaves", "avg_px_micros",
			"decided_ns", "wire_ns", "acked_ns", "done_ns", flag, "in_doubt", text, "reason", blob, "body")},
		executions: table{name: "executions", key: []string{"instance", "trade_date", "venue", "exec_id", "order_id"},
			latest: true, daily: "trade_date", columns: columns(
				integer, "instance", "trade_date", "venue", text, "exec_id", "order_id",
				integer, "seq", "at_ns", "report_id", "parent", "child", "decision", text, "symbol", "side", "style",
				integer, "qty", "px_micros", text, "liquidity", "last_mkt",
				integer, "fee_micros", "reg_micros", "mid_micros", flag, "late", "busted", blob, "body")},
		decisions: table{name: "decisions", key: []string{"instance", "id"}, daily: "day", columns: columns(
			integer, "instance", "id", "day", "seq", "at_ns", "parent", text, "stage", integer, "wave", text, "why", "symbol", "side",
			integer, "unrouted", "want", "bid_micros", "ask_micros", text, "objective", "urgency", "feature_schema", "model",
			integer, "posterior", real, "m", "epsilon", "gamma", "draw",
			integer, "plans", "chosen", text, "chosen_plan", real, "chosen_prob", "chosen_cost_bps", "static_cost_bps",
			flag, "void", text, "vetoed", blob, "body")},
		outcomes: table{name: "outcomes", key: []string{"instance", "seq"}, daily: "day", columns: columns(
			integer, "instance", "seq", "day", "at_ns", "parent", "child", "decision", "report_id", "venue", text, "style", "what",
			integer, "horizon_ns", "sent", "got", flag, "censored", real, "value", "fill_prob", "tox_bps", "own_bps",
			flag, "early", integer, "rest_ns", "life_ns", text, "refused", blob, "body")},
		reports: table{name: "reports", key: []string{"instance", "report_id"}, daily: "day", columns: columns(
			integer, "instance", "report_id", "day", "seq", "at_ns", "parent", text, "client", "clordid", "exec_type", "ord_status",
			integer, "last_qty", "last_px_micros", "cum", "leaves", "avg_px_micros", "ref_report_id", "fee_micros",
			text, "words", blob, "body")},
		alerts: table{name: "alerts", key: []string{"instance", "seq"}, columns: columns(
			integer, "instance", "seq", "at_ns", "severity", text, "code", integer, "parent", "child", text, "words",
			blob, "body")},
		models: table{name: "models", key: []string{"instance", "seq"}, columns: columns(
			integer, "instance", "seq", "at_ns", text, "model", "what", "reason", integer, "epoch", real, "share",
			text, "serving", "beside", blob, "body")},
		experiments: table{name: "experiments", key: []string{"instance", "seq"}, columns: columns(
			integer, "instance", "seq", "at_ns", text, "what", "name", "reason", integer, "parent", "arm", text, "policy",
			integer, "cluster", text, "symbol", integer, "day", "since_open_ns", blob, "body")},
	}
}

// all gives the tables in the order they are written.
func (s *schema) all() []*table {
	return []*table{&s.starts, &s.parents, &s.children, &s.executions, &s.decisions, &s.outcomes, &s.reports, &s.alerts, &s.models, &s.experiments}
}

// columns reads a list of names, each group after its kind.
func columns(spec ...any) []column {
	var out []column
	var k kind
	for _, x := range spec {
		switch x := x.(type) {
		case kind:
			k = x
		case string:
			out = append(out, column{x, k})
		default:
			panic("store: a column list holds kinds and names")
		}
	}
	return out
}
