"""Which amounts a card can be charged with through Stripe, so that nobody is offered what cannot be paid.

Source: docs.stripe.com/currencies, "Minimum and maximum charge amounts" and "Special cases".
"""

from domain.money import AMOUNT_MAX_MINOR, exponent
from domain.refusal import Refusal

# What Stripe documents, in our minor units. For any other currency Stripe asks for the worth of about 0.50 US dollars
# in the currency it settles in, which only Stripe can know: such an amount is refused by Stripe itself.
# fmt: off
_MINIMUM_MINOR = {
    "USD": 50, "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 15_00, "DKK": 2_50,
    "EUR": 50, "GBP": 30, "HKD": 4_00, "HUF": 175_00, "INR": 50, "JPY": 50, "MXN": 10_00, "MYR": 2_00, "NOK": 3_00,
    "NZD": 50, "PLN": 2_00, "RON": 2_00, "SEK": 3_00, "SGD": 50, "THB": 10_00,
}
# fmt: on
# Stripe takes three-decimal amounts in tens only, and the ariary, which has two decimals in ISO 4217, in whole ones.
_STEP_MINOR = {"MGA": 100}


class AmountTooSmall(Refusal):
    """That is less than a card can be charged with in this currency."""


class AmountNotChargeable(Refusal):
    """This exact amount can neither be taken from a card nor sent back to one: the last digits must be zero."""


def minimum_charge_minor(currency: str) -> int:
    """The least a card can be charged with, in minor units; at least one step. Raises UnsupportedCurrency."""
    return max(_MINIMUM_MINOR.get(currency, 1), charge_step_minor(currency))


def charge_step_minor(currency: str) -> int:
    """What every amount of a charge or refund is a multiple of, in minor units. Raises UnsupportedCurrency."""
    return _STEP_MINOR.get(currency, 10 if exponent(currency) == 3 else 1)


def in_steps(minor: int, currency: str) -> int:
    """The most that is not above `minor`, not below 0, and can be sent through Stripe. Raises UnsupportedCurrency."""
    return max(0, minor - minor % charge_step_minor(currency))


def check_steps(amount_minor: int, currency: str) -> None:
    """Raises AmountNotChargeable, UnsupportedCurrency."""
    if amount_minor % charge_step_minor(currency):
        raise AmountNotChargeable


def check_chargeable(amount_minor: int, currency: str) -> None:
    """Raises AmountTooSmall, AmountNotChargeable, UnsupportedCurrency. The greatest amount is checked at the hold."""
    if amount_minor < minimum_charge_minor(currency):
        raise AmountTooSmall
    check_steps(amount_minor, currency)
    assert amount_minor <= AMOUNT_MAX_MINOR, amount_minor
