"""Begin to pay a held booking."""

import pytest

from commands.expire_booking import ExpireBooking
from domain.actor import SYSTEM, Actor
from domain.booking import Booking, HoldExpired, PaymentInProgress
from domain.capacity import ClaimLost
from domain.payment import Payment
from domain.refusal import NotAllowed, NotFound, WrongState
from tests.unit.facts import (
    AUDITOR,
    MINUTE,
    OPERATOR,
    OTHER_TRAVELLER,
    STARTS_AT,
    TICK,
    TRAVELLER,
    TRAVELLER_ID,
    VENDOR,
    VENDOR_ID,
    booking_id,
    cancelled,
    confirmed,
    declined,
    held,
    on_offer,
    paying,
    payment_id,
    place_hold,
    start_payment,
)
from tests.unit.story import T0, Step, fact, given


def test_a_payment_of_the_price_is_asked_for_and_the_hold_extended() -> None:
    story = given(on_offer(), held(quantity=2)).when(start_payment(), by=TRAVELLER, at=T0 + 10 * MINUTE)
    story.then(
        fact(Booking.PaymentStarted, payment_id=payment_id(), expires_at=T0 + 25 * MINUTE),
        fact(
            Payment.Requested,
            originator_id=payment_id(),
            booking_id=booking_id(),
            vendor_id=VENDOR_ID,
            traveller_id=TRAVELLER_ID,
            amount_minor=200_00,
            currency="EUR",
            payment_method="pm_card_visa",
        ),
    ).then_capacity(held=2, sold=0)
    assert story.log.capacity.claims[booking_id()].expires_at == T0 + 25 * MINUTE


def test_a_hold_is_never_shortened_by_paying_early() -> None:
    given(on_offer(), held()).when(start_payment(), by=TRAVELLER).then(
        fact(Booking.PaymentStarted, expires_at=T0 + 15 * MINUTE), Payment.Requested
    )


def test_a_hold_is_extended_to_the_start_at_most() -> None:
    story = given(on_offer(), Step(place_hold(), TRAVELLER, STARTS_AT - 20 * MINUTE))
    story.when(start_payment(), by=TRAVELLER, at=STARTS_AT - 10 * MINUTE)
    story.then(fact(Booking.PaymentStarted, expires_at=STARTS_AT), Payment.Requested)


def test_another_card_may_be_tried_but_the_hold_is_extended_only_once() -> None:
    story = given(on_offer(), held(), Step(start_payment(), TRAVELLER, T0 + 10 * MINUTE), Step(declined()))
    story.when(start_payment(2, booking=1), by=TRAVELLER, at=T0 + 20 * MINUTE)
    story.then(fact(Booking.PaymentStarted, payment_id=payment_id(2), expires_at=T0 + 25 * MINUTE), Payment.Requested)


def test_one_payment_at_a_time() -> None:
    given(on_offer(), paying()).when(start_payment(2, booking=1), by=TRAVELLER).then(PaymentInProgress)


def test_a_hold_that_has_run_out_cannot_be_paid() -> None:
    story = given(on_offer(), held())
    story.when(start_payment(), by=TRAVELLER, at=T0 + 15 * MINUTE).then(HoldExpired)


def test_a_hold_can_be_paid_in_its_last_instant() -> None:
    story = given(on_offer(), held()).when(start_payment(), by=TRAVELLER, at=T0 + 15 * MINUTE - TICK)
    story.then(Booking.PaymentStarted, Payment.Requested)


def test_a_confirmed_booking_is_paid_once() -> None:
    given(on_offer(), confirmed()).when(start_payment(2, booking=1), by=TRAVELLER).then(WrongState)


def test_a_booking_cancelled_while_it_was_being_paid_cannot_be_paid_any_more() -> None:
    given(on_offer(), paying(), cancelled()).when(start_payment(2, booking=1), by=TRAVELLER).then(WrongState)


def test_an_expired_booking_cannot_be_paid_any_more() -> None:
    expired = Step(ExpireBooking(booking_id()), at=T0 + 15 * MINUTE)
    given(on_offer(), paying(), expired).when(start_payment(2, booking=1), by=TRAVELLER).then(WrongState)


def test_a_claim_that_was_lost_is_not_extended() -> None:
    story = given(on_offer(), held())
    story.log.capacity.claims.clear()
    story.when(start_payment(), by=TRAVELLER).then(ClaimLost)


@pytest.mark.parametrize("by", [OTHER_TRAVELLER, Actor(TRAVELLER_ID, "vendor")])
def test_a_booking_that_is_not_yours_is_not_found(by: Actor) -> None:
    given(on_offer(), held()).when(start_payment(), by=by).then(NotFound)


@pytest.mark.parametrize("by", [VENDOR, OPERATOR, AUDITOR, SYSTEM])
def test_only_the_traveller_pays(by: Actor) -> None:
    given(on_offer(), held()).when(start_payment(), by=by).then(NotAllowed)
