"""Objects the tests begin with."""

from typing import Any

import stripe

from tests.sandbox.server import Sandbox


def pay(
    client: stripe.StripeClient, amount: int = 10000, card: str = "pm_card_visa", **more: Any
) -> stripe.PaymentIntent:
    """A confirmed PaymentIntent, with its charge and balance transaction."""
    params: Any = {
        "amount": amount,
        "currency": "usd",
        "payment_method": card,
        "payment_method_types": ["card"],
        "confirm": True,
        "expand": ["latest_charge.balance_transaction"],
        **more,
    }
    return client.v1.payment_intents.create(params)


def charge_of(intent: stripe.PaymentIntent) -> stripe.Charge:
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    return charge


def vendor(client: stripe.StripeClient, **more: Any) -> str:
    """The id of a connected account that can receive transfers."""
    params: Any = {"type": "express", "country": "US", "capabilities": {"transfers": {"requested": True}}, **more}
    return client.v1.accounts.create(params).id


def available(client: stripe.StripeClient, account: str | None = None, currency: str = "usd") -> int:
    options: Any = {"stripe_account": account} if account else {}
    balance = client.v1.balance.retrieve(options=options)
    return sum(part.amount for part in balance.available if part.currency == currency)


def funded_vendor(client: stripe.StripeClient, amount: int = 5000, **more: Any) -> str:
    account = vendor(client, **more)
    charge = charge_of(pay(client, amount * 2))
    client.v1.transfers.create(
        {"amount": amount, "currency": "usd", "destination": account, "source_transaction": charge.id}
    )
    return account


def events_of(sandbox: Sandbox, object_id: str, account: str | None = None) -> list[str]:
    """The types of the events about one object, oldest first."""
    options: Any = {"stripe_account": account} if account else {}
    events = sandbox.client().v1.events.list({"limit": 100}, options)
    return [event.type for event in reversed(events.data) if event.to_dict()["data"]["object"].get("id") == object_id]


def error_of(error: stripe.StripeError) -> dict[str, Any]:
    """The `error` part of the answer."""
    body: Any = error.json_body
    return dict(body["error"])
