"""Listings, and what can be done with them in each state; a departure cancelled for everybody."""

from dataclasses import replace
from uuid import UUID

from commands.cancel_departure import (
    CancelAffectedBooking,
    FinishDepartureCancellation,
    StartDepartureCancellation,
)
from commands.change_cells import ChangeCells
from commands.change_listing import ChangeListing
from commands.open_departures import OpenDepartures, OpenSeries
from commands.open_nights import OpenNights
from commands.reschedule_booking import RescheduleBooking
from commands.revise_listing import ReviseListing
from domain.capacity import Cell
from domain.departure_cancellation import DepartureCancellation
from domain.listing import Listing
from domain.money import Money
from tests.unit.facts import (
    DAY,
    ENDS_AT,
    FIRST_NIGHT,
    LAST_NIGHT,
    LISTING_ID,
    OPERATOR,
    STARTS_AT,
    TICK,
    TRAVELLER,
    VENDOR,
    booking_id,
    confirmed,
    create_listing,
    held,
    on_offer,
    open_departure,
    place_hold,
    register,
    start_payment,
)
from tests.unit.lives.life import Ask, Life
from tests.unit.story import Step

RUN_ID = UUID("0198a000-0000-7000-8000-000000000021")
_CREATED = Step(create_listing(), VENDOR)
_OPENED = Step(open_departure(), VENDOR)
_AGAIN = UUID(int=9)
_LATER = Cell(STARTS_AT + 7 * DAY, ENDS_AT + 7 * DAY, 10)


_PAUSE, _CLOSE = ChangeListing(LISTING_ID, "pause"), ChangeListing(LISTING_ID, "close")
_CLOSED_CELLS = ChangeCells(UUID(int=8), LISTING_ID, STARTS_AT, ENDS_AT, None, closed=True)
_STARTED = StartDepartureCancellation(RUN_ID, LISTING_ID, STARTS_AT, STARTS_AT + TICK, "Storm", 1)

LISTINGS = Life(
    title="Listing",
    about="Bookings that were made before it was paused or closed stay, and can be paid, changed and cancelled.",
    kind=Listing,
    stream_id=LISTING_ID,
    state_of=lambda listing: str(listing.status),
    before=Step(register()),
    examples={
        "draft": [Step(create_listing(draft=True), VENDOR), _OPENED],
        "published": [_CREATED, _OPENED, held(2), *confirmed(3)],
        "paused": [_CREATED, _OPENED, held(2), *confirmed(3), Step(_PAUSE, VENDOR)],
        "closed": [_CREATED, _OPENED, held(2), *confirmed(3), Step(_CLOSE, VENDOR)],
    },
    asks=(
        Ask(create_listing(draft=True), VENDOR, "as a draft", begins=True),
        Ask(create_listing(), VENDOR, begins=True),
        Ask(ChangeListing(LISTING_ID, "publish"), VENDOR, "publish"),
        Ask(_PAUSE, VENDOR, "pause"),
        Ask(ChangeListing(LISTING_ID, "resume"), VENDOR, "resume"),
        Ask(_CLOSE, VENDOR, "close"),
        Ask(ReviseListing(LISTING_ID, price=Money(120_00, "EUR")), VENDOR),
        Ask(ReviseListing(LISTING_ID), VENDOR, "nothing new"),
        Ask(OpenDepartures(_AGAIN, LISTING_ID, (_LATER,)), VENDOR),
        Ask(open_departure(opening_id=_AGAIN), VENDOR, "open already"),
        Ask(OpenSeries(_AGAIN, LISTING_ID, _LATER.starts_at, _LATER.ends_at, 10, "FREQ=DAILY;COUNT=3"), VENDOR),
        Ask(OpenNights(_AGAIN, LISTING_ID, FIRST_NIGHT, LAST_NIGHT, 2), VENDOR, "of a departure"),
        Ask(_CLOSED_CELLS, VENDOR),
        Ask(replace(_CLOSED_CELLS, capacity=0), VENDOR, "below what is sold"),
        Ask(place_hold(), TRAVELLER),
        Ask(start_payment(2), TRAVELLER, "of a booking held before"),
        Ask(RescheduleBooking(booking_id(3), quantity=2), TRAVELLER, "of a booking made before"),
        Ask(_STARTED, OPERATOR),
    ),
)

CANCELLATIONS = Life(
    title="Departure cancellation",
    about="The platform cancels a departure for everybody: its cells are closed, then one booking after the other.",
    kind=DepartureCancellation,
    stream_id=RUN_ID,
    state_of=lambda run: str(run.status),
    before=[on_offer(), *confirmed()],
    examples={
        "running": Step(_STARTED, OPERATOR),
        "finished": [Step(_STARTED, OPERATOR), Step(FinishDepartureCancellation(RUN_ID, left=1))],
    },
    asks=(
        Ask(_STARTED, OPERATOR, begins=True),
        Ask(CancelAffectedBooking(RUN_ID, booking_id())),
        Ask(FinishDepartureCancellation(RUN_ID, left=0)),
    ),
)
LIVES = (LISTINGS, CANCELLATIONS)
