-- What a decision cost is looked up by decision, for all decisions in their order.

-- +goose Up

CREATE INDEX outcomes_cost ON outcomes (instance, decision) WHERE what = 'cost';

-- +goose Down

DROP INDEX outcomes_cost;
