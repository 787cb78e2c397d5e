-- +goose Up

-- Which key served a request, by its name. The row of a record names it by
-- number, with the other repeated text; a UNIQUE constraint can only be
-- changed with its table.
CREATE TABLE routes_with_keys (
    id             INTEGER PRIMARY KEY,
    path           TEXT NOT NULL,
    target_dialect TEXT NOT NULL,
    target_model   TEXT NOT NULL,
    config_version TEXT NOT NULL,
    key_name       TEXT NOT NULL, -- '' for none
    UNIQUE (path, target_dialect, target_model, config_version, key_name)
) STRICT;
INSERT INTO routes_with_keys SELECT id, path, target_dialect, target_model, config_version, '' FROM routes;
DROP TABLE routes;
ALTER TABLE routes_with_keys RENAME TO routes;
