"""Record what Stripe says about a payment: captured money buys the booking or goes back, never "paid, no booking"."""

from datetime import timedelta

import pytest

from commands.expire_booking import ExpireBooking
from commands.record_payment import Intent, RecordPayment
from domain.booking import Booking
from domain.payment import Funding, Payment
from domain.refusal import NotFound
from tests.unit.facts import (
    MINUTE,
    OTHER_TRAVELLER,
    PRICE,
    STARTS_AT,
    TRAVELLER,
    booking_id,
    canceled,
    cancelled,
    captured,
    confirmed,
    declined,
    entry_of,
    held,
    on_offer,
    paying,
    payment_id,
    place_hold,
    refund_id,
    start_payment,
)
from tests.unit.story import T0, Step, fact, given

RUN_OUT = T0 + 15 * MINUTE
EXPIRED = Step(ExpireBooking(booking_id()), at=RUN_OUT)
NOT_NEEDED = fact(
    Payment.RefundRequested,
    refund_id=refund_id(why="not_wanted"),
    amount_minor=PRICE,
    currency="EUR",
    funding=Funding(unearned_minor=PRICE),
    reason="not needed",
    at_fault="platform",
)


def news(status: str) -> RecordPayment:
    intents = {name: Intent("pi_1", name) for name in ("requires_confirmation", "processing", "requires_action")}
    return RecordPayment(payment_id(), intents[status])


def test_captured_money_buys_the_booking() -> None:
    given(on_offer(), paying(quantity=2)).when(captured(minor=200_00)).then(
        fact(Payment.Submitted, intent_id="pi_1"),
        fact(Payment.Captured, charge_id="ch_1", amount_minor=200_00, currency="EUR", booking_id=booking_id()),
        fact(Booking.Confirmed, payment_id=payment_id(), late=False),
    ).then_capacity(held=0, sold=2)


def test_a_second_capture_is_no_event() -> None:
    given(on_offer(), paying()).when(captured()).when(captured()).then_nothing().then_capacity(held=0, sold=1)


def test_the_balance_transaction_may_come_later_and_twice() -> None:
    story = given(on_offer(), paying(), Step(captured()))
    story.when(captured(seen=True)).then(fact(Payment.Settled, entry=entry_of("pay1", PRICE, 320)))
    story.when(captured(seen=True)).then_nothing()


@pytest.mark.parametrize("status", ["requires_confirmation", "processing"])
def test_a_payment_on_its_way_is_only_known_by_its_id(status: str) -> None:
    given(on_offer(), paying()).when(news(status)).then(Payment.Submitted).when(news(status)).then_nothing()


def test_a_payment_without_an_error_has_not_failed() -> None:
    fresh = RecordPayment(payment_id(), Intent("pi_1", "requires_payment_method"))
    given(on_offer(), paying()).when(fresh).then(Payment.Submitted)


def test_the_traveller_is_asked_to_authenticate_once() -> None:
    story = given(on_offer(), paying()).when(news("requires_action")).then(Payment.Submitted, Payment.ActionRequired)
    story.when(news("requires_action")).then_nothing()


def test_a_payment_is_one_intent_for_ever() -> None:
    story = given(on_offer(), paying(), Step(news("processing")))
    with pytest.raises(AssertionError, match="pi_2"):
        story.when(RecordPayment(payment_id(), Intent("pi_2", "processing")))


def test_a_decline_frees_the_booking_for_another_card() -> None:
    story = given(on_offer(), paying()).when(declined())
    story.then(
        Payment.Submitted,
        fact(Payment.Failed, code="card_declined", decline_code="generic_decline"),
        fact(Booking.PaymentEnded, payment_id=payment_id()),
    ).then_capacity(held=1, sold=0)
    story.when(declined()).then_nothing()
    story.when(start_payment(2, booking=1), by=TRAVELLER).then(Booking.PaymentStarted, Payment.Requested)
    story.when(captured(2)).then(Payment.Submitted, Payment.Captured, Booking.Confirmed)


def test_a_void_frees_the_booking_for_another_card() -> None:
    story = given(on_offer(), paying()).when(canceled())
    story.then(Payment.Submitted, Payment.Voided, Booking.PaymentEnded).when(canceled()).then_nothing()


def test_a_card_that_succeeds_after_its_decline_was_recorded_still_buys() -> None:
    story = given(on_offer(), paying(), Step(declined()))
    story.when(captured()).then(Payment.Captured, Booking.Confirmed).then_capacity(held=0, sold=1)


def test_a_first_card_that_succeeds_beside_a_second_one_is_refunded() -> None:
    story = given(on_offer(), paying(), Step(declined()), Step(start_payment(2, booking=1), TRAVELLER))
    story.when(captured()).then(Payment.Captured, NOT_NEEDED)
    story.when(captured(2)).then(Payment.Submitted, Payment.Captured, Booking.Confirmed)
    assert story.state(Payment, payment_id()).refundable_minor == 0


def test_a_decline_of_the_first_card_leaves_the_second_one_alone() -> None:
    story = given(on_offer(), paying(), Step(declined()), Step(start_payment(2, booking=1), TRAVELLER))
    story.when(canceled()).then(Payment.Voided)
    assert story.state(Booking, booking_id()).payment_open


def test_money_after_the_hold_ran_out_buys_while_nobody_else_came() -> None:
    story = given(on_offer(capacity=1), paying()).when(captured(), at=RUN_OUT + MINUTE)
    story.then(Payment.Submitted, Payment.Captured, fact(Booking.Confirmed, late=False)).then_capacity(held=0, sold=1)


def test_money_after_expiry_claims_the_places_again() -> None:
    story = given(on_offer(capacity=1), paying(), EXPIRED).then_capacity(held=0, sold=0)
    story.when(captured(), at=RUN_OUT + MINUTE).then(
        Payment.Submitted, Payment.Captured, fact(Booking.Confirmed, late=True)
    ).then_capacity(held=0, sold=1)


def test_money_after_expiry_with_the_places_gone_is_refunded_in_full() -> None:
    story = given(on_offer(capacity=1), paying(), EXPIRED, held(2, by=OTHER_TRAVELLER))
    story.when(captured()).then(
        Payment.Submitted,
        Payment.Captured,
        fact(Payment.RefundRequested, amount_minor=PRICE, reason="capacity lost", at_fault="platform"),
    ).then_capacity(held=1, sold=0)
    story.when(captured()).then_nothing()


def test_late_money_whose_places_were_given_away_before_the_sweep_expires_the_booking() -> None:
    story = given(on_offer(capacity=1), paying(), Step(place_hold(2), OTHER_TRAVELLER, RUN_OUT))
    story.when(captured()).then(
        Payment.Submitted,
        Payment.Captured,
        fact(Payment.RefundRequested, reason="capacity lost"),
        fact(Booking.Expired, capacity_lost=True),
    ).then_capacity(held=1, sold=0)
    assert story.state(Booking, booking_id()).status == "expired"


def test_money_after_cancellation_is_refunded() -> None:
    story = given(on_offer(), paying(), cancelled()).when(captured())
    story.then(Payment.Submitted, Payment.Captured, NOT_NEEDED).then_capacity(held=0, sold=0)


@pytest.mark.parametrize("minor", [PRICE - 1, PRICE + 1])
def test_money_of_another_amount_is_refunded_whole(minor: int) -> None:
    story = (
        given(on_offer(), paying())
        .when(captured(minor=minor))
        .then(
            Payment.Submitted,
            Payment.Captured,
            fact(Payment.RefundRequested, amount_minor=minor, funding=Funding(unearned_minor=minor)),
        )
    )
    assert story.state(Booking, booking_id()).status == "awaiting_payment"


def test_money_of_another_currency_is_refunded_in_that_currency() -> None:
    given(on_offer(), paying()).when(captured(currency="USD")).then(
        Payment.Submitted,
        fact(Payment.Captured, currency="USD"),
        fact(Payment.RefundRequested, amount_minor=PRICE, currency="USD"),
    )


def test_a_capture_of_a_second_payment_after_the_first_is_refunded() -> None:
    story = given(on_offer(), paying(), Step(declined()), Step(start_payment(2, booking=1), TRAVELLER))
    story.when(captured(2)).when(captured(1)).then(Payment.Captured, NOT_NEEDED).then_capacity(held=0, sold=1)


def test_bad_news_after_a_capture_changes_nothing() -> None:
    story = given(on_offer(), confirmed())
    for late in (declined(), canceled(), news("requires_action"), news("processing")):
        story.when(late).then_nothing()


def test_news_of_an_unknown_payment_is_not_found() -> None:
    given(on_offer()).when(captured()).then(NotFound)


def test_a_capture_that_meets_a_rival_decides_again() -> None:
    story = given(on_offer(), paying()).when(captured(), meanwhile=cancelled(at=T0 + timedelta(seconds=1)))
    story.then(Booking.Cancelled, Payment.VoidRequested, Payment.Submitted, Payment.Captured, NOT_NEEDED)


def test_money_that_comes_after_the_start_is_sent_back() -> None:
    story = given(on_offer(), paying()).when(captured(), at=STARTS_AT)
    story.then(Payment.Submitted, Payment.Captured, NOT_NEEDED)
    assert story.state(Booking, booking_id()).status == "awaiting_payment"
