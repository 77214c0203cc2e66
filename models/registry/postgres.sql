-- The tables of the model registry. They only grow: a trigger refuses to change or remove a row.
SELECT pg_advisory_xact_lock(7310579614);
CREATE TABLE IF NOT EXISTS model_versions (
	id       text  PRIMARY KEY,
	manifest bytea NOT NULL,
	artifact bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS model_ledger (
	seq  bigint PRIMARY KEY,
	line text   NOT NULL
);
CREATE OR REPLACE FUNCTION model_registry_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the model registry only grows: % of % is refused', TG_OP, TG_TABLE_NAME;
END $$;
CREATE OR REPLACE TRIGGER model_versions_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON model_versions
	FOR EACH STATEMENT EXECUTE FUNCTION model_registry_grows();
CREATE OR REPLACE TRIGGER model_ledger_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON model_ledger
	FOR EACH STATEMENT EXECUTE FUNCTION model_registry_grows();
