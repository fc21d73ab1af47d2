"""Provider news in any order, and any of it twice, leads to the same state."""

from itertools import permutations

import pytest

from commands.record_payment import Intent, RecordPayment
from commands.record_payout import RecordBankPayout, RecordTransfer
from domain.booking import Booking
from domain.ids import payout_id
from domain.payment import Payment
from domain.payout import Payout
from tests.unit.facts import (
    PERIOD_END,
    PRICE,
    RUN_AT,
    VENDOR_ID,
    authorised,
    booking_id,
    canceled,
    cancelled,
    captured,
    completed,
    confirmed,
    declined,
    draft_payout,
    entry_of,
    on_offer,
    payable,
    paying,
    payment_id,
    refund_id,
    refund_seen,
)
from tests.unit.story import Step, given

ACTION = RecordPayment(payment_id(), Intent("pi_1", "requires_action"))
PAYOUT_ID = payout_id(VENDOR_ID, "EUR", PERIOD_END)
TRANSFER = RecordTransfer(PAYOUT_ID, "tr_1", entry_of("transfer", -80_00))


def each_twice(news: tuple[object, ...]) -> list[tuple[object, ...]]:
    """Every order, once plainly and once with the whole order told again."""
    return [told for order in permutations(news) for told in (order, order + order)]


@pytest.mark.parametrize("news", each_twice((ACTION, declined(), canceled(), captured(seen=True))))
def test_a_capture_outranks_everything(news: tuple[object, ...]) -> None:
    story = given(on_offer(), paying(), [Step(told) for told in news]).then_capacity(held=0, sold=1)
    payment, booking = story.state(Payment, payment_id()), story.state(Booking, booking_id())
    assert (payment.status, payment.captured_minor, payment.settled, payment.refunds) == ("captured", PRICE, True, {})
    assert (booking.status, booking.payment_open) == ("confirmed", False)


@pytest.mark.parametrize("news", each_twice((ACTION, declined(), authorised(), canceled(), captured(seen=True)))[::7])
def test_a_capture_outranks_an_authorisation_too(news: tuple[object, ...]) -> None:
    story = given(on_offer(booking_mode="request"), paying(), [Step(told) for told in news])
    payment = story.state(Payment, payment_id())
    assert (payment.status, payment.captured_minor, payment.settled) == ("captured", PRICE, True)


@pytest.mark.parametrize("news", each_twice((ACTION, declined(), authorised(), canceled())))
def test_a_void_outranks_an_authorisation(news: tuple[object, ...]) -> None:
    story = given(on_offer(booking_mode="request"), paying(), [Step(told) for told in news])
    assert story.state(Payment, payment_id()).status == "voided"


@pytest.mark.parametrize("news", each_twice((ACTION, declined(), canceled())))
def test_a_void_outranks_a_decline(news: tuple[object, ...]) -> None:
    story = given(on_offer(), paying(), [Step(told) for told in news])
    assert story.state(Payment, payment_id()).status == "voided"
    assert not story.state(Booking, booking_id()).payment_open


REFUND = (
    refund_seen("pending"),
    refund_seen("succeeded", entry=entry_of("refund", -PRICE)),
    refund_seen("failed", entry=entry_of("refund", -PRICE), returned=entry_of("back", PRICE)),
)


@pytest.mark.parametrize("news", each_twice(REFUND))
def test_a_failed_refund_outranks_a_success(news: tuple[object, ...]) -> None:
    story = given(on_offer(), confirmed(), cancelled(), [Step(told) for told in news])
    refund = story.state(Payment, payment_id()).refunds[refund_id()]
    assert (refund.amount_minor, refund.status, refund.settled) == (PRICE, "failed", True)


@pytest.mark.parametrize("news", each_twice(REFUND[:2]))
def test_a_refund_that_succeeded_is_not_pending_again(news: tuple[object, ...]) -> None:
    story = given(on_offer(), confirmed(), cancelled(), [Step(told) for told in news])
    assert story.state(Payment, payment_id()).refunds[refund_id()].status == "succeeded"


PAYOUT = (
    TRANSFER,
    RecordBankPayout(PAYOUT_ID, "po_1", "in_transit"),
    RecordBankPayout(PAYOUT_ID, "po_1", "paid"),
    RecordBankPayout(PAYOUT_ID, "po_1", "failed", "account_closed"),
)


@pytest.mark.parametrize("told", [PAYOUT[:3], PAYOUT])
def test_a_payout_ends_the_same_however_it_is_told(told: tuple[object, ...]) -> None:
    for news in each_twice(told):
        steps = [Step(draft_payout(), at=RUN_AT), *(Step(each) for each in news)]
        story = given(on_offer(), confirmed(), payable(), completed(), steps)
        payout = story.state(Payout, PAYOUT_ID)
        assert payout.status == ("paid" if len(told) == 3 else "failed"), news
        assert (payout.transfer_id, payout.transfer_settled, payout.stripe_payout_id) == ("tr_1", True, "po_1")
