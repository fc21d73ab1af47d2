"""Peers of a hold, by pgbench: a conditional UPDATE and an exclusion constraint, with all rows that we write too."""

from dataclasses import dataclass
from typing import Final

from bench.makings import ANSWER, FINGERPRINT, metadata
from bench.pgbench import Pgbench, escaped
from bench.place import superuser
from domain.root import Event
from infrastructure.event_codec import encode

CAPACITY: Final = 10_000_000

# The columns and indexes of capacity.cell, capacity.claim and log.idempotency; the events go to `like_events`.
_TABLES: Final = """
    CREATE EXTENSION IF NOT EXISTS btree_gist;
    CREATE TABLE peer_cell (
        departure_id integer PRIMARY KEY,
        capacity integer NOT NULL,
        held integer NOT NULL DEFAULT 0,
        CHECK (held <= capacity)) WITH (fillfactor = 50);
    CREATE TABLE peer_claim (
        booking_id uuid PRIMARY KEY,
        departure_id integer NOT NULL,
        traveller_id uuid NOT NULL,
        quantity integer NOT NULL,
        expires_at timestamptz NOT NULL);
    CREATE INDEX ON peer_claim (departure_id, expires_at);
    CREATE INDEX ON peer_claim (traveller_id, expires_at);
    CREATE TABLE peer_key (
        scope uuid NOT NULL,
        key text COLLATE "C" NOT NULL,
        fingerprint text NOT NULL,
        status smallint NOT NULL,
        body bytea NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (scope, key));
    CREATE TABLE peer_seat (
        booking_id uuid PRIMARY KEY,
        departure_id integer NOT NULL,
        seat integer NOT NULL,
        during tstzrange NOT NULL,
        EXCLUDE USING gist (departure_id WITH =, seat WITH =, during WITH &&));
    CREATE INDEX ON peer_seat (departure_id, seat);
    CREATE FUNCTION take_seat(p_departure integer) RETURNS uuid LANGUAGE plpgsql AS $$
    DECLARE
        booking constant uuid := uuidv7();
        next_seat integer;
    BEGIN
        LOOP
            SELECT coalesce(max(seat), 0) + 1 INTO next_seat FROM peer_seat WHERE departure_id = p_departure;
            BEGIN
                INSERT INTO peer_seat VALUES (booking, p_departure, next_seat, '[2036-03-02,2036-03-03)');
                RETURN booking;
            EXCEPTION WHEN exclusion_violation THEN NULL;
            END;
        END LOOP;
    END $$;
"""

_CONDITIONAL: Final = """
    WITH taken AS (
        UPDATE peer_cell SET held = held + 1 WHERE departure_id = :departure AND held + 1 <= capacity
        RETURNING departure_id),
    claimed AS (
        INSERT INTO peer_claim SELECT uuidv7(), departure_id, uuidv7(), 1, now() + interval '15 minutes' FROM taken
        RETURNING booking_id)
"""
_EXCLUSION: Final = """
    WITH claimed AS MATERIALIZED (SELECT take_seat(:departure) AS booking_id)
"""
_REST: Final = """,
    kept AS (
        INSERT INTO peer_key SELECT booking_id, replace(uuidv7()::text, '-', ''), '{fingerprint}', 201, '\\x{body}'
          FROM claimed)
    INSERT INTO like_events (originator_id, originator_version, topic, state, metadata)
    SELECT booking_id, 1, 'booking.held', '\\x{state}', '{meta}' FROM claimed;
"""


@dataclass(frozen=True, slots=True)
class HoldPeers:
    """Each hold is one statement and one transaction, on a departure chosen at random among the first so many."""

    pgbench: Pgbench

    def conditional_per_s(self, departures: int, clients: int, seconds: float) -> float:
        return self.pgbench.per_s("conditional", clients, seconds, departures=departures)

    def exclusion_per_s(self, departures: int, clients: int, seconds: float) -> float:
        """Whoever is chosen as a victim of a deadlock tries again."""
        return self.pgbench.per_s("exclusion", clients, seconds, departures=departures, tries=100)


def hold_peers(pgbench: Pgbench, held: Event, departures: int) -> HoldPeers:
    """`held` is an event as ours writes it."""
    with superuser(pgbench.url) as connection:
        connection.execute(_TABLES)
        connection.execute(
            "INSERT INTO peer_cell SELECT n, %s FROM generate_series(1, %s) AS n", (CAPACITY, departures)
        )
    rest = _REST.format(
        fingerprint=FINGERPRINT, body=ANSWER.body.hex(), state=encode(held).state.hex(), meta=escaped(metadata())
    )
    for name, begins in (("conditional", _CONDITIONAL), ("exclusion", _EXCLUSION)):
        pgbench.write(name, f"\\set departure random(1, :departures)\n{_one_line(begins + rest)}\n")
    return HoldPeers(pgbench)


def _one_line(statement: str) -> str:
    return " ".join(statement.split())
