-- +goose Up

-- Every distinct combination of the values that requests are filtered and
-- grouped by. A record and a roll-up name it by number, so that repeated text
-- is stored once.
CREATE TABLE dimensions (
    id          bigint  PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    model       text    NOT NULL,
    backend     text    NOT NULL,
    provider    text    NOT NULL,
    client      text    NOT NULL,
    caller      text    NOT NULL,
    dialect     text    NOT NULL,
    outcome     text    NOT NULL,
    stop_reason text    NOT NULL,
    error_kind  text    NOT NULL,
    stream      boolean NOT NULL,
    tools       boolean NOT NULL, -- the answer asked for at least one tool call
    UNIQUE (model, backend, provider, client, caller, dialect, outcome, stop_reason, error_kind, stream, tools)
);

-- Repeated text that nothing is grouped by.
CREATE TABLE routes (
    id             bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    path           text NOT NULL,
    target_dialect text NOT NULL,
    target_model   text NOT NULL,
    config_version text NOT NULL,
    UNIQUE (path, target_dialect, target_model, config_version)
);

-- One row for each request. The id is its arrival in microseconds, so a range
-- of time is a range of the primary key; there is no other index.
CREATE TABLE records (
    id               bigint  PRIMARY KEY,
    dimension        bigint  NOT NULL,
    route            bigint  NOT NULL,
    input            bigint  NOT NULL,
    cache_read       bigint  NOT NULL,
    cache_write      bigint  NOT NULL,
    cache_write_1h   bigint  NOT NULL,
    output           bigint  NOT NULL,
    reasoning        bigint  NOT NULL,
    queue_us         bigint  NOT NULL,
    connect_us       bigint  NOT NULL,
    first_byte_us    bigint  NOT NULL,
    first_token_us   bigint  NOT NULL,
    total_us         bigint  NOT NULL,
    request_bytes    bigint  NOT NULL,
    response_bytes   bigint  NOT NULL,
    -- A single attempt without an error is these three values and the
    -- record's own backend; anything else is JSON.
    attempt_start_us bigint  NOT NULL,
    attempt_us       bigint  NOT NULL,
    -- The bodies are this part of this parcel; parcel 0: there are none.
    parcel           bigint  NOT NULL,
    parcel_part      integer NOT NULL,
    tool_calls       integer NOT NULL,
    status           integer NOT NULL,
    attempt_reused   boolean NOT NULL,
    request_id       text    NOT NULL,
    error_message    text    NOT NULL,
    attempts         text    NOT NULL
);

-- Sums for each hour (grain 1; start counts hours since 1970) and dimension,
-- and for each day of UTC that is over (grain 24; start counts days). Rows of a
-- span that is over are packed into one row with dimension 0; what arrives late
-- is added beside it.
CREATE TABLE rollups (
    grain     smallint NOT NULL,
    start     integer  NOT NULL,
    dimension bigint   NOT NULL,
    cells     bytea    NOT NULL,
    PRIMARY KEY (grain, start, dimension)
);
ALTER TABLE rollups ALTER COLUMN cells SET STORAGE EXTERNAL;

-- How many bodies each day of UTC holds.
CREATE TABLE body_days (
    day    integer PRIMARY KEY,
    bodies bigint  NOT NULL
);

-- Bodies in parcels, compressed by the program. Each day of UTC is a partition,
-- made when its first parcel arrives; dropping it gives the disk back at once.
CREATE TABLE bodies (
    id   bigint NOT NULL,
    data bytea  NOT NULL,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
ALTER TABLE bodies ALTER COLUMN data SET STORAGE EXTERNAL;
