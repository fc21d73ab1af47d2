"""In which currency the platform's account settles: Stripe converts at that moment, by a rate that only it knows.

Source: docs.stripe.com/currencies/conversions. Without a rate for it, a currency settles in itself.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sandbox.errors import malformed
from sandbox.money import THREE_DECIMAL, ZERO_DECIMAL, checked_currency
from sandbox.store import Store
from sandbox.world import Call

_NAME = "rate"
_PARTS = 1_000_000  # Rates are kept as millionths, which a file keeps exactly.


@dataclass(frozen=True)
class Settled:
    """An amount as it moves the balance; `rate` is what Stripe shows as exchange_rate, None if it did not convert."""

    amount_minor: int
    currency: str
    rate: float | None


def settled(call: Call, amount_minor: int, currency: str) -> Settled:
    rows = call.store.run("SELECT name, value FROM facts WHERE name LIKE ?", f"{_NAME}:{currency}:%")
    if not rows:
        return Settled(amount_minor, currency, None)
    name, parts = rows[0]
    into = str(name).rsplit(":", 1)[1]
    rate = Decimal(int(parts)) / _PARTS
    converted = Decimal(amount_minor).scaleb(_decimals(into) - _decimals(currency)) * rate
    return Settled(int(converted.quantize(Decimal(1), ROUND_HALF_UP)), into, float(rate))


def set_rate(store: Store, currency: str, into: str, rate: str) -> None:
    """From now on money in `currency` settles as `rate` times as much of `into`; in itself again if they are one."""
    currency, into = checked_currency(currency), checked_currency(into)
    parts = int(Decimal(rate) * _PARTS)
    if parts <= 0:
        raise malformed("rate must be above 0", param="rate")
    store.run("DELETE FROM facts WHERE name LIKE ?", f"{_NAME}:{currency}:%")
    if into != currency:
        store.run("INSERT INTO facts VALUES (?, ?)", f"{_NAME}:{currency}:{into}", parts)


def _decimals(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
