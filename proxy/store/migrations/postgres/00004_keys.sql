-- +goose Up

-- Which key served a request, by its name. The row of a record names it by
-- number, with the other repeated text.
ALTER TABLE routes ADD COLUMN key_name text NOT NULL DEFAULT ''; -- '' for none
ALTER TABLE routes ALTER COLUMN key_name DROP DEFAULT;
ALTER TABLE routes DROP CONSTRAINT routes_path_target_dialect_target_model_config_version_key;
ALTER TABLE routes ADD UNIQUE (path, target_dialect, target_model, config_version, key_name);
