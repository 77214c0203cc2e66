-- The projection in PostgreSQL: the same tables and columns as in SQLite, block-range indexes on time.

-- +goose Up

CREATE TABLE watermarks (
    projection TEXT NOT NULL,
    instance BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (projection, instance)
);

CREATE TABLE starts (
    instance BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at_ns BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    build TEXT NOT NULL,
    config BYTEA NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (instance, seq)
);

CREATE TABLE parents (
    instance BIGINT NOT NULL,
    id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at_ns BIGINT NOT NULL,
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
    qty BIGINT NOT NULL,
    limit_micros BIGINT NOT NULL,
    state TEXT NOT NULL,
    hold TEXT NOT NULL,
    cum BIGINT NOT NULL,
    avg_px_micros BIGINT NOT NULL,
    leaves BIGINT NOT NULL,
    received_ns BIGINT NOT NULL,
    done_ns BIGINT NOT NULL,
    arrival_micros BIGINT NOT NULL,
    end_mid_micros BIGINT NOT NULL,
    market_volume BIGINT NOT NULL,
    market_vwap_micros BIGINT NOT NULL,
    decisions BIGINT NOT NULL,
    children BIGINT NOT NULL,
    reason TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (instance, id)
);

CREATE TABLE children (
    instance BIGINT NOT NULL,
    id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at_ns BIGINT NOT NULL,
    parent BIGINT NOT NULL,
    decision BIGINT NOT NULL,
    venue BIGINT NOT NULL,
    clordid TEXT NOT NULL,
    venue_order_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    type TEXT NOT NULL,
    tif TEXT NOT NULL,
    style TEXT NOT NULL,
    qty BIGINT NOT NULL,
    limit_micros BIGINT NOT NULL,
    min_qty BIGINT NOT NULL,
    state TEXT NOT NULL,
    cum BIGINT NOT NULL,
    leaves BIGINT NOT NULL,
    avg_px_micros BIGINT NOT NULL,
    decided_ns BIGINT NOT NULL,
    wire_ns BIGINT NOT NULL,
    acked_ns BIGINT NOT NULL,
    done_ns BIGINT NOT NULL,
    in_doubt BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (instance, id)
);

CREATE TABLE executions (
    instance BIGINT NOT NULL,
    trade_date BIGINT NOT NULL,
    venue BIGINT NOT NULL,
    exec_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at_ns BIGINT NOT NULL,
    report_id BIGINT NOT NULL,
    parent BIGINT NOT NULL,
    child BIGINT NOT NULL,
    decision BIGINT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    style TEXT NOT NULL,
    qty BIGINT NOT NULL,
    px_micros BIGINT NOT NULL,
    liquidity TEXT NOT NULL,
    last_mkt TEXT NOT NULL,
    fee_micros BIGINT NOT NULL,
    reg_micros BIGINT NOT NULL,
    mid_micros BIGINT NOT NULL,
    late BOOLEAN NOT NULL,
    busted BOOLEAN NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (instance, trade_date, venue, exec_id, order_id)
);

CREATE TABLE decisions (
    instance BIGINT NOT NULL,
    id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at_ns BIGINT NOT NULL,
    parent BIGINT NOT NULL,
    stage TEXT NOT NULL,
    wave BIGINT NOT NULL,
    why TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    unrouted BIGINT NOT NULL,
    want BIGINT NOT NULL,
    bid_micros BIGINT NOT NULL,
    ask_micros BIGINT NOT NULL,
    objective TEXT NOT NULL,
    urgency TEXT NOT NULL,
    feature_schema TEXT NOT NULL,
    model TEXT NOT NULL,
    posterior BIGINT NOT NULL,
    m DOUBLE PRECISION,
    epsilon DOUBLE PRECISION,
    gamma DOUBLE PRECISION,
    draw DOUBLE PRECISION,
    plans BIGINT NOT NULL,
    chosen BIGINT NOT NULL,
    chosen_plan TEXT NOT NULL,
    chosen_prob DOUBLE PRECISION,
    chosen_cost_bps DOUBLE PRECISION,
    static_cost_bps DOUBLE PRECISION,
    void BOOLEAN NOT NULL,
    vetoed TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (instance, id)
);

CREATE TABLE outcomes (
    instance BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at_ns BIGINT NOT NULL,
    parent BIGINT NOT NULL,
    child BIGINT NOT NULL,
    decision BIGINT NOT NULL,
    report_id BIGINT NOT NULL,
    venue BIGINT NOT NULL,
    style TEXT NOT NULL,
    what TEXT NOT NULL,
    horizon_ns BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    got BIGINT NOT NULL,
    censored BOOLEAN NOT NULL,
    value DOUBLE PRECISION,
    fill_prob DOUBLE PRECISION,
    tox_bps DOUBLE PRECISION,
    refused TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (instance, seq)
);

CREATE TABLE reports (
    instance BIGINT NOT NULL,
    report_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at_ns BIGINT NOT NULL,
    parent BIGINT NOT NULL,
    client TEXT NOT NULL,
    clordid TEXT NOT NULL,
    exec_type TEXT NOT NULL,
    ord_status TEXT NOT NULL,
    last_qty BIGINT NOT NULL,
    last_px_micros BIGINT NOT NULL,
    cum BIGINT NOT NULL,
    leaves BIGINT NOT NULL,
    avg_px_micros BIGINT NOT NULL,
    ref_report_id BIGINT NOT NULL,
    fee_micros BIGINT NOT NULL,
    words TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (instance, report_id)
);

CREATE TABLE alerts (
    instance BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at_ns BIGINT NOT NULL,
    severity BIGINT NOT NULL,
    code TEXT NOT NULL,
    parent BIGINT NOT NULL,
    child BIGINT NOT NULL,
    words TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (instance, seq)
);

CREATE INDEX parents_received ON parents (received_ns);
CREATE INDEX parents_clordid ON parents (clordid);
CREATE INDEX children_parent ON children (instance, parent);
CREATE INDEX executions_parent ON executions (instance, parent);
CREATE INDEX decisions_parent ON decisions (instance, parent);
CREATE INDEX outcomes_parent ON outcomes (instance, parent);
CREATE INDEX reports_parent ON reports (instance, parent);
CREATE INDEX children_time ON children USING brin (decided_ns);
CREATE INDEX executions_time ON executions USING brin (at_ns);
CREATE INDEX decisions_time ON decisions USING brin (at_ns);
CREATE INDEX outcomes_time ON outcomes USING brin (at_ns);
CREATE INDEX reports_time ON reports USING brin (at_ns);
CREATE INDEX alerts_time ON alerts USING brin (at_ns);

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
