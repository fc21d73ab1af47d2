"""Refunds that operators decide on: who pays for them, who must agree, and what becomes of those that come back."""

from decimal import Decimal

import pytest

from commands.cancel_booking import CancelBooking
from commands.decide_refund import RejectRefund
from commands.refund_payment import ApproveRefund
from domain.actor import Actor
from domain.booking import Booking
from domain.contested import PaymentDisputed
from domain.four_eyes import SecondPersonNeeded
from domain.money import platform_share_minor
from domain.payment import Funding, Payment, RefundTooLarge
from domain.policy import Policy
from domain.refunds import WrongCurrency
from domain.refusal import NotAllowed, NotFound, WrongState
from domain.vendor_ledger import VendorLedger
from tests.unit.books import balances
from tests.unit.dispute_facts import dispute, taken
from tests.unit.facts import (
    AUDITOR,
    DAY,
    FINANCE,
    OPERATOR,
    PRICE,
    STARTS_AT,
    TRAVELLER,
    VENDOR,
    booking_id,
    cancelled,
    completed,
    payment_id,
)
from tests.unit.refund_facts import COLLEAGUE, COMPLETED, CONFIRMED, Fault, asked_id, refund
from tests.unit.story import Given, Step, Story, fact, given

CAREFUL = Policy(refund_limit=Decimal("20.00"))


def requested(story: Story) -> Funding:
    """Where the money of the one refund that was just asked for comes from."""
    (event,) = [event for event in story.new if isinstance(event, Payment.RefundRequested)]
    return event.funding


class TestFunding:
    @pytest.mark.parametrize(
        ("facts", "minor", "at_fault", "funding"),
        [
            (CONFIRMED, 30_00, "vendor", Funding(unearned_minor=30_00)),
            (CONFIRMED, None, "vendor", Funding(unearned_minor=PRICE)),
            (CONFIRMED, 30_00, "platform", Funding(goodwill_minor=30_00)),
            (CONFIRMED, 30_00, "goodwill", Funding(goodwill_minor=30_00)),
            (COMPLETED, 30_00, "vendor", Funding(vendor_minor=24_00, commission_minor=6_00)),
            (COMPLETED, None, "vendor", Funding(vendor_minor=80_00, commission_minor=20_00)),
            (COMPLETED, 30_00, "platform", Funding(commission_minor=6_00, goodwill_minor=24_00)),
            (COMPLETED, 30_00, "goodwill", Funding(goodwill_minor=30_00)),
        ],
    )
    def test_it_comes_from_whose_fault_it_is_and_what_is_earned(
        self, facts: tuple[Given, ...], minor: int | None, at_fault: Fault, funding: Funding
    ) -> None:
        story = given(*facts).when(refund(minor, at_fault), by=OPERATOR)
        assert requested(story) == funding
        assert sum(balances(story.log.events_after(0)).values()) == 0

    def test_before_the_trip_it_is_taken_off_the_price(self) -> None:
        story = given(*CONFIRMED, Step(refund(30_00), OPERATOR), completed())
        assert story.state(Booking, booking_id()).earned_minor == 70_00
        assert balances(story.log.events_after(0)) == {
            ("EUR", "stripe.balance"): 96_80,
            ("EUR", "stripe.fees"): 3_20,
            ("EUR", "refund.payable"): -30_00,
            ("EUR", "vendor.pending"): -56_00,
            ("EUR", "commission.revenue"): -14_00,
        }

    def test_and_a_cancellation_after_it_gives_back_the_rest(self) -> None:
        story = given(*CONFIRMED, Step(refund(30_00), OPERATOR), cancelled(by=VENDOR))
        assert story.state(Payment, payment_id()).refundable_minor == 0
        assert balances(story.log.events_after(0))["EUR", "refund.payable"] == -PRICE

    def test_goodwill_before_a_cancellation_is_no_extra_gift(self) -> None:
        story = given(*CONFIRMED, Step(refund(30_00, "goodwill"), OPERATOR), cancelled(by=VENDOR))
        assert story.state(Payment, payment_id()).refundable_minor == 0
        assert balances(story.log.events_after(0)) == {
            ("EUR", "stripe.balance"): 96_80,
            ("EUR", "stripe.fees"): 3_20,
            ("EUR", "refund.payable"): -PRICE,
        }

    @pytest.mark.parametrize("by", [TRAVELLER, VENDOR, OPERATOR])
    def test_goodwill_that_was_all_of_the_refund_leaves_nothing_to_send(self, by: Actor) -> None:
        story = given(*CONFIRMED, Step(refund(PRICE, "goodwill"), OPERATOR))
        story.when(CancelBooking(booking_id()), by=by).then(
            Booking.Cancelled, fact(Payment.RefundCovered, booking_id=booking_id(), amount_minor=PRICE, currency="EUR")
        ).then_capacity(held=0, sold=0)
        assert balances(story.log.events_after(0)) == {
            ("EUR", "stripe.balance"): 96_80,
            ("EUR", "stripe.fees"): 3_20,
            ("EUR", "refund.payable"): -PRICE,
        }

    @pytest.mark.parametrize("parts", [(1, 1, 1, 99_97), (33_33, 33_33, 33_34), (99_99, 1), (7, 13, 29, 31, 99_20)])
    def test_many_parts_add_up_to_what_both_had_earned_to_the_cent(self, parts: tuple[int, ...]) -> None:
        story = given(*COMPLETED)
        for n, minor in enumerate(parts, 1):
            story.when(refund(minor, n=n), by=OPERATOR)
            assert story.refusal is None
        payment = story.state(Payment, payment_id())
        vendor_minor = sum(refund.funding.vendor_minor for refund in payment.refunds.values())
        assert (vendor_minor, payment.refundable_minor) == (PRICE - platform_share_minor(PRICE, 2_000), 0)

    def test_the_vendors_part_is_a_line_of_its_own_below_zero(self) -> None:
        story = given(*COMPLETED).when(refund(30_00), by=OPERATOR)
        (line,) = [event.line for event in story.new if isinstance(event, VendorLedger.Adjusted)]
        assert (line.amount_minor, line.kind, line.booking_id) == (-24_00, "refund", booking_id())

    def test_what_a_cancellation_left_to_vendor_and_platform_is_given_back_as_such(self) -> None:
        half_kept = cancelled(at=STARTS_AT - 3 * DAY)
        story = given(*CONFIRMED, half_kept).when(refund(20_00), by=OPERATOR)
        assert requested(story) == Funding(vendor_minor=16_00, cancellation_minor=4_00)


class TestLimits:
    def test_no_more_than_was_paid_can_go_back(self) -> None:
        given(*CONFIRMED).when(refund(PRICE + 1), by=OPERATOR).then(RefundTooLarge)
        given(*CONFIRMED, Step(refund(60_00), OPERATOR)).when(refund(40_01, n=2), by=OPERATOR).then(RefundTooLarge)
        given(*CONFIRMED, Step(refund(None), OPERATOR)).when(refund(None, n=2), by=OPERATOR).then(RefundTooLarge)

    def test_it_is_of_the_payments_currency(self) -> None:
        given(*CONFIRMED).when(refund(1_00, currency="USD"), by=OPERATOR).then(WrongCurrency)

    @pytest.mark.parametrize("by", [TRAVELLER, VENDOR, FINANCE, AUDITOR])
    def test_only_operators_decide(self, by: Actor) -> None:
        given(*CONFIRMED).when(refund(1_00), by=by).then(NotAllowed)

    def test_up_to_the_limit_one_person_is_enough(self) -> None:
        given(*CONFIRMED, policy=CAREFUL).when(refund(20_00, "goodwill"), by=OPERATOR).then(Payment.RefundRequested)


class TestTwice:
    """A retry after a lost answer carries the same id: what it decides was decided by the first."""

    def test_the_same_refund_is_taken_off_the_price_once(self) -> None:
        story = given(*CONFIRMED, Step(refund(30_00), OPERATOR)).when(refund(30_00), by=OPERATOR).then_nothing()
        assert story.state(Booking, booking_id()).price_minor == 70_00

    def test_the_same_refund_is_taken_from_the_vendor_once(self) -> None:
        given(*COMPLETED, Step(refund(30_00), OPERATOR)).when(refund(30_00), by=OPERATOR).then_nothing()

    def test_the_same_refund_of_everything_is_known_too(self) -> None:
        given(*CONFIRMED, Step(refund(None), OPERATOR)).when(refund(None), by=OPERATOR).then_nothing()


class TestDisputed:
    @pytest.mark.parametrize("minor", [None, 1_00, 20_01])
    def test_while_all_of_it_is_disputed_that_is_the_answer(self, minor: int | None) -> None:
        story = given(*CONFIRMED, Step(dispute("needs_response", taken())), policy=CAREFUL)
        story.when(refund(minor), by=OPERATOR).then(PaymentDisputed)


class TestSecondPerson:
    def proposed(self) -> Story:
        return given(*COMPLETED, policy=CAREFUL).when(refund(20_01), by=OPERATOR)

    def test_above_the_limit_nothing_is_owed_until_another_one_agrees(self) -> None:
        story = self.proposed().then(
            fact(Payment.RefundProposed, refund_id=asked_id(1), amount_minor=20_01, proposed_by=OPERATOR.account_id)
        )
        assert story.state(Payment, payment_id()).refundable_minor == PRICE
        story.when(ApproveRefund(payment_id(), asked_id(1)), by=OPERATOR).then(SecondPersonNeeded)
        story.when(ApproveRefund(payment_id(), asked_id(1)), by=COLLEAGUE).then(
            fact(Payment.RefundApproved, approved_by=COLLEAGUE.account_id),
            fact(Payment.RefundRequested, amount_minor=20_01, at_fault="vendor"),
            fact(VendorLedger.Adjusted, currency="EUR"),
        )

    def test_it_is_decided_once(self) -> None:
        story = self.proposed()
        story.when(RejectRefund(payment_id(), asked_id(1)), by=COLLEAGUE).then(
            fact(Payment.RefundRejected, rejected_by=COLLEAGUE.account_id)
        )
        for decision in (ApproveRefund, RejectRefund):
            story.when(decision(payment_id(), asked_id(1)), by=COLLEAGUE).then(WrongState)

    def test_what_was_paid_back_meanwhile_cannot_go_back_again(self) -> None:
        story = self.proposed()
        for n in range(2, 7):
            story.tell(Step(refund(20_00, "goodwill", n=n), OPERATOR))
        story.when(ApproveRefund(payment_id(), asked_id(1)), by=COLLEAGUE).then(RefundTooLarge)

    def test_there_must_be_such_a_refund(self) -> None:
        given(*CONFIRMED).when(ApproveRefund(payment_id(), asked_id(9)), by=COLLEAGUE).then(NotFound)
