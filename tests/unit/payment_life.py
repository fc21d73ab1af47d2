"""What can happen to a payment and its refunds besides going well, as parts of a longer story."""

from decimal import Decimal
from uuid import UUID

from commands.decide_refund import PayRefundOtherwise, RejectRefund, RetryRefund
from commands.intervene import Intervene
from commands.record_no_answer import RecordNoAnswerToRefund
from commands.record_refund import RecordRefund, RefundSeen
from commands.refund_payment import ApproveRefund, RefundPayment
from domain.actor import Actor
from domain.money import Money
from domain.payment import Payment
from domain.policy import Policy
from domain.root import Event
from tests.unit.facts import (
    OPERATOR,
    PRICE,
    TRAVELLER_ID,
    VENDOR,
    VENDOR_ID,
    booking_id,
    cancelled,
    confirmed,
    entry_of,
    payment_id,
)
from tests.unit.story import T0, Given, Step

COLLEAGUE = Actor(UUID("0198a000-0000-7000-8000-000000000008"), "admin")
CAREFUL = Policy(refund_limit=Decimal("20.00"))


def _refund_id(n: int) -> UUID:
    return UUID(f"0198d000-0000-7000-8000-{n:012}")


def every_refund(n: int) -> list[Given]:
    """Booking `n`, with a refund of each fate; one person decides up to 20.00 (`CAREFUL`)."""
    payment = payment_id(n)

    def asked(refund: int, minor: int) -> Step:
        return Step(RefundPayment(_refund_id(refund), payment, Money(minor, "EUR"), "a leak", "vendor"), OPERATOR)

    def failed(refund: int, stripe_id: str) -> Step:
        return Step(RecordRefund(payment, _refund_id(refund), RefundSeen(stripe_id, "failed")))

    shown_late = RefundSeen("re_4", "failed", entry_of("late", -5_00), returned=entry_of("late_back", 5_00))
    return [
        confirmed(n),
        [asked(1, 21_00), Step(RejectRefund(payment, _refund_id(1)), COLLEAGUE)],
        [asked(2, 21_00), Step(ApproveRefund(payment, _refund_id(2)), COLLEAGUE)],
        [asked(3, 5_00), Step(RecordNoAnswerToRefund(payment, _refund_id(3))), failed(3, "re_3")],
        Step(RetryRefund(payment, _refund_id(3)), OPERATOR),
        [failed(3, "re_4"), Step(RecordRefund(payment, _refund_id(3), shown_late))],
        [Step(PayRefundOtherwise(payment, _refund_id(3), "SEPA 4711"), OPERATOR)],
    ]


def goodwill_was_all(n: int) -> list[Given]:
    """Booking `n`, whose whole price was given as goodwill, part by part, before its vendor cancelled it."""
    parts = [
        Step(RefundPayment(_refund_id(10 + part), payment_id(n), Money(20_00, "EUR"), "a gift", "goodwill"), OPERATOR)
        for part in range(PRICE // 20_00)
    ]
    return [confirmed(n), parts, cancelled(n, by=VENDOR)]


def every_capture(n: int) -> list[Given]:
    """A payment of its own whose money was set aside, and could not be taken in the end."""
    payment = Payment.request(
        payment_id=payment_id(n),
        booking_id=booking_id(n),
        vendor_id=VENDOR_ID,
        traveller_id=TRAVELLER_ID,
        amount_minor=PRICE,
        currency="EUR",
        payment_method="pm_card_visa",
        capture="manual",
        now=T0,
    )
    payment.unresolved(step="create", now=T0)
    payment.submitted(intent_id=f"pi_{n}", now=T0)
    payment.authorised(charge_id=f"ch_{n}", amount_minor=PRICE, currency="EUR", capture_before=T0, now=T0)
    payment.request_capture(now=T0)
    payment.capture_failed(code="charge_expired_for_capture", now=T0)
    return [event for event in payment.collect_events() if isinstance(event, Event)]


def taken_in_hand() -> Step:
    intervention_id, task_id = UUID(int=1), UUID(int=2)
    return Step(Intervene(intervention_id, task_id, "retry"), OPERATOR)
