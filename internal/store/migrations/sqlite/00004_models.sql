-- The ledger of the models in force: every cut, activation, demotion and refusal (MOP-02).

-- +goose Up

CREATE TABLE models (
    instance INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    model TEXT NOT NULL,
    what TEXT NOT NULL,
    reason TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    share REAL,
    serving TEXT NOT NULL,
    beside TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (instance, seq)
) STRICT;

-- +goose Down

DROP TABLE models;
