"""Let go of an unpaid booking whose hold has run out."""

import pytest

from commands.expire_booking import ExpireBooking
from domain.booking import Booking
from domain.payment import Payment
from domain.refusal import NotFound
from tests.unit.facts import (
    DAY,
    MINUTE,
    TICK,
    booking_id,
    cancelled,
    confirmed,
    declined,
    held,
    on_offer,
    paying,
)
from tests.unit.story import T0, Step, fact, given

RUN_OUT = T0 + 15 * MINUTE
EXPIRE = ExpireBooking(booking_id())


def test_a_hold_that_has_not_run_out_stays() -> None:
    given(on_offer(), held()).when(EXPIRE, at=RUN_OUT - TICK).then_nothing().then_capacity(held=1, sold=0)


@pytest.mark.parametrize("late", [0, 1])
def test_a_hold_is_let_go_when_it_runs_out(late: int) -> None:
    story = given(on_offer(), held()).when(EXPIRE, at=RUN_OUT + late * DAY)
    story.then(fact(Booking.Expired, capacity_lost=False)).then_capacity(held=0, sold=0)


def test_expiring_twice_is_no_event() -> None:
    given(on_offer(), held()).when(EXPIRE, at=RUN_OUT).when(EXPIRE).then_nothing()


def test_an_open_payment_is_stopped() -> None:
    given(on_offer(), paying()).when(EXPIRE, at=RUN_OUT).then(
        Booking.Expired, fact(Payment.VoidRequested, reason="hold expired")
    )


def test_a_failed_payment_needs_no_stopping() -> None:
    given(on_offer(), paying(), Step(declined())).when(EXPIRE, at=RUN_OUT).then(Booking.Expired)


@pytest.mark.parametrize("ended", ["confirmed", "cancelled"])
def test_what_is_no_hold_any_more_does_not_expire(ended: str) -> None:
    steps = confirmed() if ended == "confirmed" else [held(), cancelled()]
    given(on_offer(), steps).when(EXPIRE, at=RUN_OUT + DAY).then_nothing()


def test_a_payment_that_came_first_wins() -> None:
    story = given(on_offer(), paying())
    story.when(EXPIRE, at=RUN_OUT, meanwhile=confirmed()[-1])
    story.then(Payment.Submitted, Payment.Captured, Payment.Settled, Booking.Confirmed).then_capacity(held=0, sold=1)


def test_a_booking_that_does_not_exist_is_not_found() -> None:
    given().when(EXPIRE).then(NotFound)
