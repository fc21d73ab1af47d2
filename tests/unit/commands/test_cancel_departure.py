"""The platform cancels a departure for everybody."""

from uuid import UUID

import pytest

from commands.cancel_departure import (
    CancelAffectedBooking,
    FinishDepartureCancellation,
    StartDepartureCancellation,
)
from domain.actor import Actor
from domain.booking import Booking
from domain.capacity import NoSuchCells, SoldOut
from domain.departure_cancellation import AffectedBooking, DepartureCancellation
from domain.payment import Payment
from domain.refusal import NotAllowed, NotFound, WrongState
from tests.unit.facts import (
    AUDITOR,
    DAY,
    ENDS_AT,
    FINANCE,
    HOUR,
    LISTING_ID,
    OPERATOR,
    PRICE,
    STARTS_AT,
    TICK,
    TRAVELLER,
    VENDOR,
    booking_id,
    completed,
    confirmed,
    held,
    on_offer,
    paying,
    place_hold,
)
from tests.unit.story import Step, fact, given

RUN_ID = UUID("0198a000-0000-7000-8000-000000000014")


def start(**changes: object) -> StartDepartureCancellation:
    wanted = {"listing_id": LISTING_ID, "starts_from": STARTS_AT, "starts_before": STARTS_AT + TICK, **changes}
    return StartDepartureCancellation(RUN_ID, reason="Storm", expected=2, **wanted)  # type: ignore[arg-type]


def cancel(n: int = 1) -> CancelAffectedBooking:
    return CancelAffectedBooking(RUN_ID, booking_id(n))


STARTED = Step(start(), OPERATOR)


def test_once_it_is_started_nobody_can_book_it_any_more() -> None:
    story = given(on_offer(), confirmed(1)).when(start(), by=OPERATOR)
    started_by = OPERATOR.account_id
    story.then(
        fact(DepartureCancellation.Started, listing_id=LISTING_ID, reason="Storm", expected=2, started_by=started_by)
    ).then_capacity(held=0, sold=1)
    story.when(place_hold(2), by=TRAVELLER).then(SoldOut)


@pytest.mark.parametrize("at", [STARTS_AT - 30 * DAY, STARTS_AT - HOUR, STARTS_AT + HOUR])
def test_whenever_it_is_everything_goes_back(at: object) -> None:
    story = given(on_offer(), confirmed(1), STARTED).when(cancel(), at=at)  # type: ignore[arg-type]
    story.then(
        fact(Booking.Cancelled, by="platform", reason="Storm"),
        fact(Payment.RefundRequested, amount_minor=PRICE, at_fault="platform"),
        fact(AffectedBooking.Cancelled, run_id=RUN_ID, booking_id=booking_id(1), refund_minor=PRICE),
    ).then_capacity(held=0, sold=0)


def test_a_hold_is_let_go_and_its_payment_called_back() -> None:
    given(on_offer(), held(1), STARTED).when(cancel()).then(
        fact(Booking.Cancelled, was_paid=False), fact(AffectedBooking.Cancelled, refund_minor=0)
    )
    given(on_offer(), paying(1), STARTED).when(cancel()).then(
        Booking.Cancelled, Payment.VoidRequested, fact(AffectedBooking.Cancelled, refund_minor=0)
    )


def test_what_is_over_is_left_alone() -> None:
    given(on_offer(), confirmed(1), STARTED, Step(cancel())).when(cancel()).then(WrongState)
    given(on_offer(), confirmed(1), completed(1), STARTED).when(cancel()).then(WrongState)


def test_finished_is_finished() -> None:
    finish = FinishDepartureCancellation(RUN_ID, left=1)
    story = given(on_offer(), STARTED).when(finish).then(fact(DepartureCancellation.Finished, left=1))
    story.when(finish).then_nothing()


@pytest.mark.parametrize("by", [VENDOR, TRAVELLER, FINANCE, AUDITOR])
def test_only_operators_may(by: Actor) -> None:
    given(on_offer()).when(start(), by=by).then(NotAllowed)


def test_there_must_be_such_a_departure() -> None:
    given(on_offer()).when(start(starts_from=ENDS_AT, starts_before=ENDS_AT + TICK), by=OPERATOR).then(NoSuchCells)
    given(on_offer()).when(start(listing_id=UUID(int=5)), by=OPERATOR).then(NotFound)
