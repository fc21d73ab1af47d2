-- The seal: the hash chain and tree over the log, and its signed heads (ADR 0024). The running system only adds to it.

CREATE SCHEMA seal;

-- Hashes of the tree of RFC 9162, in tiles: level 0 is leaves, a hash of level n + 1 is the root of 256 of level n.
-- A strip is a run of consecutive hashes that were added together, beginning at number `first` of its level (from 0); it
-- never reaches into the next 256, so a tile is a few strips, and none is ever written again.
CREATE TABLE seal.strip (
    level smallint NOT NULL CHECK (level >= 0),
    first bigint NOT NULL CHECK (first >= 0),
    hashes bytea NOT NULL CHECK (octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0),
    PRIMARY KEY (level, first)
);

-- How far the log is sealed: one row for each batch, with the value of the chain behind its last event.
CREATE TABLE seal.checkpoint (
    position bigint PRIMARY KEY CHECK (position > 0),
    chain bytea NOT NULL CHECK (octet_length(chain) = 32)
);

CREATE TABLE seal.head (
    number bigint PRIMARY KEY CHECK (number > 0),
    kind text NOT NULL CHECK (kind IN ('minute', 'close')),
    tree_size bigint NOT NULL CHECK (tree_size > 0),
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    chain bytea NOT NULL CHECK (octet_length(chain) = 32),
    signed_at timestamptz NOT NULL,
    kid text NOT NULL,
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
    signature bytea NOT NULL CHECK (octet_length(signature) = 64)
);
CREATE INDEX head_tree_size ON seal.head (tree_size);

-- What `travellr audit verify` found, and how fast it was.
CREATE TABLE seal.verification (
    verification_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    position bigint NOT NULL,
    seconds double precision NOT NULL,
    holds boolean NOT NULL
);

GRANT USAGE ON SCHEMA seal TO travellr_app;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA seal TO travellr_app;
