"""A refund that came back is owed again, until it is sent once more or paid another way."""

from typing import Any

import pytest

from commands.decide_refund import PayRefundOtherwise, RetryRefund
from domain.payment import Payment
from domain.refusal import NotAllowed, WrongState
from tests.unit.books import balances
from tests.unit.facts import OPERATOR, VENDOR, entry_of, payment_id
from tests.unit.refund_facts import CONFIRMED, asked_id, refund, seen
from tests.unit.story import Step, Story, fact, given


class TestOwedAgain:
    def failed(self) -> Story:
        entry, back = entry_of("refund", -30_00), entry_of("back", 30_00)
        return given(
            *CONFIRMED,
            Step(refund(30_00), OPERATOR),
            Step(seen("succeeded", entry=entry)),
            Step(seen("failed", entry=entry, returned=back)),
        )

    def test_it_is_sent_again_as_another_refund_of_stripes(self) -> None:
        story = self.failed().when(RetryRefund(payment_id(), asked_id(1)), by=OPERATOR)
        story.then(fact(Payment.RefundRetried, attempt=2))
        story.when(seen("failed")).then_nothing()
        story.when(seen("succeeded", stripe_id="re_2", entry=entry_of("again", -30_00))).then(
            fact(Payment.RefundSubmitted, stripe_refund_id="re_2"), Payment.RefundSucceeded, Payment.RefundSettled
        )
        story.when(seen("failed")).then_nothing()
        assert story.state(Payment, payment_id()).refunded_minor == 30_00
        assert ("EUR", "refund.payable") not in balances(story.log.events_after(0))

    def test_or_it_is_paid_from_a_bank_account_of_ours(self) -> None:
        story = self.failed().when(PayRefundOtherwise(payment_id(), asked_id(1), "SEPA 4711"), by=OPERATOR)
        story.then(fact(Payment.RefundOtherwisePaid, amount_minor=30_00, reference="SEPA 4711"))
        books = balances(story.log.events_after(0))
        assert (books["EUR", "bank"], books.get(("EUR", "refund.payable"))) == (-30_00, None)
        assert story.state(Payment, payment_id()).refunded_minor == 30_00
        story.when(seen("succeeded")).then_nothing()

    @pytest.mark.parametrize(
        "decision", [RetryRefund(payment_id(), asked_id(1)), PayRefundOtherwise(payment_id(), asked_id(1), "x")]
    )
    def test_only_what_came_back_is_owed_again(self, decision: Any) -> None:
        story = given(*CONFIRMED, Step(refund(30_00), OPERATOR))
        story.when(decision, by=OPERATOR).then(WrongState)
        self.failed().when(decision, by=VENDOR).then(NotAllowed)
