"""Everything that happens to a listing besides being booked: revised, its cells changed, a departure cancelled."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from commands.cancel_departure import (
    CancelAffectedBooking,
    FinishDepartureCancellation,
    StartDepartureCancellation,
)
from commands.change_cells import ChangeCells
from commands.open_departures import OpenDepartures
from commands.place_hold import PlaceHold
from commands.revise_listing import ReviseListing
from domain.capacity import Cell
from domain.money import Money
from domain.terms import PRESETS
from tests.unit.facts import HOUR, OPERATOR, TICK, TRAVELLER, VENDOR, booking_id, create_listing
from tests.unit.story import Step

TOUR_ID = UUID("0198a000-0000-7000-8000-000000000020")
RUN_ID = UUID("0198a000-0000-7000-8000-000000000021")


def listing_life(starts_at: datetime, n: int) -> list[Step]:
    """Of a tour of its own, with one departure then; booking `n` is on it when it is cancelled."""
    opening_id, change_id = UUID(int=TOUR_ID.int + 2), UUID(int=TOUR_ID.int + 3)
    revised = ReviseListing(
        TOUR_ID,
        title="Canoeing on the Spree",
        place="Berlin",
        price=Money(120_00, "EUR"),
        terms=PRESETS["flexible"],
        booking_mode="request",
        answer_within="PT12H",
    )
    return [
        Step(replace(create_listing(), listing_id=TOUR_ID), VENDOR),
        Step(OpenDepartures(opening_id, TOUR_ID, (Cell(starts_at, starts_at + HOUR, 10),)), VENDOR),
        Step(revised, VENDOR),
        Step(ChangeCells(change_id, TOUR_ID, starts_at, starts_at + HOUR, 20, closed=False, reason="Bigger"), VENDOR),
        Step(PlaceHold(booking_id(n), TOUR_ID, starts_at, None, 1), TRAVELLER),
        Step(StartDepartureCancellation(RUN_ID, TOUR_ID, starts_at, starts_at + TICK, "Storm", 1), OPERATOR),
        Step(CancelAffectedBooking(RUN_ID, booking_id(n))),
        Step(FinishDepartureCancellation(RUN_ID, left=0)),
    ]
