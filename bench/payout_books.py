"""A log in which many vendors have earned, a line a day each, and the read models that belong to it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from psycopg import Connection
from psycopg.rows import TupleRow

from bench.makings import T0, metadata
from domain.booking import Booking
from domain.ids import ledger_stream_id
from domain.root import Event, Root
from domain.vendor import Vendor
from domain.vendor_ledger import VendorLedger
from domain.vendor_line import Line
from infrastructure.event_codec import encode
from infrastructure.event_log import head_of
from infrastructure.new_id import new_id
from infrastructure.projector import Projector
from infrastructure.replay import ahead, batches
from projections.journal import JOURNAL
from projections.payouts import PAYOUTS
from projections.vendor_money import VENDOR_MONEY
from projections.vendors import VENDORS
from workers.react import REACT

Database = Connection[TupleRow]
FOLLOWED: Final = (VENDORS, VENDOR_MONEY, PAYOUTS, JOURNAL)
CURRENCY: Final = "EUR"
EARNED_MINOR: Final = 8_000
COMMISSION_MINOR: Final = 2_000
LINES_A_VENDOR: Final = 100
DAY: Final = timedelta(days=1)
# Stand for the ids of a line's own, in the state of the events that are copied.
_VENDOR, _BOOKING, _LINE = UUID(int=1 << 96), UUID(int=2 << 96), UUID(int=3 << 96)


def fill(connection: Database, vendors: int) -> list[UUID]:
    """Put the events of so many vendors into an empty log, by COPY; who they are."""
    meta, ids = metadata(), [new_id() for _ in range(vendors)]
    columns = "originator_id, originator_version, topic, state, notification_id, metadata"
    with connection.cursor() as cursor, cursor.copy(f"COPY log.events ({columns}) FROM STDIN") as copy:
        for position, event in enumerate(_events(ids), 1):
            copy.write_row((event.originator_id, event.originator_version, event.topic, event.state, position, meta))
    connection.execute("VACUUM ANALYZE log.events")
    return ids


def follow(connection: Database) -> None:
    """Fill the read models of these followers to the end of the log; nothing that lies in the past is reacted to."""
    head = head_of(connection)
    for projection in FOLLOWED:
        projector = Projector(connection, "read")
        for batch in ahead(batches(connection, projection, 0, head)):
            with connection.transaction():
                projector.write_folded(batch.tables)
    for name in (*(projection.name for projection in FOLLOWED), REACT.name):
        connection.execute("INSERT INTO ops.follower (name, position) VALUES (%s, %s)", (name, head))
    connection.execute("VACUUM ANALYZE")


def _events(vendors: Sequence[UUID]) -> Iterator[StoredEvent]:
    ledgers = {vendor_id: ledger_stream_id(vendor_id, CURRENCY, 1) for vendor_id in vendors}
    for vendor_id, stream_id in ledgers.items():
        yield from _stored(_vendor(vendor_id))
        yield from _stored(_ledger(vendor_id, stream_id))
    for day in range(LINES_A_VENDOR):
        completed, earned = _prototypes(T0 + day * DAY)
        for vendor_id, stream_id in ledgers.items():
            booking_id = new_id()
            of_whom = str(vendor_id).encode()
            state = completed.state.replace(_id(_VENDOR), of_whom)
            yield StoredEvent(booking_id, 1, completed.topic, state)
            state = earned.state.replace(_id(_VENDOR), of_whom).replace(_id(_BOOKING), str(booking_id).encode())
            state = state.replace(_id(_LINE), str(new_id()).encode())
            yield StoredEvent(stream_id, 2 + day, earned.topic, state)


def _id(of: UUID) -> bytes:
    return str(of).encode()


def _vendor(vendor_id: UUID) -> Vendor:
    """One that can be paid, with its first period open."""
    vendor = Vendor.enrol(vendor_id=vendor_id, now=T0)
    vendor.request_account(now=T0)
    vendor.account_seen(stripe_account_id=f"acct_{vendor_id.hex}", ready=True, now=T0)
    vendor.open_period(CURRENCY, now=T0)
    return vendor


def _ledger(vendor_id: UUID, stream_id: UUID) -> VendorLedger:
    return VendorLedger.open(stream_id=stream_id, vendor_id=vendor_id, currency=CURRENCY, number=1, carried=(), now=T0)


def _stored(root: Root) -> list[StoredEvent]:
    return [encode(event) for event in cast("list[Event]", root.collect_events())]


def _prototypes(at: datetime) -> tuple[StoredEvent, StoredEvent]:
    """What a trip that is over adds to the log, for whomever it was."""
    completed = Booking.Completed(
        originator_id=_BOOKING,
        originator_version=1,
        timestamp=at,
        vendor_id=_VENDOR,
        currency=CURRENCY,
        vendor_share_minor=EARNED_MINOR,
        platform_share_minor=COMMISSION_MINOR,
    )
    line = Line(_LINE, _BOOKING, "completed", EARNED_MINOR, at, at + 2 * DAY)
    earned = VendorLedger.Earned(
        originator_id=_BOOKING,
        originator_version=2,
        timestamp=at,
        vendor_id=_VENDOR,
        currency=CURRENCY,
        line=line,
    )
    return encode(completed), encode(earned)
