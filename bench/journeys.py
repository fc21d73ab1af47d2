"""A log full of bookings: ten events each, interleaved as travellers who book at the same time interleave them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from psycopg import Connection
from psycopg.rows import TupleRow

from bench.makings import T0, VENDOR, create_listing, metadata
from domain.booking import Booking, Trip
from domain.listing import Listing
from domain.policy import Policy
from domain.root import Event
from infrastructure.event_codec import encode
from infrastructure.new_id import new_id

EVENTS_A_BOOKING: Final = 10
AT_ONCE: Final = 20
# A trip ends long after it was booked: so many bookings later.
TRIP_LATER: Final = 2_000
_PROTOTYPES_MAX: Final = 1_000


def fill(connection: Connection[TupleRow], bookings: int) -> None:
    """Put the events of so many bookings into an empty log, by COPY."""
    meta = metadata()
    columns = "originator_id, originator_version, topic, state, notification_id, metadata"
    with connection.cursor() as cursor, cursor.copy(f"COPY log.events ({columns}) FROM STDIN") as copy:
        for position, event in enumerate(_interleaved(bookings), 1):
            copy.write_row((event.originator_id, event.originator_version, event.topic, event.state, position, meta))


def multiply(connection: Connection[TupleRow], events: int) -> None:
    """Repeat what is in the log, with ids of so many days earlier, until there are so many events."""
    row = connection.execute("SELECT max(notification_id) FROM log.events").fetchone()
    assert row is not None
    had: int = row[0]
    for copy in range(1, -(-events // had)):
        connection.execute(
            "INSERT INTO log.events"
            "      (originator_id, originator_version, topic, state, notification_id, metadata, recorded_at)"
            " SELECT (lpad(to_hex(('x' || left(hex, 12))::bit(48)::bigint - 86400000 * %(copy)s::bigint), 12, '0')"
            "         || substr(hex, 13))::uuid, originator_version, topic, state,"
            "        notification_id + %(had)s::bigint * %(copy)s::bigint, metadata, recorded_at"
            "   FROM log.events CROSS JOIN LATERAL replace(originator_id::text, '-', '') AS hex"
            "  WHERE notification_id <= least(%(had)s, %(events)s - %(had)s::bigint * %(copy)s::bigint)"
            "  ORDER BY notification_id",
            {"copy": copy, "had": had, "events": events},
        )


def _interleaved(bookings: int) -> Iterator[StoredEvent]:
    """Groups of travellers take turns through nine events; the tenth comes when the trip is over."""
    prototypes = [_journey(number) for number in range(min(bookings, _PROTOTYPES_MAX))]
    travelling: list[StoredEvent] = []
    for first in range(0, bookings, AT_ONCE):
        group = [_copied(prototypes[n % len(prototypes)]) for n in range(first, min(first + AT_ONCE, bookings))]
        for step in range(EVENTS_A_BOOKING - 1):
            yield from (events[step] for events in group)
        travelling.extend(events[-1] for events in group)
        if len(travelling) > TRIP_LATER:
            yield from travelling[:AT_ONCE]
            del travelling[:AT_ONCE]
    yield from travelling


def _copied(events: Sequence[StoredEvent]) -> list[StoredEvent]:
    """The same journey as another booking; the id of a booking is not in the state of its events."""
    booking_id = new_id()
    return [StoredEvent(booking_id, event.originator_version, event.topic, event.state) for event in events]


def _journey(number: int) -> list[StoredEvent]:
    """Held, three payments that fail, one that succeeds, and at last completed, or every tenth time cancelled."""
    now = T0 + timedelta(minutes=number)
    starts_at = T0 + timedelta(days=30 + number % 300)
    booking = _held(starts_at, now)
    for attempt in range(4):
        payment_id = new_id()
        booking.start_payment(payment_id=payment_id, grace=timedelta(minutes=10), now=now)
        if attempt < 3:
            booking.payment_ended(payment_id=payment_id, now=now)
        else:
            booking.confirm(payment_id=payment_id, now=now)
    if number % 10 == 0:
        booking.cancel(by="traveller", reason="other plans", now=now + timedelta(days=1))
    else:
        booking.complete(now=starts_at + timedelta(hours=5))
    events = cast("list[Event]", booking.collect_events())
    assert len(events) == EVENTS_A_BOOKING
    return [encode(event) for event in events]


def held() -> Event:
    """The first event of a booking of its own."""
    (event,) = cast("list[Event]", _held(T0 + timedelta(days=30), T0).collect_events())
    return event


def _held(starts_at: datetime, now: datetime) -> Booking:
    policy = Policy()
    return Booking.hold(
        booking_id=new_id(),
        listing=_LISTING,
        trip=Trip(starts_at, starts_at + timedelta(hours=4), 1, 2),
        traveller_id=new_id(),
        commission_bp=policy.commission_bp,
        hold_for=policy.hold_for,
        now=now,
    )


def _listing() -> Listing:
    assert VENDOR.account_id is not None
    offered = create_listing(UUID("0198a000-0000-7000-8000-000000000010"))
    return Listing.create(
        listing_id=offered.listing_id,
        vendor_id=VENDOR.account_id,
        title=offered.title,
        description=offered.description,
        kind=offered.kind,
        time_zone=offered.time_zone,
        price=offered.price,
        terms=offered.terms,
        draft=False,
        now=T0,
    )


_LISTING: Final = _listing()
