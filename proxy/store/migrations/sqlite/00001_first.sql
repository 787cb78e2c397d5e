-- +goose Up

-- Every distinct combination of the values that requests are filtered and
-- grouped by. A record and a roll-up name it by number, so that repeated text
-- is stored once.
CREATE TABLE dimensions (
    id          INTEGER PRIMARY KEY,
    model       TEXT    NOT NULL,
    backend     TEXT    NOT NULL,
    provider    TEXT    NOT NULL,
    client      TEXT    NOT NULL,
    caller      TEXT    NOT NULL,
    dialect     TEXT    NOT NULL,
    outcome     TEXT    NOT NULL,
    stop_reason TEXT    NOT NULL,
    error_kind  TEXT    NOT NULL,
    stream      INTEGER NOT NULL,
    tools       INTEGER NOT NULL, -- the answer asked for at least one tool call
    UNIQUE (model, backend, provider, client, caller, dialect, outcome, stop_reason, error_kind, stream, tools)
) STRICT;

-- Repeated text that nothing is grouped by.
CREATE TABLE routes (
    id             INTEGER PRIMARY KEY,
    path           TEXT NOT NULL,
    target_dialect TEXT NOT NULL,
    target_model   TEXT NOT NULL,
    config_version TEXT NOT NULL,
    UNIQUE (path, target_dialect, target_model, config_version)
) STRICT;

-- One row for each request. The id is its arrival in microseconds, so a range
-- of time is a range of the primary key; there is no other index.
CREATE TABLE records (
    id               INTEGER PRIMARY KEY,
    request_id       TEXT    NOT NULL,
    dimension        INTEGER NOT NULL,
    route            INTEGER NOT NULL,
    status           INTEGER NOT NULL,
    error_message    TEXT    NOT NULL,
    tool_calls       INTEGER NOT NULL,
    input            INTEGER NOT NULL,
    cache_read       INTEGER NOT NULL,
    cache_write      INTEGER NOT NULL,
    cache_write_1h   INTEGER NOT NULL,
    output           INTEGER NOT NULL,
    reasoning        INTEGER NOT NULL,
    queue_us         INTEGER NOT NULL,
    connect_us       INTEGER NOT NULL,
    first_byte_us    INTEGER NOT NULL,
    first_token_us   INTEGER NOT NULL,
    total_us         INTEGER NOT NULL,
    request_bytes    INTEGER NOT NULL,
    response_bytes   INTEGER NOT NULL,
    -- A single attempt without an error is these three numbers and the
    -- record's own backend; anything else is JSON.
    attempt_start_us INTEGER NOT NULL,
    attempt_us       INTEGER NOT NULL,
    attempt_reused   INTEGER NOT NULL,
    attempts         TEXT    NOT NULL,
    -- The bodies are this part of this parcel; parcel 0: there are none.
    parcel           INTEGER NOT NULL,
    parcel_part      INTEGER NOT NULL
) STRICT;

-- Sums for each hour (grain 1; start counts hours since 1970) and dimension,
-- and for each day of UTC that is over (grain 24; start counts days). Rows of a
-- span that is over are packed into one row with dimension 0; what arrives late
-- is added beside it.
CREATE TABLE rollups (
    grain     INTEGER NOT NULL,
    start     INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    cells     BLOB    NOT NULL,
    PRIMARY KEY (grain, start, dimension)
) STRICT, WITHOUT ROWID;

-- How many bodies each day of UTC holds. The bodies are elsewhere, in parcels,
-- by day.
CREATE TABLE body_days (
    day    INTEGER PRIMARY KEY,
    bodies INTEGER NOT NULL
) STRICT;
