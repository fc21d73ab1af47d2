"""A change that waits for its difference in price: paid, paid late, paid wrongly, declined, or run out."""

from uuid import UUID

import pytest

from api.views.booking import booking_view
from commands.expire_booking import ExpireBooking, ExpireChange
from commands.record_no_show import RecordNoShow
from commands.refund_payment import RefundPayment
from commands.reschedule_booking import RescheduleBooking
from domain.booking import Booking, HoldExpired, PaymentInProgress
from domain.contested import PaymentDisputed
from domain.money import Money
from domain.payment import Payment
from domain.refusal import WrongState
from domain.vendor import Vendor
from domain.vendor_ledger import VendorLedger
from tests.unit.dispute_facts import dispute, taken
from tests.unit.facts import (
    HOUR,
    MINUTE,
    OPERATOR,
    OTHER_TRAVELLER,
    PRICE,
    STARTS_AT,
    TICK,
    TRAVELLER,
    VENDOR,
    booking_id,
    canceled,
    captured,
    confirmed,
    declined,
    held,
    on_offer,
    payment_id,
    start_payment,
)
from tests.unit.story import T0, Given, Step, fact, given

CHANGE = RescheduleBooking(booking_id(), quantity=3)
EXPIRE = ExpireChange(booking_id())
RUN_OUT = T0 + 15 * MINUTE
PAY = start_payment(2, booking=1)
TOP_UP = captured(2, minor=2 * PRICE)
SENT_BACK = fact(Payment.RefundRequested, amount_minor=2 * PRICE, reason="not needed", at_fault="platform")


def waiting(*more: Given, capacity: int = 10) -> list[Given]:
    """Two places more are held and wait to be paid."""
    return [on_offer(capacity=capacity), confirmed(), Step(CHANGE, TRAVELLER), *more]


def paying(*more: Given, capacity: int = 10) -> list[Given]:
    return waiting(Step(PAY, TRAVELLER), *more, capacity=capacity)


def test_a_change_runs_out_and_the_booking_stays_as_it_was() -> None:
    story = given(waiting()).when(EXPIRE, at=RUN_OUT - TICK).then_nothing()
    story.when(EXPIRE, at=RUN_OUT).then(fact(Booking.ChangeDropped, why="expired")).then_capacity(held=0, sold=1)
    story.when(EXPIRE).then_nothing()
    booking = story.state(Booking, booking_id())
    assert (booking.status, booking.quantity, booking.pending_change) == ("confirmed", 1, None)


def test_a_booking_itself_does_not_run_out_with_its_change() -> None:
    given(waiting()).when(ExpireBooking(booking_id()), at=RUN_OUT).then_nothing()


def test_a_change_that_ran_out_cannot_be_paid() -> None:
    given(waiting()).when(PAY, by=TRAVELLER, at=RUN_OUT).then(HoldExpired)
    given(waiting(Step(EXPIRE, at=RUN_OUT))).when(PAY, by=TRAVELLER).then(WrongState)


def test_a_change_is_paid_by_one_card_at_a_time() -> None:
    given(paying()).when(start_payment(3, booking=1), by=TRAVELLER).then(PaymentInProgress)


def test_paying_holds_on_once() -> None:
    story = given(waiting()).when(PAY, by=TRAVELLER, at=T0 + 10 * MINUTE)
    story.then(fact(Booking.TopUpStarted, expires_at=T0 + 25 * MINUTE), Payment.Requested)
    assert {claim.expires_at for claim in story.log.capacity.claims.values()} == {None, T0 + 25 * MINUTE}
    story.when(declined(2)).then(Payment.Submitted, Payment.Failed, Booking.PaymentEnded)
    story.when(start_payment(3, booking=1), by=TRAVELLER, at=T0 + 20 * MINUTE).then(
        fact(Booking.TopUpStarted, payment_id=payment_id(3), expires_at=T0 + 25 * MINUTE), Payment.Requested
    )
    story.when(captured(3, minor=2 * PRICE)).then(Payment.Submitted, Payment.Captured, Booking.Rescheduled)


def test_a_change_is_not_paid_while_the_booking_is_disputed() -> None:
    waiting = (on_offer(), confirmed(), Step(CHANGE, TRAVELLER), Step(dispute("needs_response", taken())))
    given(*waiting).when(PAY, by=TRAVELLER).then(PaymentDisputed)


def test_a_change_is_shown_at_what_it_will_cost_in_all() -> None:
    """An operator has given back 10.00 of the 100.00 while the change waited for its 200.00."""
    leak = RefundPayment(UUID(int=8), payment_id(), Money(10_00, "EUR"), "a leak", "vendor")
    story = given(on_offer(), confirmed(), Step(CHANGE, TRAVELLER), Step(leak, OPERATOR))
    pending = booking_view(story.state(Booking, booking_id())).pending_change
    assert pending is not None
    assert (pending.price.amount, pending.due.amount) == (290_00, 200_00)
    story.tell([Step(PAY, TRAVELLER), Step(captured(2, minor=200_00))])
    assert story.state(Booking, booking_id()).price_minor == pending.price.amount


def test_a_change_ends_before_what_is_booked_begins() -> None:
    late = [Step(CHANGE, TRAVELLER, STARTS_AT - 5 * MINUTE), Step(PAY, TRAVELLER)]
    story = given(on_offer(), confirmed(), late)
    change = story.state(Booking, booking_id()).pending_change
    assert change is not None
    assert change.expires_at == STARTS_AT


def test_a_change_that_runs_out_while_it_is_paid_stops_the_payment() -> None:
    story = (
        given(paying())
        .when(EXPIRE, at=T0 + HOUR)
        .then(fact(Booking.ChangeDropped, why="expired"), fact(Payment.VoidRequested, reason="change expired"))
    )
    story.then_capacity(held=0, sold=1).when(canceled(2)).then(Payment.Submitted, Payment.Voided)


def test_money_for_a_change_that_ran_out_is_sent_back() -> None:
    story = given(paying(Step(EXPIRE, at=T0 + HOUR))).when(TOP_UP)
    story.then(Payment.Submitted, Payment.Captured, SENT_BACK).then_capacity(held=0, sold=1)
    assert story.state(Booking, booking_id()).payments == {payment_id(): PRICE}


def test_late_money_still_buys_while_nobody_else_came() -> None:
    story = given(paying(capacity=3)).when(TOP_UP, at=T0 + HOUR)
    story.then(Payment.Submitted, Payment.Captured, Booking.Rescheduled).then_capacity(held=0, sold=3)


def test_late_money_whose_places_were_given_away_goes_back_and_drops_the_change() -> None:
    rival = Step(held(3, quantity=2).command, OTHER_TRAVELLER, T0 + HOUR)
    story = (
        given(paying(rival, capacity=3))
        .when(TOP_UP)
        .then(
            Payment.Submitted,
            Payment.Captured,
            fact(Payment.RefundRequested, amount_minor=2 * PRICE, reason="capacity lost"),
            fact(Booking.ChangeDropped, why="capacity_lost"),
        )
    )
    story.then_capacity(held=2, sold=1)
    assert story.state(Booking, booking_id()).status == "confirmed"


@pytest.mark.parametrize("minor", [2 * PRICE - 1, 2 * PRICE + 1, 3 * PRICE])
def test_another_amount_is_sent_back_and_drops_the_change(minor: int) -> None:
    story = (
        given(paying())
        .when(captured(2, minor=minor))
        .then(
            Payment.Submitted,
            Payment.Captured,
            fact(Payment.RefundRequested, amount_minor=minor),
            fact(Booking.ChangeDropped, why="not_wanted"),
        )
    )
    story.then_capacity(held=0, sold=1)


def test_money_after_the_start_is_sent_back() -> None:
    story = given(paying()).when(TOP_UP, at=STARTS_AT)
    story.then(Payment.Submitted, Payment.Captured, SENT_BACK, fact(Booking.ChangeDropped, why="not_wanted"))


def test_the_first_payment_told_again_changes_nothing() -> None:
    given(paying()).when(captured()).then_nothing().when(canceled()).then_nothing().when(declined()).then_nothing()


def test_who_does_not_come_has_no_change_left() -> None:
    story = given(waiting()).when(RecordNoShow(booking_id()), by=VENDOR, at=STARTS_AT)
    story.then(
        Booking.NoShowRecorded,
        fact(Booking.ChangeDropped, why="withdrawn"),
        Vendor.PeriodOpened,
        VendorLedger.Opened,
        VendorLedger.Earned,
    ).then_capacity(held=0, sold=1)
