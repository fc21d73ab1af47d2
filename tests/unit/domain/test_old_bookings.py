"""Bookings stored before there were stays, requests and changes are as good as new ones."""

import json
from pathlib import Path
from uuid import UUID

from domain.booking import Booking
from domain.root import Event, replay
from domain.terms import refreeze
from infrastructure.event_codec import decode
from tests.unit.facts import DAY, STARTS_AT

GOLDEN = Path(__file__).parent.parent.parent / "golden"


def old(name: str) -> Event:
    golden = json.loads((GOLDEN / f"{name}.json").read_text())
    return decode(UUID(golden["stream_id"]), golden["version"], golden["topic"], json.dumps(golden["state"]).encode())


def test_an_old_hold_is_one_departure_booked_at_once() -> None:
    booking = replay([old("booking.held.v1")])
    assert isinstance(booking, Booking)
    assert (booking.kind, booking.booking_mode, booking.cells) == ("departure", "instant", 1)
    assert booking.unit_price_minor * booking.quantity == booking.price_minor
    assert not booking.paid


def test_old_deadlines_move_with_the_start() -> None:
    booking = replay([old("booking.held.v1")])
    assert isinstance(booking, Booking)
    moved = refreeze(booking.terms, starts_at=STARTS_AT + 10 * DAY, now=booking.created_on, currency="EUR")
    assert [new.until - before.until for new, before in zip(moved.deadlines, booking.terms.deadlines, strict=True)] == [
        10 * DAY
    ] * 3
