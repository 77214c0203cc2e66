-- Heads of the routers' audit logs, which keep people's actions in files: lines that are cut off a file's end are found against
-- them (SEC-05).

-- +goose Up

CREATE TABLE audit_heads (
    router TEXT NOT NULL,
    at_ns BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (router, at_ns)
);

-- +goose Down

DROP TABLE audit_heads;
