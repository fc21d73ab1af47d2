"""Request to book: the money is set aside, the vendor says yes, no, or nothing in time."""

from datetime import UTC, datetime

import pytest

from commands.answer_request import AcceptBooking, DeclineBooking, LapseRequest
from commands.cancel_booking import CancelBooking
from commands.complete_booking import CompleteBooking
from commands.expire_booking import ExpireBooking
from commands.record_no_show import RecordNoShow
from domain.actor import Actor
from domain.booking import AnswerTooLate, Booking, PaymentInProgress
from domain.capacity import SoldOut
from domain.payment import Payment
from domain.refusal import NotAllowed, NotFound, WrongState
from domain.terms import Outcome
from tests.unit.facts import (
    DAY,
    ENDS_AT,
    HOUR,
    MINUTE,
    OPERATOR,
    OTHER_TRAVELLER,
    OTHER_VENDOR,
    PRICE,
    STARTS_AT,
    TICK,
    TRAVELLER,
    VENDOR,
    accepted,
    authorised,
    booking_id,
    canceled,
    captured,
    declined,
    held,
    on_offer,
    paying,
    payment_id,
    requested,
    start_payment,
)
from tests.unit.story import T0, Given, Step, fact, given

ACCEPT = AcceptBooking(booking_id())
DECLINE = DeclineBooking(booking_id(), "the boat is broken")
LAPSE = LapseRequest(booking_id())


def asked(*more: Given, capacity: int = 10, answer_within: str = "PT24H") -> list[Given]:
    return [on_offer(capacity=capacity, booking_mode="request", answer_within=answer_within), *more]


def test_money_for_a_request_is_only_set_aside() -> None:
    story = given(asked(paying()))
    assert story.state(Payment, payment_id()).capture == "manual"


def test_money_for_an_instant_booking_is_taken_at_once() -> None:
    story = given(on_offer(), paying())
    assert story.state(Payment, payment_id()).capture == "automatic"


def test_money_set_aside_asks_the_vendor_and_keeps_the_places_until_the_answer() -> None:
    story = (
        given(asked(paying()))
        .when(authorised(), at=T0 + MINUTE)
        .then(
            Payment.Submitted,
            Payment.Authorised,
            fact(Booking.Authorised, payment_id=payment_id(), answer_by=T0 + MINUTE + DAY),
        )
    )
    story.then_capacity(held=1, sold=0)
    (claim,) = story.log.capacity.claims.values()
    assert claim.expires_at == T0 + MINUTE + DAY
    assert story.state(Booking, booking_id()).status == "awaiting_vendor"


@pytest.mark.parametrize(
    ("answer_within", "capture_before", "at", "answer_by"),
    [
        ("PT24H", None, T0, T0 + DAY),
        ("PT24H", T0 + 7 * DAY, T0, T0 + DAY),
        ("P7D", T0 + 5 * DAY, T0, T0 + 4 * DAY),
        ("PT24H", None, STARTS_AT - HOUR, STARTS_AT),
        ("PT24H", STARTS_AT + 7 * DAY, STARTS_AT - HOUR, STARTS_AT),
    ],
)
def test_the_answer_is_due_by_its_time_the_card_or_the_start(
    answer_within: str, capture_before: datetime | None, at: datetime, answer_by: datetime
) -> None:
    held_then = [Step(held().command, TRAVELLER, at - MINUTE), Step(paying()[1].command, TRAVELLER)]
    story = given(asked(held_then, answer_within=answer_within))
    story.when(authorised(capture_before=capture_before), at=at)
    assert story.state(Booking, booking_id()).answer_by == answer_by


@pytest.mark.parametrize(("answer_within", "hours"), [("P1D", 23), ("PT24H", 24)])
def test_days_to_answer_are_counted_where_the_listing_is(answer_within: str, hours: int) -> None:
    """Asked in Berlin at noon of the day before the clocks are put forward."""
    noon = datetime(2026, 3, 28, 11, tzinfo=UTC)
    asked_then = [Step(held().command, TRAVELLER, noon), Step(paying()[1].command, TRAVELLER)]
    story = given(asked(asked_then, answer_within=answer_within)).when(authorised())
    assert story.state(Booking, booking_id()).answer_by == noon + hours * HOUR


@pytest.mark.parametrize("capture_before", [T0 + DAY, T0 + DAY - TICK])
def test_a_card_that_leaves_no_time_to_answer_is_let_go(capture_before: datetime) -> None:
    given(asked(paying())).when(authorised(capture_before=capture_before)).then(
        Payment.Submitted, Payment.Authorised, fact(Payment.VoidRequested, reason="not needed")
    )


@pytest.mark.parametrize("minor", [PRICE - 1, PRICE + 1])
def test_another_amount_set_aside_is_let_go(minor: int) -> None:
    given(asked(paying())).when(authorised(minor=minor)).then(
        Payment.Submitted, Payment.Authorised, Payment.VoidRequested
    )


def test_money_set_aside_too_late_claims_the_places_again() -> None:
    expired = Step(ExpireBooking(booking_id()), at=T0 + 15 * MINUTE)
    story = given(asked(paying(), expired, capacity=1)).then_capacity(held=0, sold=0)
    story.when(authorised(), at=T0 + HOUR).then(Payment.Submitted, Payment.Authorised, Booking.Authorised)
    story.then_capacity(held=1, sold=0)


def test_money_set_aside_when_the_places_have_gone_is_let_go() -> None:
    rival = Step(held(2).command, OTHER_TRAVELLER, T0 + 15 * MINUTE)
    story = given(asked(paying(), rival, capacity=1)).when(authorised())
    story.then(
        Payment.Submitted,
        Payment.Authorised,
        fact(Payment.VoidRequested, reason="capacity lost"),
        fact(Booking.Expired, capacity_lost=True),
    ).then_capacity(held=1, sold=0)


@pytest.mark.parametrize("by", [VENDOR, OPERATOR])
@pytest.mark.parametrize("at", [T0, T0 + DAY])
def test_a_yes_sells_the_places_and_takes_the_money(by: Actor, at: datetime) -> None:
    story = (
        given(asked(requested()))
        .when(ACCEPT, by=by, at=at)
        .then(fact(Booking.Accepted, payment_id=payment_id()), fact(Payment.CaptureRequested, amount_minor=PRICE))
    )
    story.then_capacity(held=0, sold=1)
    story.when(ACCEPT, by=by).then_nothing()
    story.when(captured()).then(Payment.Captured, fact(Booking.Paid, payment_id=payment_id()))
    assert story.state(Booking, booking_id()).payments == {payment_id(): PRICE}
    story.when(ACCEPT, by=by).then_nothing()


def test_a_yes_after_the_deadline_is_too_late() -> None:
    given(asked(requested())).when(ACCEPT, by=VENDOR, at=T0 + DAY + TICK).then(AnswerTooLate)


def test_a_yes_when_the_places_have_been_given_away_is_sold_out() -> None:
    rival = Step(held(2).command, OTHER_TRAVELLER, T0 + DAY)
    given(asked(requested(), rival, capacity=1)).when(ACCEPT, by=VENDOR).then(SoldOut)


@pytest.mark.parametrize(("by", "name"), [(VENDOR, "vendor"), (OPERATOR, "platform")])
def test_a_no_gives_places_and_money_back(by: Actor, name: str) -> None:
    story = (
        given(asked(requested()))
        .when(DECLINE, by=by)
        .then(
            fact(Booking.Declined, by=name, reason="the boat is broken"),
            fact(Payment.VoidRequested, reason="declined"),
        )
    )
    story.then_capacity(held=0, sold=0).when(DECLINE, by=by).then_nothing()
    story.when(canceled()).then(Payment.Voided)
    assert story.state(Booking, booking_id()).status == "declined"


def test_silence_is_a_no() -> None:
    story = given(asked(requested())).when(LAPSE, at=T0 + DAY - TICK).then_nothing()
    story.when(LAPSE, at=T0 + DAY).then(
        fact(Booking.Declined, by="nobody", reason=""), fact(Payment.VoidRequested, reason="not answered in time")
    )
    story.then_capacity(held=0, sold=0).when(LAPSE).then_nothing().when(ACCEPT, by=VENDOR).then(WrongState)


def test_the_traveller_may_withdraw_while_the_vendor_thinks() -> None:
    story = given(asked(requested())).when(CancelBooking(booking_id()), by=TRAVELLER)
    story.then(
        fact(Booking.Cancelled, was_paid=False, outcome=Outcome(0, 0, 0, "Not paid: nothing to refund.", T0 + DAY)),
        Payment.VoidRequested,
    ).then_capacity(held=0, sold=0)


def test_money_taken_all_the_same_after_a_no_is_sent_back() -> None:
    story = given(asked(requested(), Step(DECLINE, VENDOR))).when(captured())
    story.then(Payment.Captured, fact(Payment.RefundRequested, amount_minor=PRICE, reason="not needed"))


def test_money_taken_without_a_yes_is_sent_back_and_ends_the_request() -> None:
    story = (
        given(asked(requested()))
        .when(captured())
        .then(
            Payment.Captured, fact(Payment.RefundRequested, amount_minor=PRICE), fact(Booking.Cancelled, was_paid=False)
        )
    )
    story.then_capacity(held=0, sold=0)


@pytest.mark.parametrize(
    "command", [CancelBooking(booking_id()), CompleteBooking(booking_id()), RecordNoShow(booking_id())]
)
def test_nothing_can_be_done_while_the_money_is_being_taken(command: object) -> None:
    story = given(asked(requested(), Step(ACCEPT, VENDOR)))
    story.when(command, by=VENDOR, at=ENDS_AT).then(PaymentInProgress)


def test_an_authorisation_that_is_gone_after_the_yes_ends_the_booking() -> None:
    story = given(asked(requested(), Step(ACCEPT, VENDOR))).when(canceled())
    story.then(Payment.Voided, fact(Booking.Cancelled, by="platform", was_paid=False)).then_capacity(held=0, sold=0)


def test_bad_news_of_a_card_that_was_tried_before_ends_nothing() -> None:
    second = [Step(declined()), Step(start_payment(2, booking=1), TRAVELLER), Step(authorised(2))]
    story = given(asked(paying(), second)).when(canceled()).then(Payment.Voided)
    assert story.state(Booking, booking_id()).status == "awaiting_vendor"


def test_an_authorisation_that_is_gone_before_the_answer_ends_the_request() -> None:
    story = given(asked(requested())).when(canceled()).then(Payment.Voided, fact(Booking.Cancelled, by="platform"))
    story.then_capacity(held=0, sold=0)


def test_a_paid_request_is_completed_as_any_other() -> None:
    story = given(asked(requested(), accepted())).when(CompleteBooking(booking_id()), by=VENDOR, at=ENDS_AT)
    assert story.new[0] == story.log.stream(booking_id())[-1]
    assert isinstance(story.new[0], Booking.Completed)


def test_who_did_not_offer_it_cannot_answer() -> None:
    story = given(asked(requested()))
    for command in (ACCEPT, DECLINE):
        story.when(command, by=TRAVELLER).then(NotAllowed)
        story.when(command, by=OTHER_VENDOR).then(NotFound)
        story.when(command, by=OTHER_TRAVELLER).then(NotFound)


def test_what_was_not_asked_cannot_be_answered() -> None:
    story = given(on_offer(), held())
    story.when(ACCEPT, by=VENDOR).then(WrongState).when(DECLINE, by=VENDOR).then(WrongState)
