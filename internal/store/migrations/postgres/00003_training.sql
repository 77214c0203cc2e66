-- What the learner was told of a child, for training, and the ways that training reads.

-- +goose Up

ALTER TABLE outcomes ADD COLUMN own_bps DOUBLE PRECISION;
ALTER TABLE outcomes ADD COLUMN early BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE outcomes ADD COLUMN rest_ns BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outcomes ADD COLUMN life_ns BIGINT NOT NULL DEFAULT 0;
CREATE INDEX outcomes_decision ON outcomes (instance, decision, seq);
CREATE INDEX outcomes_impact ON outcomes (instance, parent, seq) WHERE what = 'impact';
CREATE INDEX children_decision ON children (instance, decision, id);

-- +goose Down

DROP INDEX children_decision;
DROP INDEX outcomes_impact;
DROP INDEX outcomes_decision;
ALTER TABLE outcomes DROP COLUMN life_ns;
ALTER TABLE outcomes DROP COLUMN rest_ns;
ALTER TABLE outcomes DROP COLUMN early;
ALTER TABLE outcomes DROP COLUMN own_bps;
