-- The projection in SQLite. STRICT: an integer column holds integers and nothing else, as in PostgreSQL.

-- +goose Up

CREATE TABLE watermarks (
    projection TEXT NOT NULL,
    instance INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (projection, instance)
) STRICT;

CREATE TABLE starts (
    instance INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    build TEXT NOT NULL,
    config BLOB NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (instance, seq)
) STRICT;

CREATE TABLE parents (
    instance INTEGER NOT NULL,
    id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    client TEXT NOT NULL,
    clordid TEXT NOT NULL,
    account TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    type TEXT NOT NULL,
    tif TEXT NOT NULL,
    strategy TEXT NOT NULL,
    objective TEXT NOT NULL,
    urgency TEXT NOT NULL,
    qty INTEGER NOT NULL,
    limit_micros INTEGER NOT NULL,
    state TEXT NOT NULL,
    hold TEXT NOT NULL,
    cum INTEGER NOT NULL,
    avg_px_micros INTEGER NOT NULL,
    leaves INTEGER NOT NULL,
    received_ns INTEGER NOT NULL,
    done_ns INTEGER NOT NULL,
    arrival_micros INTEGER NOT NULL,
    end_mid_micros INTEGER NOT NULL,
    market_volume INTEGER NOT NULL,
    market_vwap_micros INTEGER NOT NULL,
    decisions INTEGER NOT NULL,
    children INTEGER NOT NULL,
    reason TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (instance, id)
) STRICT;

CREATE TABLE children (
    instance INTEGER NOT NULL,
    id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    venue INTEGER NOT NULL,
    clordid TEXT NOT NULL,
    venue_order_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    type TEXT NOT NULL,
    tif TEXT NOT NULL,
    style TEXT NOT NULL,
    qty INTEGER NOT NULL,
    limit_micros INTEGER NOT NULL,
    min_qty INTEGER NOT NULL,
    state TEXT NOT NULL,
    cum INTEGER NOT NULL,
    leaves INTEGER NOT NULL,
    avg_px_micros INTEGER NOT NULL,
    decided_ns INTEGER NOT NULL,
    wire_ns INTEGER NOT NULL,
    acked_ns INTEGER NOT NULL,
    done_ns INTEGER NOT NULL,
    in_doubt INTEGER NOT NULL,
    reason TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (instance, id)
) STRICT;

CREATE TABLE executions (
    instance INTEGER NOT NULL,
    trade_date INTEGER NOT NULL,
    venue INTEGER NOT NULL,
    exec_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    report_id INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    child INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    style TEXT NOT NULL,
    qty INTEGER NOT NULL,
    px_micros INTEGER NOT NULL,
    liquidity TEXT NOT NULL,
    last_mkt TEXT NOT NULL,
    fee_micros INTEGER NOT NULL,
    reg_micros INTEGER NOT NULL,
    mid_micros INTEGER NOT NULL,
    late INTEGER NOT NULL,
    busted INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (instance, trade_date, venue, exec_id, order_id)
) STRICT;

CREATE TABLE decisions (
    instance INTEGER NOT NULL,
    id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    stage TEXT NOT NULL,
    wave INTEGER NOT NULL,
    why TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    unrouted INTEGER NOT NULL,
    want INTEGER NOT NULL,
    bid_micros INTEGER NOT NULL,
    ask_micros INTEGER NOT NULL,
    objective TEXT NOT NULL,
    urgency TEXT NOT NULL,
    feature_schema TEXT NOT NULL,
    model TEXT NOT NULL,
    posterior INTEGER NOT NULL,
    m REAL,
    epsilon REAL,
    gamma REAL,
    draw REAL,
    plans INTEGER NOT NULL,
    chosen INTEGER NOT NULL,
    chosen_plan TEXT NOT NULL,
    chosen_prob REAL,
    chosen_cost_bps REAL,
    static_cost_bps REAL,
    void INTEGER NOT NULL,
    vetoed TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (instance, id)
) STRICT;

CREATE TABLE outcomes (
    instance INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    child INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    report_id INTEGER NOT NULL,
    venue INTEGER NOT NULL,
    style TEXT NOT NULL,
    what TEXT NOT NULL,
    horizon_ns INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    got INTEGER NOT NULL,
    censored INTEGER NOT NULL,
    value REAL,
    fill_prob REAL,
    tox_bps REAL,
    refused TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (instance, seq)
) STRICT;

CREATE TABLE reports (
    instance INTEGER NOT NULL,
    report_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    client TEXT NOT NULL,
    clordid TEXT NOT NULL,
    exec_type TEXT NOT NULL,
    ord_status TEXT NOT NULL,
    last_qty INTEGER NOT NULL,
    last_px_micros INTEGER NOT NULL,
    cum INTEGER NOT NULL,
    leaves INTEGER NOT NULL,
    avg_px_micros INTEGER NOT NULL,
    ref_report_id INTEGER NOT NULL,
    fee_micros INTEGER NOT NULL,
    words TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (instance, report_id)
) STRICT;

CREATE TABLE alerts (
    instance INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    code TEXT NOT NULL,
    parent INTEGER NOT NULL,
    child INTEGER NOT NULL,
    words TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (instance, seq)
) STRICT;

CREATE INDEX parents_received ON parents (received_ns);
CREATE INDEX parents_clordid ON parents (clordid);
CREATE INDEX children_parent ON children (instance, parent);
CREATE INDEX executions_parent ON executions (instance, parent);
CREATE INDEX decisions_parent ON decisions (instance, parent);
CREATE INDEX outcomes_parent ON outcomes (instance, parent);
CREATE INDEX reports_parent ON reports (instance, parent);
CREATE INDEX children_time ON children (decided_ns);
CREATE INDEX executions_time ON executions (at_ns);
CREATE INDEX decisions_time ON decisions (at_ns);
CREATE INDEX outcomes_time ON outcomes (at_ns);
CREATE INDEX reports_time ON reports (at_ns);
CREATE INDEX alerts_time ON alerts (at_ns);

-- +goose Down

DROP TABLE alerts;
DROP TABLE reports;
DROP TABLE outcomes;
DROP TABLE decisions;
DROP TABLE executions;
DROP TABLE children;
DROP TABLE parents;
DROP TABLE starts;
DROP TABLE watermarks;
