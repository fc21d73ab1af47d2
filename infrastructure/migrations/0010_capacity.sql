-- The capacity guard: what becomes of cells and claims, called by log.append (0003) and only under its lock, so what has
-- been looked at stays true until the commit. What makes a change answers NULL, or the code of a refusal (0003), and then
-- has changed nothing.

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
    UPDATE capacity.claim SET state = 'freed', expires_at = NULL, traveller_id = NULL WHERE booking_id = p_booking;
END $$;

-- How many places of a cell are in holds that have run out at `p_now`.
CREATE FUNCTION capacity.expired_in(p_listing uuid, p_cell timestamptz, p_now timestamptz)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(c.quantity), 0) FROM capacity.claim AS c
     WHERE c.listing_id = p_listing AND c.state = 'held' AND c.expires_at <= p_now
       AND p_cell IN (SELECT capacity.cells_of(c.listing_id, c.starts_at, c.ends_at))
$$;

-- Give back what has run out at `p_now` and touches the range.
CREATE FUNCTION capacity.reclaim(p_listing uuid, p_from timestamptz, p_to timestamptz, p_now timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE expired uuid;
BEGIN
    FOR expired IN
        SELECT booking_id FROM capacity.claim
         WHERE listing_id = p_listing AND state = 'held' AND expires_at <= p_now
           AND starts_at < p_to AND ends_at > p_from
    LOOP
        PERFORM capacity.free(expired);
    END LOOP;
END $$;

-- Whether every one of these cells has room for `p_quantity`, of which `p_old_quantity` is in `p_old` already; what has
-- run out at `p_now` counts as room. Only a cell that takes more must be open.
CREATE FUNCTION capacity.has_room(
    p_listing uuid, p_cells timestamptz[], p_quantity integer, p_old timestamptz[], p_old_quantity integer,
    p_now timestamptz
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(bool_and(more <= 0 OR NOT closed AND CASE
               WHEN held + sold + more <= capacity THEN true
               WHEN p_now IS NULL THEN false
               ELSE held + sold + more - capacity.expired_in(p_listing, starts_at, p_now) <= capacity END), true)
      FROM capacity.cell CROSS JOIN LATERAL
           (SELECT p_quantity - CASE WHEN starts_at = ANY(p_old) THEN p_old_quantity ELSE 0 END) AS wanted(more)
     WHERE listing_id = p_listing AND starts_at = ANY(p_cells)
$$;

-- As `has_room`, but give back expired holds where that makes room enough; where it does not, nothing is given back.
CREATE FUNCTION capacity.make_room(
    p_listing uuid, p_from timestamptz, p_to timestamptz, p_cells timestamptz[], p_quantity integer,
    p_old timestamptz[], p_old_quantity integer
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE now_is timestamptz;
BEGIN
    IF capacity.has_room(p_listing, p_cells, p_quantity, p_old, p_old_quantity, NULL) THEN
        RETURN true;
    END IF;
    now_is := ops.business_now();
    IF NOT capacity.has_room(p_listing, p_cells, p_quantity, p_old, p_old_quantity, now_is) THEN
        RETURN false;
    END IF;
    PERFORM capacity.reclaim(p_listing, p_from, p_to, now_is);
    RETURN true;
END $$;

-- Take places of each of the `p_count` cells in the range; TV002 if one lacks room, is closed or was never opened.
CREATE FUNCTION capacity.take(
    p_booking uuid, p_listing uuid, p_from timestamptz, p_to timestamptz, p_count integer, p_quantity integer,
    p_state text, p_expires_at timestamptz, p_traveller uuid
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    more_held constant integer := CASE p_state WHEN 'held' THEN p_quantity ELSE 0 END;
    more_sold constant integer := p_quantity - more_held;
    cells timestamptz[];
BEGIN
    -- A departure with room, the common case, is one update.
    UPDATE capacity.cell SET held = held + more_held, sold = sold + more_sold
     WHERE p_count = 1 AND listing_id = p_listing AND starts_at = p_from AND ends_at = p_to
       AND NOT closed AND held + sold + p_quantity <= capacity;
    IF NOT FOUND THEN
        cells := ARRAY(SELECT capacity.cells_of(p_listing, p_from, p_to));
        IF cardinality(cells) <> p_count OR NOT capacity.make_room(p_listing, p_from, p_to, cells, p_quantity, '{}', 0) THEN
            RETURN 'TV002';
        END IF;
        UPDATE capacity.cell SET held = held + more_held, sold = sold + more_sold
         WHERE listing_id = p_listing AND starts_at = ANY(cells);
    END IF;
    INSERT INTO capacity.claim
    VALUES (p_booking, p_listing, p_from, p_to, p_quantity, p_state, p_expires_at, p_traveller)
    ON CONFLICT (booking_id) DO UPDATE
       SET listing_id = EXCLUDED.listing_id, starts_at = EXCLUDED.starts_at, ends_at = EXCLUDED.ends_at,
           quantity = EXCLUDED.quantity, state = EXCLUDED.state, expires_at = EXCLUDED.expires_at,
           traveller_id = EXCLUDED.traveller_id;
    RETURN NULL;
END $$;

-- Hold places; TV008 if `p_traveller` has `p_holds_max` live holds.
CREATE FUNCTION capacity.hold(
    p_booking uuid, p_listing uuid, p_from timestamptz, p_to timestamptz, p_count integer, p_quantity integer,
    p_expires_at timestamptz, p_traveller uuid, p_holds_max integer
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF p_traveller IS NOT NULL AND p_holds_max <= (
        SELECT count(*) FROM capacity.claim
         WHERE traveller_id = p_traveller AND state = 'held' AND expires_at > ops.business_now()) THEN
        RETURN 'TV008';
    END IF;
    RETURN capacity.take(p_booking, p_listing, p_from, p_to, p_count, p_quantity, 'held', p_expires_at, p_traveller);
END $$;

-- The holds of a batch, each of one departure. Where a departure has room for all who ask, and no traveller among them
-- comes near the limit, they are one statement; the others are judged one by one. Answers `p_refused` with their refusals.
CREATE FUNCTION capacity.hold_together(
    p_refused text[], p_append integer[], p_bookings uuid[], p_listings uuid[], p_from timestamptz[],
    p_to timestamptz[], p_quantities integer[], p_expire timestamptz[], p_travellers uuid[], p_holds_max integer[]
) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    now_is constant timestamptz := ops.business_now();
    held_now integer[];
BEGIN
    WITH asked AS (
        SELECT *, count(*) OVER (PARTITION BY traveller_id) AS with_him
          FROM unnest(p_append, p_bookings, p_listings, p_from, p_to, p_quantities, p_expire, p_travellers, p_holds_max)
                   AS a(append, booking_id, listing_id, starts_at, ends_at, quantity, expires_at, traveller_id, holds_max)
         WHERE p_refused[append] IS NULL),
    wanted AS MATERIALIZED (
        SELECT * FROM asked AS a
         WHERE traveller_id IS NULL OR holds_max IS NULL OR holds_max >= with_him + (
                   SELECT count(*) FROM capacity.claim AS c
                    WHERE c.traveller_id = a.traveller_id AND c.state = 'held' AND c.expires_at > now_is)),
    roomy AS (
        UPDATE capacity.cell AS c SET held = c.held + w.places
          FROM (SELECT listing_id, starts_at, ends_at, sum(quantity)::integer AS places
                  FROM wanted GROUP BY listing_id, starts_at, ends_at) AS w
         WHERE c.listing_id = w.listing_id AND c.starts_at = w.starts_at AND c.ends_at = w.ends_at
           AND NOT c.closed AND c.held + c.sold + w.places <= c.capacity
        RETURNING c.listing_id, c.starts_at, c.ends_at),
    granted AS MATERIALIZED (
        SELECT w.* FROM wanted AS w JOIN roomy USING (listing_id, starts_at, ends_at)),
    claimed AS (
        INSERT INTO capacity.claim
        SELECT booking_id, listing_id, starts_at, ends_at, quantity, 'held', expires_at, traveller_id FROM granted)
    SELECT array_agg(append) INTO held_now FROM granted;

    IF cardinality(held_now) < cardinality(p_append) OR held_now IS NULL THEN
        FOR i IN 1..cardinality(p_append) LOOP
            IF p_refused[p_append[i]] IS NULL AND p_append[i] <> ALL(coalesce(held_now, '{}')) THEN
                p_refused[p_append[i]] := capacity.hold(
                    p_bookings[i], p_listings[i], p_from[i], p_to[i], 1, p_quantities[i], p_expire[i],
                    p_travellers[i], p_holds_max[i]);
            END IF;
        END LOOP;
    END IF;
    RETURN p_refused;
END $$;

-- Hold on until `p_expires_at`; take the places anew if they were given back. From now on it counts against no limit.
CREATE FUNCTION capacity.keep(
    p_booking uuid, p_listing uuid, p_from timestamptz, p_to timestamptz, p_count integer, p_quantity integer,
    p_expires_at timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE now_is text;
BEGIN
    SELECT state INTO now_is FROM capacity.claim WHERE booking_id = p_booking;
    IF now_is = 'held' THEN
        UPDATE capacity.claim SET expires_at = p_expires_at, traveller_id = NULL WHERE booking_id = p_booking;
        RETURN NULL;
    ELSIF now_is = 'sold' THEN
        RETURN NULL;
    END IF;
    RETURN capacity.take(p_booking, p_listing, p_from, p_to, p_count, p_quantity, 'held', p_expires_at, NULL);
END $$;

-- Make a held claim final; take it anew if it was given back.
CREATE FUNCTION capacity.sell(
    p_booking uuid, p_listing uuid, p_from timestamptz, p_to timestamptz, p_count integer, p_quantity integer
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE c capacity.claim;
BEGIN
    SELECT * INTO c FROM capacity.claim WHERE booking_id = p_booking;
    IF c.state = 'sold' THEN
        RETURN NULL;
    ELSIF c.state = 'held' THEN
        UPDATE capacity.cell SET held = held - c.quantity, sold = sold + c.quantity
         WHERE listing_id = c.listing_id
           AND starts_at IN (SELECT capacity.cells_of(c.listing_id, c.starts_at, c.ends_at));
        UPDATE capacity.claim SET state = 'sold', expires_at = NULL, traveller_id = NULL WHERE booking_id = p_booking;
        RETURN NULL;
    END IF;
    RETURN capacity.take(p_booking, p_listing, p_from, p_to, p_count, p_quantity, 'sold', NULL, NULL);
END $$;

-- Make a sold claim another range or quantity: every cell is changed once, by the difference. TV003 if it is not sold.
CREATE FUNCTION capacity.move(
    p_booking uuid, p_listing uuid, p_from timestamptz, p_to timestamptz, p_count integer, p_quantity integer
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    c capacity.claim;
    old timestamptz[];
    cells timestamptz[];
BEGIN
    SELECT * INTO c FROM capacity.claim WHERE booking_id = p_booking AND listing_id = p_listing AND state = 'sold';
    IF NOT FOUND THEN
        RETURN 'TV003';
    END IF;
    old := ARRAY(SELECT capacity.cells_of(p_listing, c.starts_at, c.ends_at));
    cells := ARRAY(SELECT capacity.cells_of(p_listing, p_from, p_to));
    IF cardinality(cells) <> p_count
        OR NOT capacity.make_room(p_listing, p_from, p_to, cells, p_quantity, old, c.quantity) THEN
        RETURN 'TV002';
    END IF;
    UPDATE capacity.cell SET sold = sold + CASE WHEN starts_at = ANY(cells) THEN p_quantity ELSE 0 END
                                         - CASE WHEN starts_at = ANY(old) THEN c.quantity ELSE 0 END
     WHERE listing_id = p_listing AND starts_at = ANY(old || cells);
    UPDATE capacity.claim SET starts_at = p_from, ends_at = p_to, quantity = p_quantity WHERE booking_id = p_booking;
    RETURN NULL;
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

-- Change the capacity of the cells that start in [p_from, p_before), or close or reopen them; what is NULL stays.
-- TV010 if there is none, TV009 if more is taken of one than `p_capacity`, even without the holds that have run out.
CREATE FUNCTION capacity.resize(
    p_listing uuid, p_from timestamptz, p_before timestamptz, p_capacity integer, p_closed boolean
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    fullest integer;
    now_is timestamptz;
BEGIN
    SELECT max(held + sold) INTO fullest FROM capacity.cell
     WHERE listing_id = p_listing AND starts_at >= p_from AND starts_at < p_before;
    IF fullest IS NULL THEN
        RETURN 'TV010';
    END IF;
    IF fullest > p_capacity THEN
        now_is := ops.business_now();
        IF EXISTS (
            SELECT FROM capacity.cell
             WHERE listing_id = p_listing AND starts_at >= p_from AND starts_at < p_before
               AND held + sold > p_capacity
               AND held + sold - capacity.expired_in(p_listing, starts_at, now_is) > p_capacity) THEN
            RETURN 'TV009';
        END IF;
        PERFORM capacity.reclaim(p_listing, p_from, p_before, now_is);
    END IF;
    UPDATE capacity.cell SET capacity = coalesce(p_capacity, capacity), closed = coalesce(p_closed, closed)
     WHERE listing_id = p_listing AND starts_at >= p_from AND starts_at < p_before;
    RETURN NULL;
END $$;

CREATE FUNCTION capacity.change(p_change jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    booking constant uuid := p_change->>'booking_id';
    listing constant uuid := p_change->>'listing_id';
    starts_at constant timestamptz := p_change->>'starts_at';
    ends_at constant timestamptz := p_change->>'ends_at';
    cells constant integer := CASE jsonb_typeof(p_change->'cells') WHEN 'number' THEN p_change->'cells' END;
    quantity constant integer := p_change->>'quantity';
    until constant timestamptz := p_change->>'expires_at';
    traveller constant uuid := p_change->>'traveller_id';
BEGIN
    CASE p_change->>'op'
    WHEN 'OpenCells' THEN
        RETURN capacity.open(listing, p_change->'cells');
    WHEN 'ResizeCells' THEN
        RETURN capacity.resize(
            listing, (p_change->>'starts_from')::timestamptz, (p_change->>'starts_before')::timestamptz,
            (p_change->>'capacity')::integer, (p_change->>'closed')::boolean);
    WHEN 'TakeClaim' THEN
        RETURN capacity.hold(
            booking, listing, starts_at, ends_at, cells, quantity, until, traveller, (p_change->>'holds_max')::integer);
    WHEN 'KeepClaim' THEN
        RETURN capacity.keep(booking, listing, starts_at, ends_at, cells, quantity, until);
    WHEN 'SellClaim' THEN
        RETURN capacity.sell(booking, listing, starts_at, ends_at, cells, quantity);
    WHEN 'MoveClaim' THEN
        RETURN capacity.move(booking, listing, starts_at, ends_at, cells, quantity);
    WHEN 'ExtendClaim' THEN
        UPDATE capacity.claim SET expires_at = until WHERE booking_id = booking AND state = 'held';
        RETURN CASE WHEN NOT FOUND THEN 'TV003' END;
    WHEN 'FreeClaim' THEN
        PERFORM capacity.free(booking);
        RETURN NULL;
    END CASE;
END $$;
