-- Read models that are being rebuilt beside the live ones, and those that were replaced and are kept for a rollback.

-- The tables are in the schema rebuild_<name>; everything up to `position` is in them. `recipe` tells what they are
-- made by: code and columns. Another recipe starts over.
CREATE TABLE ops.rebuild (
    name text PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    recipe text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The tables are in the schema retired_<name>, as they were at `position`.
CREATE TABLE ops.retired (
    name text PRIMARY KEY,
    position bigint NOT NULL,
    retired_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
