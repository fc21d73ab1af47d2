-- Replays, and what auditors asked.

-- Replays: read models made once more from the log, in the schema replay_<id>, and what they said (ADR 0027).

-- The newest position that was known at an instant: 0 before the first event. Positions have no gap and are recorded in
-- order, so halving finds it; should the clock have been put back, it is one of the two right answers, always the same.
CREATE FUNCTION log.position_at(p_at timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_known bigint := 0;
    v_unknown bigint;
    v_middle bigint;
    v_recorded_at timestamptz;
BEGIN
    SELECT coalesce(max(notification_id), 0) + 1 INTO v_unknown FROM log.events;
    WHILE v_unknown - v_known > 1 LOOP
        v_middle := (v_known + v_unknown) / 2;
        SELECT recorded_at INTO v_recorded_at FROM log.events WHERE notification_id = v_middle;
        IF NOT FOUND THEN
            SELECT recorded_at INTO v_recorded_at FROM log.archived_between(v_middle - 1, v_middle);
        END IF;
        IF v_recorded_at <= p_at THEN v_known := v_middle; ELSE v_unknown := v_middle; END IF;
    END LOOP;
    RETURN v_known;
END $$;

-- `upto` is the last position that is replayed; NULL goes to where the live read model is, and compares the two.
CREATE TABLE ops.replay (
    replay_id uuid PRIMARY KEY,
    asked_by uuid,
    asked_until text,
    upto bigint CHECK (upto >= 0),
    keep boolean NOT NULL,
    recipe text,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'finished', 'failed')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    kept_until timestamptz,
    error text
);
CREATE INDEX replay_newest ON ops.replay (created_at DESC, replay_id);

-- One read model of a replay. Everything up to `position` is in its tables; `tables` is what it certifies when finished.
CREATE TABLE ops.replay_part (
    replay_id uuid NOT NULL REFERENCES ops.replay,
    projection text NOT NULL,
    number integer NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    seconds double precision NOT NULL DEFAULT 0,
    tables jsonb,
    PRIMARY KEY (replay_id, projection)
);

-- The running system may make schemas of this one name, and none other; it owns them, so it may drop them again.
CREATE FUNCTION ops.make_replay_schema(p_replay_id uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION travellr_app', 'replay_' || replace(p_replay_id::text, '-', ''));
END $$;

REVOKE EXECUTE ON FUNCTION ops.make_replay_schema FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.make_replay_schema TO travellr_app;
GRANT EXECUTE ON FUNCTION log.position_at TO travellr_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.replay, ops.replay_part TO travellr_app;

-- What auditors ask (ADR 0028).

-- What an event says. States are UTF-8 for ever, so this never changes, as indexes demand.
CREATE FUNCTION log.said(p_state bytea) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT convert_from(p_state, 'UTF8')::jsonb $$;

-- Whether any amount of an event, however deep, is in a range of minor units.
CREATE FUNCTION log.has_amount(p_state bytea, p_least bigint, p_most bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_path_exists(
        log.said(p_state),
        '$.** ? (@.type() == "object").keyvalue()
             ? (@.key like_regex "_minor$" && @.value.type() == "number" && @.value >= $least && @.value <= $most)',
        jsonb_build_object('least', p_least, 'most', p_most), true)
$$;

-- Whose events are where: `name` is an account, a request or a cause (domain/ids.py), and there is no more to it. A log of
-- its own order would have to be searched from end to end for one person; an index on it would burden every append.
CREATE TABLE read.trail (
    name uuid NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (name, position)
);

-- The events at these positions, wherever they are. Each block of the archive that has some is opened once.
CREATE FUNCTION log.events_at(p_positions bigint[]) RETURNS SETOF log.events LANGUAGE sql STABLE AS $$
    WITH living AS MATERIALIZED (
        SELECT * FROM log.events WHERE notification_id = ANY (p_positions)
    ), archived AS (
        SELECT position FROM unnest(p_positions) AS position EXCEPT SELECT notification_id FROM living
    )
    SELECT * FROM living
     UNION ALL
    SELECT e.* FROM (SELECT DISTINCT block_id FROM archived JOIN log.archive
                         ON last_position >= position AND first_position <= position) AS found
      JOIN log.archive AS b USING (block_id), unnest(
               b.streams, b.versions, b.topics, b.states, b.positions, b.metadata, b.recorded_at
           ) AS e(originator_id, originator_version, topic, state, notification_id, metadata, recorded_at)
     WHERE e.notification_id IN (SELECT position FROM archived)
$$;
GRANT EXECUTE ON FUNCTION log.events_at TO travellr_app;

-- Refused commands are found by request and by what they named; other events pay nothing for these indexes.
CREATE INDEX events_refused_request ON log.events ((metadata->>'correlation_id')) WHERE topic = 'command.refused';
CREATE INDEX events_refused_thing ON log.events
    USING gin ((log.said(state)->'things') jsonb_path_ops) WHERE topic = 'command.refused';

-- What Stripe calls things, for whoever follows a cent from there.
CREATE INDEX payment_of_charge ON read.payment (charge_id) WHERE charge_id IS NOT NULL;
CREATE INDEX payout_of_transfer ON read.payout (transfer_id) WHERE transfer_id IS NOT NULL;
CREATE INDEX payout_of_reversal ON read.payout (reversal_id) WHERE reversal_id IS NOT NULL;
CREATE INDEX dispute_of_stripe ON read.dispute (stripe_dispute_id);
CREATE INDEX stray_entry_of_stripe ON read.stray_entry (balance_transaction_id);
CREATE INDEX journal_of_provider ON read.journal (provider_ref) WHERE provider_ref IS NOT NULL;
CREATE INDEX stripe_entry_of_source ON ops.stripe_entry (source) WHERE source IS NOT NULL;
CREATE INDEX task_of_event ON board.task (caused_by) WHERE caused_by IS NOT NULL;
