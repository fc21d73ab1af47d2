"""Refunds as operators decide on them, for stories: of payment 1, which costs 100.00."""

from typing import Any, Literal
from uuid import UUID

from commands.record_refund import RecordRefund, RefundSeen
from commands.refund_payment import RefundPayment
from domain.actor import Actor
from domain.money import Money
from tests.unit.facts import completed, confirmed, on_offer, payable, payment_id

COLLEAGUE = Actor(UUID("0198a000-0000-7000-8000-000000000008"), "admin")
CONFIRMED = (on_offer(), confirmed(), payable())
COMPLETED = (*CONFIRMED, completed())
Fault = Literal["vendor", "platform", "goodwill"]


def asked_id(n: int = 1) -> UUID:
    return UUID(f"0198d000-0000-7000-8000-{n:012}")


def refund(minor: int | None, at_fault: Fault = "vendor", n: int = 1, currency: str = "EUR") -> RefundPayment:
    amount = None if minor is None else Money(minor, currency)
    return RefundPayment(asked_id(n), payment_id(), amount, "the boat leaked", at_fault)


def seen(status: Any, *, n: int = 1, stripe_id: str = "re_1", **entries: Any) -> RecordRefund:
    return RecordRefund(payment_id(), asked_id(n), RefundSeen(stripe_id, status, **entries))
