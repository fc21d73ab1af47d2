"""Balances and the transactions that make them: money that is available, and money that is still settling."""

from sandbox.documents import Doc, new_id
from sandbox.errors import StripeRefusal, invalid
from sandbox.lists import Filter, listed, page_accepts
from sandbox.params import instants, text
from sandbox.world import Call

LIST_ACCEPTS = page_accepts(type=text, source=text, payout=text, currency=text, created=instants)
REPORTING_CATEGORIES = {
    "payment": "charge",
    "payment_refund": "refund",
    "payout_failure": "payout_reversal",
    "payout_cancel": "payout_reversal",
    "refund_failure": "refund_failure",
    "transfer_refund": "transfer_reversal",
}


def record(
    call: Call,
    kind: str,
    amount_minor: int,
    currency: str,
    source: str,
    *,
    fee_minor: int = 0,
    fee_description: str = "Stripe processing fees",
    available_on: int | None = None,
    exchange_rate: float | None = None,
    category: str | None = None,
    description: str | None = None,
) -> Doc:
    """Books one balance transaction for the account of the call; a negative amount leaves its balance."""
    now = call.now()
    available_on = now if available_on is None else available_on
    fees = [_fee(fee_minor, currency, fee_description)] if fee_minor else []
    net_minor = amount_minor - fee_minor
    doc = {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount_minor,
        "available_on": available_on,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": description,
        "exchange_rate": exchange_rate,
        "fee": fee_minor,
        "fee_details": fees,
        "net": net_minor,
        "reporting_category": category or REPORTING_CATEGORIES.get(kind, kind),
        "source": source,
        "status": "pending",
        "type": kind,
    }
    if available_on <= now:
        _add_settled(call, currency, net_minor)
    else:
        call.store.run(
            "INSERT INTO unsettled (account, currency, available_on, amount) VALUES (?, ?, ?, ?)",
            call.account, currency, available_on, net_minor,
        )  # fmt: skip
    return call.store.add(call.account, doc)


def _fee(fee_minor: int, currency: str, description: str) -> Doc:
    return {
        "amount": fee_minor,
        "application": None,
        "currency": currency,
        "description": description,
        "type": "stripe_fee",
    }


def _add_settled(call: Call, currency: str, net_minor: int) -> None:
    call.store.run(
        "INSERT INTO settled VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
        call.account, currency, net_minor,
    )  # fmt: skip


def settle(call: Call) -> None:
    """Makes available what has become due; sums are kept, so a balance costs the same after a million charges."""
    sql = "DELETE FROM unsettled WHERE account = ? AND available_on <= ? RETURNING currency, amount"
    for currency, amount_minor in call.store.run(sql, call.account, call.now()):
        _add_settled(call, currency, amount_minor)


def available_minor(call: Call, currency: str) -> int:
    settle(call)
    sql = "SELECT amount FROM settled WHERE account = ? AND currency = ?"
    rows = call.store.run(sql, call.account, currency)
    return int(rows[0][0]) if rows else 0


def pending_minor(call: Call, currency: str) -> int:
    settle(call)
    sql = "SELECT coalesce(sum(amount), 0) FROM unsettled WHERE account = ? AND currency = ?"
    return int(call.store.run(sql, call.account, currency)[0][0])


def require_available(call: Call, amount_minor: int, currency: str, message: str) -> None:
    if available_minor(call, currency) < amount_minor:
        raise insufficient(message)


def insufficient(message: str) -> StripeRefusal:
    return invalid(message, code="balance_insufficient", param="amount")


def show_balance(call: Call) -> Doc:
    settle(call)
    sql = "SELECT currency FROM settled WHERE account = ? UNION SELECT currency FROM unsettled WHERE account = ?"
    currencies = [row[0] for row in call.store.run(sql, call.account, call.account)] or ["usd"]
    return {
        "object": "balance",
        "available": [_part(currency, available_minor(call, currency)) for currency in currencies],
        "connect_reserved": [_part(currency, 0, with_sources=False) for currency in currencies],
        "livemode": False,
        "pending": [_part(currency, pending_minor(call, currency)) for currency in currencies],
    }


def _part(currency: str, amount_minor: int, *, with_sources: bool = True) -> Doc:
    part: Doc = {"amount": amount_minor, "currency": currency}
    if with_sources:
        part["source_types"] = {"card": amount_minor}
    return part


def retrieve(call: Call) -> Doc:
    return call.found("balance_transaction", call.ids["id"])


def list_transactions(call: Call) -> Doc:
    """`payout` finds the payout's own transaction: the sandbox pays out sums, as Stripe's manual payouts do."""
    filters = [Filter(name, call.params.get(name)) for name in ("type", "source", "currency")]
    filters.append(Filter("source", call.params.get("payout")))
    return listed(call, "balance_transaction", filters)
