"""No answer from Stripe makes a payment or a refund unresolved, never failed, until something is known again."""

from typing import Any

import pytest

from commands.record_capture_failure import RecordCaptureFailure
from commands.record_no_answer import RecordNoAnswer, RecordNoAnswerToRefund
from commands.record_payment import Intent, RecordPayment
from domain.payment import Payment
from tests.unit.facts import (
    authorised,
    canceled,
    cancelled,
    captured,
    confirmed,
    declined,
    on_offer,
    paying,
    payment_id,
    refund_id,
    refund_seen,
)
from tests.unit.story import Step, Story, fact, given

PAYING = (on_offer(), paying())
OWED = (on_offer(), confirmed(), cancelled())


def unanswered(step: Any) -> RecordNoAnswer:
    return RecordNoAnswer(payment_id(), step)


def shown(story: Story) -> str:
    return story.state(Payment, payment_id()).shown_status


@pytest.mark.parametrize("step", ["create", "confirm"])
def test_a_payment_without_an_answer_is_unresolved_and_told_so_once(step: str) -> None:
    story = given(PAYING).when(unanswered(step)).then(fact(Payment.Unresolved, step=step))
    assert shown(story) == "unresolved"
    story.when(unanswered(step)).then_nothing()


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (RecordPayment(payment_id(), Intent("pi_1", "requires_action")), "action_required"),
        (captured(), "captured"),
        (declined(), "failed"),
        (canceled(), "voided"),
    ],
)
def test_what_a_look_at_stripe_finds_resolves_it(found: RecordPayment, status: str) -> None:
    story = given(PAYING, Step(unanswered("confirm"))).when(found)
    assert shown(story) == status


def test_a_payment_that_stripe_knows_was_created_all_the_same() -> None:
    made = RecordPayment(payment_id(), Intent("pi_1", "requires_confirmation"))
    story = given(PAYING, Step(unanswered("create"))).when(made).then(Payment.Submitted)
    assert shown(story) == "requested"
    story.when(unanswered("create")).then_nothing()


@pytest.mark.parametrize("step", ["create", "confirm", "capture", "void"])
def test_what_has_ended_is_not_unresolved_any_more(step: str) -> None:
    given(PAYING, Step(captured())).when(unanswered(step)).then_nothing()


def test_money_that_is_set_aside_may_be_unresolved_again_while_it_is_taken() -> None:
    facts = (on_offer(booking_mode="request"), paying(), Step(authorised()))
    given(facts).when(unanswered("confirm")).then_nothing()
    story = given(facts).when(unanswered("capture")).then(fact(Payment.Unresolved, step="capture"))
    story.when(RecordCaptureFailure(payment_id(), "charge_expired_for_capture")).then(Payment.CaptureFailed)
    assert shown(story) == "authorised"
    story.when(RecordCaptureFailure(payment_id(), "charge_expired_for_capture")).then_nothing()


def test_a_refund_without_an_answer_is_unresolved_until_it_is_found() -> None:
    unanswered_refund = RecordNoAnswerToRefund(payment_id(), refund_id())
    story = given(OWED).when(unanswered_refund).then(fact(Payment.RefundUnresolved, refund_id=refund_id()))
    assert story.state(Payment, payment_id()).refunds[refund_id()].shown_status == "unresolved"
    story.when(unanswered_refund).then_nothing()
    story.when(refund_seen("pending")).then(Payment.RefundSubmitted)
    assert story.state(Payment, payment_id()).refunds[refund_id()].shown_status == "submitted"
    story.when(unanswered_refund).then_nothing()
