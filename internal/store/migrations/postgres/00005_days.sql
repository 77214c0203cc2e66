-- What grows by the day is kept by the day: a partition for each day of executions, decisions, outcomes and reports, made ahead
-- and never by default (PRJ-03), so that a day is archived by detaching it (PRJ-07). Decisions, outcomes and reports are of the
-- UTC day of at_ns, executions of their trade date.

-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION sluice_day(at_ns BIGINT) RETURNS BIGINT LANGUAGE sql IMMUTABLE AS $$
    SELECT to_char(to_timestamp(floor(at_ns::numeric / 1000000000)::bigint) AT TIME ZONE 'UTC', 'YYYYMMDD')::bigint
$$;
-- +goose StatementEnd

-- Makes the partitions of a day, and says whether any was missing. It runs with the rights of the store's owner, so that who
-- writes rows need not own tables. Attaching waits for nobody who reads.
-- +goose StatementBegin
CREATE FUNCTION sluice_make_day(day BIGINT) RETURNS BOOLEAN LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    kept TEXT;
    made BOOLEAN := FALSE;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('sluice_make_day'));
    FOREACH kept IN ARRAY ARRAY['executions', 'decisions', 'outcomes', 'reports'] LOOP
        IF to_regclass(quote_ident(kept || '_' || day)) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', kept || '_' || day, kept);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', kept, kept || '_' || day, day, day + 1);
            made := TRUE;
        END IF;
    END LOOP;
    RETURN made;
END $$;
-- +goose StatementEnd

ALTER TABLE executions RENAME TO executions_whole;
ALTER TABLE decisions RENAME TO decisions_whole;
ALTER TABLE outcomes RENAME TO outcomes_whole;
ALTER TABLE reports RENAME TO reports_whole;
CREATE TABLE executions (LIKE executions_whole INCLUDING DEFAULTS) PARTITION BY RANGE (trade_date);
CREATE TABLE decisions (LIKE decisions_whole INCLUDING DEFAULTS, day BIGINT NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE outcomes (LIKE outcomes_whole INCLUDING DEFAULTS, day BIGINT NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE reports (LIKE reports_whole INCLUDING DEFAULTS, day BIGINT NOT NULL) PARTITION BY RANGE (day);

-- +goose StatementBegin
DO $$
DECLARE
    d BIGINT;
BEGIN
    FOR d IN SELECT trade_date FROM executions_whole UNION SELECT sluice_day(at_ns) FROM decisions_whole
        UNION SELECT sluice_day(at_ns) FROM outcomes_whole UNION SELECT sluice_day(at_ns) FROM reports_whole LOOP
        PERFORM sluice_make_day(d);
    END LOOP;
END $$;
-- +goose StatementEnd

INSERT INTO executions SELECT * FROM executions_whole;
INSERT INTO decisions SELECT *, sluice_day(at_ns) FROM decisions_whole;
INSERT INTO outcomes SELECT *, sluice_day(at_ns) FROM outcomes_whole;
INSERT INTO reports SELECT *, sluice_day(at_ns) FROM reports_whole;
DROP TABLE executions_whole;
DROP TABLE decisions_whole;
DROP TABLE outcomes_whole;
DROP TABLE reports_whole;

ALTER TABLE executions ADD PRIMARY KEY (instance, trade_date, venue, exec_id, order_id);
ALTER TABLE decisions ADD PRIMARY KEY (instance, id, day);
ALTER TABLE outcomes ADD PRIMARY KEY (instance, seq, day);
ALTER TABLE reports ADD PRIMARY KEY (instance, report_id, day);
CREATE INDEX executions_parent ON executions (instance, parent);
CREATE INDEX decisions_parent ON decisions (instance, parent);
CREATE INDEX outcomes_parent ON outcomes (instance, parent);
CREATE INDEX outcomes_cost ON outcomes (instance, decision) WHERE what = 'cost';
CREATE INDEX outcomes_decision ON outcomes (instance, decision, seq);
CREATE INDEX outcomes_impact ON outcomes (instance, parent, seq) WHERE what = 'impact';
CREATE INDEX reports_parent ON reports (instance, parent);
CREATE INDEX executions_time ON executions USING brin (at_ns);
CREATE INDEX decisions_time ON decisions USING brin (at_ns);
CREATE INDEX outcomes_time ON outcomes USING brin (at_ns);
CREATE INDEX reports_time ON reports USING brin (at_ns);

-- Puts executions, where a later record of one replaces an earlier one and nothing else is ever changed. It runs with the rights
-- of the store's owner: who writes may neither update nor delete what was traded (SEC-07).
-- +goose StatementBegin
CREATE FUNCTION sluice_put_executions(BIGINT[], BIGINT[], BIGINT[], TEXT[], TEXT[], BIGINT[], BIGINT[], BIGINT[], BIGINT[], BIGINT[], BIGINT[],
    TEXT[], TEXT[], TEXT[], BIGINT[], BIGINT[], TEXT[], TEXT[], BIGINT[], BIGINT[], BIGINT[], BOOLEAN[], BOOLEAN[], BYTEA[])
    RETURNS VOID LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO executions (instance, trade_date, venue, exec_id, order_id, seq, at_ns, report_id, parent, child, decision, symbol, side,
        style, qty, px_micros, liquidity, last_mkt, fee_micros, reg_micros, mid_micros, late, busted, body)
    SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
    ON CONFLICT (instance, trade_date, venue, exec_id, order_id) DO UPDATE SET seq = excluded.seq, at_ns = excluded.at_ns,
        report_id = excluded.report_id, parent = excluded.parent, child = excluded.child, decision = excluded.decision,
        symbol = excluded.symbol, side = excluded.side, style = excluded.style, qty = excluded.qty, px_micros = excluded.px_micros,
        liquidity = excluded.liquidity, last_mkt = excluded.last_mkt, fee_micros = excluded.fee_micros, reg_micros = excluded.reg_micros,
        mid_micros = excluded.mid_micros, late = excluded.late, busted = excluded.busted, body = excluded.body
        WHERE excluded.seq > executions.seq
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION sluice_put_executions FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION sluice_make_day FROM PUBLIC;

-- +goose Down

ALTER TABLE executions RENAME TO executions_days;
ALTER TABLE decisions RENAME TO decisions_days;
ALTER TABLE outcomes RENAME TO outcomes_days;
ALTER TABLE reports RENAME TO reports_days;
CREATE TABLE executions (LIKE executions_days INCLUDING DEFAULTS);
CREATE TABLE decisions (LIKE decisions_days INCLUDING DEFAULTS);
CREATE TABLE outcomes (LIKE outcomes_days INCLUDING DEFAULTS);
CREATE TABLE reports (LIKE reports_days INCLUDING DEFAULTS);
INSERT INTO executions SELECT * FROM executions_days;
INSERT INTO decisions SELECT * FROM decisions_days;
INSERT INTO outcomes SELECT * FROM outcomes_days;
INSERT INTO reports SELECT * FROM reports_days;
DROP TABLE executions_days;
DROP TABLE decisions_days;
DROP TABLE outcomes_days;
DROP TABLE reports_days;
ALTER TABLE decisions DROP COLUMN day;
ALTER TABLE outcomes DROP COLUMN day;
ALTER TABLE reports DROP COLUMN day;
DROP FUNCTION sluice_put_executions;
DROP FUNCTION sluice_make_day;
DROP FUNCTION sluice_day;
ALTER TABLE executions ADD PRIMARY KEY (instance, trade_date, venue, exec_id, order_id);
ALTER TABLE decisions ADD PRIMARY KEY (instance, id);
ALTER TABLE outcomes ADD PRIMARY KEY (instance, seq);
ALTER TABLE reports ADD PRIMARY KEY (instance, report_id);
CREATE INDEX executions_parent ON executions (instance, parent);
CREATE INDEX decisions_parent ON decisions (instance, parent);
CREATE INDEX outcomes_parent ON outcomes (instance, parent);
CREATE INDEX outcomes_cost ON outcomes (instance, decision) WHERE what = 'cost';
CREATE INDEX outcomes_decision ON outcomes (instance, decision, seq);
CREATE INDEX outcomes_impact ON outcomes (instance, parent, seq) WHERE what = 'impact';
CREATE INDEX reports_parent ON reports (instance, parent);
CREATE INDEX executions_time ON executions USING brin (at_ns);
CREATE INDEX decisions_time ON decisions USING brin (at_ns);
CREATE INDEX outcomes_time ON outcomes USING brin (at_ns);
CREATE INDEX reports_time ON reports USING brin (at_ns);
