-- The append-only log, the capacity guard, identities and idempotency records: all that one append writes.

CREATE SCHEMA log;
CREATE SCHEMA capacity;
CREATE SCHEMA people;
CREATE SCHEMA ops;
CREATE SCHEMA board;
CREATE SCHEMA read;

-- The clock of the business. `ahead` is 0 for ever outside the sandbox; there it only grows.
CREATE TABLE ops.clock (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    ahead interval NOT NULL DEFAULT '0' CHECK (ahead >= '0'),
    target timestamptz
);
INSERT INTO ops.clock DEFAULT VALUES;

CREATE FUNCTION ops.business_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS
$$ SELECT clock_timestamp() + ahead FROM ops.clock $$;

-- The columns of the eventsourcing library's recorder, and two of ours: who and why, and when it was really written.
CREATE TABLE log.events (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL CHECK (originator_version > 0),
    topic text NOT NULL,
    state bytea NOT NULL,
    notification_id bigint NOT NULL CHECK (notification_id > 0),
    metadata json NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (originator_id, originator_version)
);
CREATE UNIQUE INDEX events_position ON log.events (notification_id);

CREATE TABLE log.idempotency (
    scope uuid NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    status smallint NOT NULL,
    body bytea NOT NULL,
    version bigint,
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (scope, key)
);

CREATE TABLE people.identity (
    account_id uuid PRIMARY KEY,
    email_index text NOT NULL CONSTRAINT identity_email UNIQUE,
    wrapped_key text NOT NULL
);

CREATE TABLE capacity.cell (
    listing_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    capacity integer NOT NULL CHECK (capacity >= 0),
    held integer NOT NULL DEFAULT 0 CHECK (held >= 0),
    sold integer NOT NULL DEFAULT 0 CHECK (sold >= 0),
    PRIMARY KEY (listing_id, starts_at),
    CONSTRAINT never_oversold CHECK (held + sold <= capacity)
);

CREATE TABLE capacity.claim (
    booking_id uuid PRIMARY KEY,
    listing_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    state text NOT NULL CHECK (state IN ('held', 'sold', 'freed')),
    expires_at timestamptz
);
CREATE INDEX claim_held_of_listing ON capacity.claim (listing_id, expires_at) WHERE state = 'held';
CREATE INDEX claim_held_until ON capacity.claim (expires_at) WHERE state = 'held';

-- The cells that a claim on [p_from, p_to) takes: the departure that is exactly this range, or else every night in it.
-- A short departure within a longer one of the same listing is a cell of its own.
CREATE FUNCTION capacity.cells_of(p_listing uuid, p_from timestamptz, p_to timestamptz)
RETURNS SETOF timestamptz LANGUAGE sql STABLE AS $$
    SELECT c.starts_at FROM capacity.cell AS c
     WHERE c.listing_id = p_listing AND c.starts_at >= p_from AND c.ends_at <= p_to
       AND ((c.starts_at, c.ends_at) = (p_from, p_to) OR NOT EXISTS (
               SELECT FROM capacity.cell AS exact
                WHERE exact.listing_id = p_listing AND exact.starts_at = p_from AND exact.ends_at = p_to))
$$;

-- Give back what a claim has, whatever its state.
CREATE FUNCTION capacity.free(p_booking uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE c capacity.claim;
BEGIN
    SELECT * INTO c FROM capacity.claim WHERE booking_id = p_booking AND state <> 'freed';
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE capacity.cell
       SET held = held - CASE c.state WHEN 'held' THEN c.quantity ELSE 0 END,
           sold = sold - CASE c.state WHEN 'sold' THEN c.quantity ELSE 0 END
     WHERE listing_id = c.listing_id
       AND starts_at IN (SELECT capacity.cells_of(c.listing_id, c.starts_at, c.ends_at));
    UPDATE capacity.claim SET state = 'freed', expires_at = NULL WHERE booking_id = p_booking;
END $$;

-- The functions below answer NULL, or the code of a refusal (0003_append.sql) and then have changed nothing. They are only
-- called under the lock of the log, so what has been looked at stays true until the commit.

-- Whether every one of these cells has room.
CREATE FUNCTION capacity.has_room(p_listing uuid, p_cells timestamptz[], p_quantity integer)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(bool_and(held + sold + p_quantity <= capacity), false)
      FROM capacity.cell WHERE listing_id = p_listing AND starts_at = ANY(p_cells)
$$;

-- Give back what expired holds have in the range, if that makes room enough.
CREATE FUNCTION capacity.reclaim(
    p_listing uuid, p_from timestamptz, p_to timestamptz, p_cells timestamptz[], p_quantity integer
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    now_is constant timestamptz := ops.business_now();
    expired uuid;
BEGIN
    FOR expired IN
        SELECT booking_id FROM capacity.claim
         WHERE listing_id = p_listing AND state = 'held' AND expires_at <= now_is
           AND starts_at < p_to AND ends_at > p_from
    LOOP
        PERFORM capacity.free(expired);
    END LOOP;
    IF NOT capacity.has_room(p_listing, p_cells, p_quantity) THEN
        RAISE EXCEPTION 'sold out' USING ERRCODE = 'TV002';
    END IF;
    RETURN true;
EXCEPTION WHEN SQLSTATE 'TV002' THEN
    RETURN false;
END $$;

-- Take places of every cell in the range, from expired holds too where they are needed; TV002 if one lacks room.
CREATE FUNCTION capacity.take(
    p_booking uuid, p_listing uuid, p_from timestamptz, p_to timestamptz, p_quantity integer,
    p_state text, p_expires_at timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    more_held constant integer := CASE p_state WHEN 'held' THEN p_quantity ELSE 0 END;
    more_sold constant integer := p_quantity - more_held;
    cells timestamptz[];
BEGIN
    -- A departure with room, the common case, is one update.
    UPDATE capacity.cell SET held = held + more_held, sold = sold + more_sold
     WHERE listing_id = p_listing AND starts_at = p_from AND ends_at = p_to AND held + sold + p_quantity <= capacity;
    IF NOT FOUND THEN
        cells := ARRAY(SELECT capacity.cells_of(p_listing, p_from, p_to));
        IF NOT capacity.has_room(p_listing, cells, p_quantity)
            AND NOT (cardinality(cells) > 0 AND capacity.reclaim(p_listing, p_from, p_to, cells, p_quantity)) THEN
            RETURN 'TV002';
        END IF;
        UPDATE capacity.cell SET held = held + more_held, sold = sold + more_sold
         WHERE listing_id = p_listing AND starts_at = ANY(cells);
    END IF;
    INSERT INTO capacity.claim VALUES (p_booking, p_listing, p_from, p_to, p_quantity, p_state, p_expires_at)
    ON CONFLICT (booking_id) DO UPDATE
       SET listing_id = EXCLUDED.listing_id, starts_at = EXCLUDED.starts_at, ends_at = EXCLUDED.ends_at,
           quantity = EXCLUDED.quantity, state = EXCLUDED.state, expires_at = EXCLUDED.expires_at;
    RETURN NULL;
END $$;

-- Make a held claim final; take it anew if it was given back.
CREATE FUNCTION capacity.sell(
    p_booking uuid, p_listing uuid, p_from timestamptz, p_to timestamptz, p_quantity integer
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE now_is text;
BEGIN
    SELECT state INTO now_is FROM capacity.claim WHERE booking_id = p_booking;
    IF now_is = 'sold' THEN
        RETURN NULL;
    ELSIF now_is = 'held' THEN
        UPDATE capacity.cell SET held = held - p_quantity, sold = sold + p_quantity
         WHERE listing_id = p_listing AND starts_at IN (SELECT capacity.cells_of(p_listing, p_from, p_to));
        UPDATE capacity.claim SET state = 'sold', expires_at = NULL WHERE booking_id = p_booking;
        RETURN NULL;
    END IF;
    RETURN capacity.take(p_booking, p_listing, p_from, p_to, p_quantity, 'sold', NULL);
END $$;

-- Open cells; TV004 if the listing has one that starts at the same time.
CREATE FUNCTION capacity.open(p_listing uuid, p_cells jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO capacity.cell (listing_id, starts_at, ends_at, capacity)
    SELECT p_listing, c.starts_at, c.ends_at, c.capacity
      FROM jsonb_to_recordset(p_cells) AS c(starts_at timestamptz, ends_at timestamptz, capacity integer);
    RETURN NULL;
EXCEPTION WHEN unique_violation THEN
    RETURN 'TV004';
END $$;

CREATE FUNCTION capacity.change(p_change jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    booking constant uuid := p_change->>'booking_id';
    listing constant uuid := p_change->>'listing_id';
    starts_at constant timestamptz := p_change->>'starts_at';
    ends_at constant timestamptz := p_change->>'ends_at';
    quantity constant integer := p_change->>'quantity';
    until constant timestamptz := p_change->>'expires_at';
BEGIN
    CASE p_change->>'op'
    WHEN 'OpenCells' THEN
        RETURN capacity.open(listing, p_change->'cells');
    WHEN 'TakeClaim' THEN
        RETURN capacity.take(booking, listing, starts_at, ends_at, quantity, 'held', until);
    WHEN 'SellClaim' THEN
        RETURN capacity.sell(booking, listing, starts_at, ends_at, quantity);
    WHEN 'ExtendClaim' THEN
        UPDATE capacity.claim SET expires_at = until WHERE booking_id = booking AND state = 'held';
        RETURN CASE WHEN NOT FOUND THEN 'TV003' END;
    WHEN 'FreeClaim' THEN
        PERFORM capacity.free(booking);
        RETURN NULL;
    END CASE;
END $$;
