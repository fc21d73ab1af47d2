"""What is appended: events ready to be written, and the commands of one small story."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from commands.append import Answer, Append, Idempotency, Meta
from commands.change_listing import ChangeListing
from commands.create_listing import CreateListing
from domain.actor import Actor
from domain.capacity import CapacityChange, Cell, OpenCells, TakeClaim
from domain.money import Money
from domain.payment import BalanceEntry, Payment
from domain.terms import PRESETS
from infrastructure.event_codec import encode, encode_meta
from infrastructure.new_id import new_id

T0: Final = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
VENDOR: Final = Actor(UUID("0198a000-0000-7000-8000-000000000001"), "vendor")
META: Final = Meta(VENDOR, "Bench", "5f0c9d5e6f1b4c0b8f1d7f0a2f6f4b10")
_BOOKING: Final = UUID("0198b000-0000-7000-8000-000000000004")
_ENTRY: Final = BalanceEntry("txn_3PqXyZ2eZvKYlo2C1a2b3c4d", 10_000, 325, "EUR")
DEPARTS_AT: Final = datetime(2036, 3, 2, 9, 15, tzinfo=UTC)


def ready_event() -> Payment.Settled:
    """An event of about 250 bytes, the first of a stream of its own."""
    assert VENDOR.account_id is not None
    return Payment.Settled(
        originator_id=new_id(),
        originator_version=1,
        timestamp=T0,
        booking_id=_BOOKING,
        vendor_id=VENDOR.account_id,
        entry=_ENTRY,
    )


def ready_state() -> bytes:
    """The state of a ready event as it is stored: what every peer writes too."""
    return encode(ready_event()).state


def metadata() -> str:
    return encode_meta(META)


def bare() -> Append:
    return Append((ready_event(),), META)


def with_key() -> Append:
    """With an idempotency record and the answer that is kept."""
    assert VENDOR.account_id is not None
    return Append((ready_event(),), META, idempotency=_key(), answer=ANSWER)


def with_claim(listing_id: UUID) -> Append:
    """With a claim on a place of this listing's only cell."""
    event = ready_event()
    return Append((event,), META, capacity=_claim(event.originator_id, listing_id))


def guarded(listing_id: UUID) -> Append:
    """With both, as a hold is placed over HTTP."""
    event = ready_event()
    claim = _claim(event.originator_id, listing_id)
    return Append((event,), META, capacity=claim, idempotency=_key(), answer=ANSWER)


def opened(listing_id: UUID) -> Append:
    """One cell with room for everybody."""
    return Append(
        (), META, capacity=(OpenCells(listing_id, (Cell(DEPARTS_AT, DEPARTS_AT + timedelta(hours=4), 10_000_000),)),)
    )


FINGERPRINT: Final = "POST /v1/bookings 3f786850e387550fdab836ed7e6dc881de23001b"
ANSWER: Final = Answer(201, b'{"booking_id":"0198b000-0000-7000-8000-000000000004","status":"held"}' * 4, 1)


def key_of(account_id: UUID) -> Idempotency:
    """A new one."""
    return Idempotency(account_id, uuid4().hex, FINGERPRINT)


def _key() -> Idempotency:
    assert VENDOR.account_id is not None
    return key_of(VENDOR.account_id)


def _claim(booking_id: UUID, listing_id: UUID) -> tuple[CapacityChange, ...]:
    return (
        TakeClaim(booking_id, listing_id, DEPARTS_AT, DEPARTS_AT + timedelta(hours=4), 1, DEPARTS_AT, 1, new_id(), 10),
    )


def life_of_a_listing() -> Iterator[CreateListing | ChangeListing]:
    """Eight commands, each of which appends one event: a creation, and seven changes that load it first."""
    listing_id = new_id()
    yield create_listing(listing_id)
    yield ChangeListing(listing_id, "publish")
    for _ in range(3):
        yield ChangeListing(listing_id, "pause")
        yield ChangeListing(listing_id, "resume")


def create_listing(listing_id: UUID, *, draft: bool = True) -> CreateListing:
    return CreateListing(
        listing_id=listing_id,
        title="Kayak at dawn",
        description="Two hours on the bay.",
        kind="departure",
        time_zone="Europe/Lisbon",
        price=Money(4_500, "EUR"),
        terms=PRESETS["non_refundable"],
        draft=draft,
    )
