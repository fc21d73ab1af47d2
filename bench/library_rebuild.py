"""The library's ProjectionRunner as a contestant: it commits every event with its position in a transaction."""

import time
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner

from bench.library import environment
from bench.place import superuser


class Booking(Aggregate):
    """Ten events like ours."""

    def __init__(self, *, traveller_id: UUID, price_minor: int, terms: str) -> None:
        self.traveller_id = traveller_id
        self.price_minor = price_minor
        self.terms = terms
        self.status = "held"

    @event("StatusChanged")
    def change(self, status: str, payment_id: UUID) -> None:
        self.status = status
        self.payment_id = payment_id


class Bookings(Application[UUID]):
    name = "bookings"


class BookingRows(PostgresTrackingRecorder):
    """One statement an event, in the transaction that also notes its position."""

    def write(self, fact: Aggregate.Event, tracking: Tracking) -> None:
        facts = vars(fact)
        with self.datastore.transaction(commit=True) as cursor:
            if isinstance(fact, Aggregate.Created):
                cursor.execute(
                    "INSERT INTO booking_row"
                    "  (booking_id, traveller_id, price_minor, terms, created_at, status, version)"
                    " VALUES (%s, %s, %s, %s, %s, 'held', 1)",
                    (fact.originator_id, facts["traveller_id"], facts["price_minor"], facts["terms"], fact.timestamp),
                    prepare=True,
                )
            else:
                cursor.execute(
                    "UPDATE booking_row SET status = %s, payment_id = %s, version = %s WHERE booking_id = %s",
                    (facts["status"], facts["payment_id"], fact.originator_version, fact.originator_id),
                    prepare=True,
                )
            self._insert_tracking(cursor, tracking)


class BookingsProjection(Projection[BookingRows]):
    name = "bookings_view"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.write(domain_event, tracking)


class LibraryRebuild:
    """`events` of `bookings` in a log of the library's own, projected anew each time."""

    def __init__(self, url: str, bookings: int) -> None:
        self._url = url
        self._environment = environment(url)
        with superuser(url) as connection:
            connection.execute(_TABLE)
        with Bookings(env=self._environment) as application:
            for _ in range(bookings):
                application.save(_journey())
            self._head = application.recorder.max_notification_id() or 0

    def events_per_s(self) -> float:
        with superuser(self._url) as connection:
            connection.execute("TRUNCATE booking_row")
            connection.execute("DROP TABLE IF EXISTS bookings_view_tracking")
            begun = time.perf_counter()
            with ProjectionRunner(
                application_class=Bookings,
                projection_class=BookingsProjection,
                view_class=BookingRows,
                env=self._environment,
            ) as runner:
                while (runner.view.max_tracking_id(Bookings.name) or 0) < self._head:
                    runner.run_forever(timeout=0.02)
            return self._head / (time.perf_counter() - begun)


def _journey() -> Booking:
    booking = Booking(traveller_id=uuid4(), price_minor=9_000, terms=_TERMS)
    for status in ("awaiting_payment", "awaiting_payment", "awaiting_payment", "confirmed", "completed"):
        booking.change(status, uuid4())
        if status == "awaiting_payment":
            booking.change(status, uuid4())
    booking.change("completed", uuid4())
    return booking


_TERMS = '{"name":"non_refundable","deadlines":[{"until":"2026-04-20T08:00:00Z","refund_bp":0}],"fee_minor":0}'

# Fewer columns and fewer indexes than ours: whatever that is worth, it is worth it to the library.
_TABLE = """
    CREATE TABLE booking_row (
        booking_id uuid PRIMARY KEY,
        traveller_id uuid NOT NULL,
        price_minor bigint NOT NULL,
        terms jsonb NOT NULL,
        status text NOT NULL,
        payment_id uuid,
        created_at timestamptz NOT NULL,
        version bigint NOT NULL)
"""
