"""Amounts as Stripe counts them: in minor units, except in the few currencies that it counts in its own way.

Source: docs.stripe.com/currencies, "Special cases". ISO 4217 gives ISK and UGX no decimals, and Stripe takes them with
two; it gives the ariary two, and Stripe takes whole ones.
"""

from typing import Final

_TIMES: Final = {"ISK": 100, "UGX": 100}
_WHOLE: Final = {"MGA": 100}


def amount_of(minor: int, currency: str) -> int:
    """What to send to Stripe for so many minor units."""
    step = _WHOLE.get(currency, 1)
    assert minor % step == 0, (minor, currency)
    return minor // step * _TIMES.get(currency, 1)


def minor_of(amount: int, currency: str) -> int:
    """How many minor units Stripe speaks of; a fraction that the currency does not have, as of a fee, is one more."""
    return -(-amount // _TIMES.get(currency, 1)) * _WHOLE.get(currency, 1)
