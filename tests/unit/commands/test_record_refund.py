"""Record what Stripe says about a refund."""

import pytest

from domain.payment import Payment
from domain.refusal import NotFound
from tests.unit.facts import (
    PRICE,
    cancelled,
    confirmed,
    entry_of,
    on_offer,
    payment_id,
    refund_id,
    refund_seen,
)
from tests.unit.story import Step, fact, given

OWED = (on_offer(), confirmed(), cancelled())
ENTRY = entry_of("refund", -PRICE)
BACK = entry_of("back", PRICE)


def test_a_pending_refund_is_known_by_its_id() -> None:
    given(OWED).when(refund_seen("pending")).then(
        fact(Payment.RefundSubmitted, refund_id=refund_id(), stripe_refund_id="re_1")
    ).when(refund_seen("requires_action")).then_nothing()


def test_a_refund_that_succeeded_is_on_its_way_to_the_card() -> None:
    story = (
        given(OWED)
        .when(refund_seen("succeeded", entry=ENTRY))
        .then(
            Payment.RefundSubmitted,
            fact(Payment.RefundSucceeded, refund_id=refund_id(), amount_minor=PRICE, currency="EUR"),
            fact(Payment.RefundSettled, entry=ENTRY),
        )
    )
    assert story.state(Payment, payment_id()).refunded_minor == PRICE


def test_the_same_success_again_is_no_event() -> None:
    seen = refund_seen("succeeded", entry=ENTRY)
    given(OWED, Step(seen)).when(seen).then_nothing()


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_failed_at_once_was_never_paid(status: str) -> None:
    seen = refund_seen("failed" if status == "failed" else "canceled")
    code = "expired_or_canceled_card" if status == "failed" else "canceled"
    story = (
        given(OWED)
        .when(seen)
        .then(Payment.RefundSubmitted, fact(Payment.RefundFailed, code=code, had_succeeded=False, returned=None))
    )
    assert story.state(Payment, payment_id()).refunded_minor == 0


def test_a_refund_may_come_back_long_after_it_succeeded() -> None:
    story = given(OWED, Step(refund_seen("succeeded", entry=ENTRY)))
    story.when(refund_seen("failed", entry=ENTRY, returned=BACK)).then(
        fact(Payment.RefundFailed, amount_minor=PRICE, had_succeeded=True, returned=BACK)
    )
    assert story.state(Payment, payment_id()).refunded_minor == 0


def test_a_success_told_after_the_failure_changes_nothing() -> None:
    failed = refund_seen("failed")
    given(OWED, Step(failed)).when(refund_seen("succeeded")).then_nothing().when(failed).then_nothing()


def test_money_that_failed_to_go_back_is_owed_and_not_asked_for_anew() -> None:
    story = given(OWED, Step(refund_seen("failed")))
    assert story.state(Payment, payment_id()).refundable_minor == 0


def test_a_refund_of_an_unknown_payment_is_not_found() -> None:
    given(on_offer()).when(refund_seen("succeeded")).then(NotFound)


def test_a_failure_is_booked_when_the_money_has_been_seen_to_come_back() -> None:
    story = given(OWED, Step(refund_seen("succeeded", entry=ENTRY)))
    story.when(refund_seen("failed", entry=ENTRY)).then_nothing()
    story.when(refund_seen("failed", entry=ENTRY, returned=BACK)).then(fact(Payment.RefundFailed, returned=BACK))
