-- The ledger of the models in force: every cut, activation, demotion and refusal (MOP-02).

-- +goose Up

CREATE TABLE models (
    instance BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at_ns BIGINT NOT NULL,
    model TEXT NOT NULL,
    what TEXT NOT NULL,
    reason TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    share DOUBLE PRECISION,
    serving TEXT NOT NULL,
    beside TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (instance, seq)
);

-- +goose Down

DROP TABLE models;
