"""Record what Stripe says about a refund."""

from decimal import Decimal

import pytest

from commands.decide_refund import PayRefundOtherwise, RejectRefund, RetryRefund
from domain.payment import Payment
from domain.policy import Policy
from domain.refusal import NotFound
from tests.unit.books import balances
from tests.unit.facts import (
    OPERATOR,
    PRICE,
    cancelled,
    confirmed,
    entry_of,
    on_offer,
    payment_id,
    refund_id,
    refund_seen,
)
from tests.unit.refund_facts import COLLEAGUE, CONFIRMED, asked_id, refund, seen
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


LATE = refund_seen("failed", entry=ENTRY, returned=BACK)


@pytest.mark.parametrize("first", ["failed", "succeeded"])
def test_how_a_failed_refund_left_and_came_back_may_be_shown_late(first: str) -> None:
    before = [Step(refund_seen("succeeded"))] if first == "succeeded" else []
    story = given(OWED, before, Step(refund_seen("failed"))).when(LATE)
    story.then(fact(Payment.RefundSettled, entry=ENTRY), fact(Payment.RefundReturned, entry=BACK))
    story.when(LATE).then_nothing()
    assert ("EUR", "stripe.clearing") not in balances(story.log.events_after(0))


def test_one_of_the_two_alone_is_not_booked() -> None:
    story = given(OWED, Step(refund_seen("failed")))
    story.when(refund_seen("failed", entry=ENTRY)).then_nothing()
    story.when(refund_seen("failed", returned=BACK)).then_nothing()


def test_a_failure_is_not_told_by_how_it_came_back_alone() -> None:
    story = given(OWED).when(refund_seen("failed", returned=BACK)).then(Payment.RefundSubmitted)
    story.when(LATE).then(Payment.RefundSettled, fact(Payment.RefundFailed, returned=BACK))


def test_it_may_be_shown_when_the_traveller_has_been_paid_otherwise() -> None:
    otherwise = Step(PayRefundOtherwise(payment_id(), refund_id(), "SEPA 4711"), OPERATOR)
    given(OWED, Step(refund_seen("failed")), otherwise).when(LATE).then(
        Payment.RefundSettled, fact(Payment.RefundReturned, entry=BACK)
    )


def test_news_of_the_attempt_before_does_not_touch_the_one_that_is_under_way() -> None:
    again = Step(RetryRefund(payment_id(), refund_id()), OPERATOR)
    given(OWED, Step(refund_seen("failed")), again).when(LATE).then_nothing()


@pytest.mark.parametrize("decided", [[], [Step(RejectRefund(payment_id(), asked_id()), COLLEAGUE)]])
def test_news_of_what_nobody_has_agreed_to_is_not_booked(decided: list[Step]) -> None:
    story = given(*CONFIRMED, Step(refund(50_00), OPERATOR), decided, policy=Policy(refund_limit=Decimal("20.00")))
    story.when(seen("succeeded", entry=entry_of("refund", -50_00))).then_nothing()
