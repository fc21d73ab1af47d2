"""What Stripe settles in another currency than the card was charged in (docs.stripe.com/currencies/conversions).

Clearing expects an amount in the currency of the charge, and Stripe's balance moves in its own: each is closed against
`currency.exchange`, by an event for each currency, so that every posting balances in one. What stays on that account
is what rates and Stripe's conversion have made of the money; it is the platform's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.balance_entry import BalanceEntry

if TYPE_CHECKING:
    from collections.abc import Iterator


def exchanged(entries: tuple[BalanceEntry, ...], expected_minor: int, currency: str) -> Iterator[dict[str, Any]]:
    """The facts of both sides; none if Stripe settled in the currency of the charge.

    `expected_minor` is what these balance transactions stood for there, signed as they are.
    """
    settled = entries[0].currency
    if settled == currency:
        return
    gross_minor = sum(entry.gross_minor for entry in entries)
    reference = entries[0].balance_transaction_id
    sides = ((expected_minor, currency, gross_minor, settled), (-gross_minor, settled, -expected_minor, currency))
    for minor, of, against_minor, against in sides:
        yield {
            "amount_minor": minor,
            "currency": of,
            "against_minor": against_minor,
            "against_currency": against,
            "balance_transaction_id": reference,
        }
