-- Experiments on live flow: beginnings, ends, and the arm of every parent with what was known before it (ABT-01).

-- +goose Up

CREATE TABLE experiments (
    instance BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at_ns BIGINT NOT NULL,
    what TEXT NOT NULL,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    parent BIGINT NOT NULL,
    arm BIGINT NOT NULL,
    policy TEXT NOT NULL,
    cluster BIGINT NOT NULL,
    symbol TEXT NOT NULL,
    day BIGINT NOT NULL,
    since_open_ns BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (instance, seq)
);

CREATE INDEX experiments_name ON experiments (name, instance, seq);

-- +goose Down

DROP TABLE experiments;
