"""Payments as the gateway takes them, made without any command."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from commands.record_payment import Intent
from domain.payment import Funding, Payment
from infrastructure.stripe_gateway import StripeGateway

PRICE = 200_00
RETURN_URL = "http://127.0.0.1/paid"


def key() -> str:
    return str(uuid4())


def payment_by(method: str = "pm_card_visa", currency: str = "EUR", minor: int = PRICE) -> Payment:
    ids = [uuid4() for _ in range(4)]
    return Payment.request(
        payment_id=ids[0],
        booking_id=ids[1],
        vendor_id=ids[2],
        traveller_id=ids[3],
        amount_minor=minor,
        currency=currency,
        payment_method=method,
        now=datetime.now(UTC),
    )


def confirmed(gateway: StripeGateway, payment: Payment) -> Intent:
    made = gateway.payments.create(payment, key=key())
    assert made.intent_id is not None
    payment.submitted(intent_id=made.intent_id, now=datetime.now(UTC))
    return gateway.payments.confirm(made.intent_id, return_url=RETURN_URL, key=key())


def paid(gateway: StripeGateway, method: str = "pm_card_visa", currency: str = "EUR") -> tuple[Payment, UUID]:
    """A captured payment with a refund asked for: half of it."""
    payment = payment_by(method, currency)
    intent = confirmed(gateway, payment)
    assert intent.charge_id is not None
    now = datetime.now(UTC)
    payment.captured(charge_id=intent.charge_id, amount_minor=intent.received_minor, currency=currency, now=now)
    refund_id = uuid4()
    funding = Funding(unearned_minor=PRICE // 2)
    payment.request_refund(refund_id=refund_id, funding=funding, reason="x", at_fault="x", now=now)
    return payment, refund_id
