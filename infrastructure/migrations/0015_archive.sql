-- The archive of the log: events of bookings that were closed long ago, out of the way of the living, but part of the log.

-- A block is some hundred events in the order of their positions, column by column, so that PostgreSQL compresses like
-- with like. `month` is the month in which their bookings were closed.
CREATE TABLE log.archive (
    block_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    first_position bigint NOT NULL,
    last_position bigint NOT NULL CHECK (last_position >= first_position),
    positions bigint[] NOT NULL,
    streams uuid[] NOT NULL,
    versions bigint[] NOT NULL,
    topics text[] NOT NULL,
    states bytea[] NOT NULL,
    metadata json[] NOT NULL,
    recorded_at timestamptz[] NOT NULL,
    archived_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX archive_positions ON log.archive (last_position, first_position);
CREATE INDEX archive_month ON log.archive (month);

-- In which blocks the events of a stream are.
CREATE TABLE log.archived (
    stream_id uuid NOT NULL,
    block_id bigint NOT NULL REFERENCES log.archive,
    PRIMARY KEY (stream_id, block_id)
);

-- The one way into the archive, and the only thing that takes events out of log.events: it moves them as they are, all
-- or none. Streams move whole; one that has the newest event of the log stays, because the next position is counted
-- from it. What is appended to such a stream later stands in log.events, and readers find both. Answers how many moved.
CREATE FUNCTION log.archive_streams(p_month date, p_streams uuid[], p_block_max integer DEFAULT 500) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    WITH whole AS (
        SELECT originator_id FROM log.events WHERE originator_id = ANY (p_streams)
         GROUP BY originator_id HAVING max(notification_id) < (SELECT max(notification_id) FROM log.events)
    ), moved AS (
        DELETE FROM log.events AS e USING whole AS w WHERE e.originator_id = w.originator_id RETURNING e.*
    ), numbered AS (
        SELECT *, (row_number() OVER (ORDER BY notification_id) - 1) / p_block_max AS block FROM moved
    ), blocks AS (
        INSERT INTO log.archive (
            month, first_position, last_position, positions, streams, versions, topics, states, metadata, recorded_at)
        SELECT p_month, min(notification_id), max(notification_id),
               array_agg(notification_id ORDER BY notification_id), array_agg(originator_id ORDER BY notification_id),
               array_agg(originator_version ORDER BY notification_id), array_agg(topic ORDER BY notification_id),
               array_agg(state ORDER BY notification_id), array_agg(metadata ORDER BY notification_id),
               array_agg(recorded_at ORDER BY notification_id)
          FROM numbered GROUP BY block RETURNING block_id, streams
    ), noted AS (
        INSERT INTO log.archived (stream_id, block_id)
        SELECT DISTINCT stream_id, block_id FROM blocks, unnest(streams) AS stream_id
    )
    SELECT count(*) FROM moved
$$;

CREATE FUNCTION log.archived_between(p_after bigint, p_upto bigint) RETURNS SETOF log.events
LANGUAGE sql STABLE AS $$
    SELECT e.* FROM log.archive AS b, unnest(
               b.streams, b.versions, b.topics, b.states, b.positions, b.metadata, b.recorded_at
           ) AS e(originator_id, originator_version, topic, state, notification_id, metadata, recorded_at)
     WHERE b.last_position > p_after AND b.first_position <= p_upto
       AND e.notification_id > p_after AND e.notification_id <= p_upto
$$;

CREATE OR REPLACE FUNCTION log.events_between(p_after bigint, p_upto bigint) RETURNS SETOF log.events
LANGUAGE sql STABLE AS $$
    SELECT * FROM log.events WHERE notification_id > p_after AND notification_id <= p_upto
     UNION ALL
    SELECT * FROM log.archived_between(p_after, p_upto)
$$;

CREATE OR REPLACE FUNCTION log.events_of(p_streams uuid[]) RETURNS SETOF log.events LANGUAGE sql STABLE AS $$
    SELECT * FROM log.events WHERE originator_id = ANY (p_streams)
     UNION ALL
    SELECT e.* FROM (SELECT DISTINCT block_id FROM log.archived WHERE stream_id = ANY (p_streams)) AS found
      JOIN log.archive AS b USING (block_id), unnest(
               b.streams, b.versions, b.topics, b.states, b.positions, b.metadata, b.recorded_at
           ) AS e(originator_id, originator_version, topic, state, notification_id, metadata, recorded_at)
     WHERE e.originator_id = ANY (p_streams)
$$;

REVOKE INSERT ON log.archive, log.archived FROM travellr_app;
REVOKE EXECUTE ON FUNCTION log.archive_streams FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.archive_streams TO travellr_app;

-- Rounds of housekeeping and their reports: what each job found to do, and what it did.
CREATE TABLE read.housekeeping (
    run_id uuid PRIMARY KEY,
    scheduled boolean NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    jobs jsonb,
    version bigint NOT NULL
);
CREATE INDEX housekeeping_newest ON read.housekeeping (created_at DESC, run_id);

-- How far a round has got. What a step changes in this database is committed together with its count here, so that a
-- round that was killed goes on where it was and its report is right. A finished round has its report and no rows here.
CREATE TABLE ops.housekeeping (
    run_id uuid NOT NULL,
    job text NOT NULL,
    found bigint NOT NULL,
    done bigint NOT NULL DEFAULT 0,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished boolean NOT NULL DEFAULT false,
    PRIMARY KEY (run_id, job)
);
