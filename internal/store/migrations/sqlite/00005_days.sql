-- The UTC day of at_ns as YYYYMMDD, by which PostgreSQL partitions and people filter.

-- +goose Up

ALTER TABLE decisions ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outcomes ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reports ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
UPDATE decisions SET day = CAST(strftime('%Y%m%d', at_ns / 1000000000, 'unixepoch') AS INTEGER);
UPDATE outcomes SET day = CAST(strftime('%Y%m%d', at_ns / 1000000000, 'unixepoch') AS INTEGER);
UPDATE reports SET day = CAST(strftime('%Y%m%d', at_ns / 1000000000, 'unixepoch') AS INTEGER);

-- +goose Down

ALTER TABLE reports DROP COLUMN day;
ALTER TABLE outcomes DROP COLUMN day;
ALTER TABLE decisions DROP COLUMN day;
