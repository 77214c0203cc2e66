-- Experiments on live flow: beginnings, ends, and the arm of every parent with what was known before it (ABT-01).

-- +goose Up

CREATE TABLE experiments (
    instance INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    what TEXT NOT NULL,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    parent INTEGER NOT NULL,
    arm INTEGER NOT NULL,
    policy TEXT NOT NULL,
    cluster INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    day INTEGER NOT NULL,
    since_open_ns INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (instance, seq)
) STRICT;

CREATE INDEX experiments_name ON experiments (name, instance, seq);

-- +goose Down

DROP TABLE experiments;
