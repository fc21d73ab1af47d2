"""Amounts that cards can be charged with, and how Stripe counts them."""

import pytest

from domain.chargeable import AmountNotChargeable, AmountTooSmall, check_chargeable, minimum_charge_minor
from domain.refusal import Refusal, UnsupportedCurrency
from infrastructure.stripe_amounts import amount_of, minor_of


@pytest.mark.parametrize(
    ("currency", "minimum"), [("EUR", 50), ("GBP", 30), ("JPY", 50), ("HUF", 175_00), ("KWD", 10), ("SOS", 1)]
)
def test_every_currency_has_its_least_amount(currency: str, minimum: int) -> None:
    assert minimum_charge_minor(currency) == minimum
    check_chargeable(minimum, currency)
    with pytest.raises(AmountTooSmall):
        check_chargeable(minimum - 1, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "refusal"),
    [
        (12_345, "KWD", AmountNotChargeable),
        (1_050, "MGA", AmountNotChargeable),
        (100, "XXX", UnsupportedCurrency),
    ],
)
def test_an_amount_that_stripe_would_refuse_is_refused_here(minor: int, currency: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        check_chargeable(minor, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "amount"),
    [(12_34, "EUR", 1234), (500, "JPY", 500), (12_340, "KWD", 12_340), (500, "ISK", 50_000), (1_000, "MGA", 10)],
)
def test_stripe_counts_a_few_currencies_in_its_own_way(minor: int, currency: str, amount: int) -> None:
    assert amount_of(minor, currency) == amount
    assert minor_of(amount, currency) == minor


def test_a_fraction_of_what_has_none_is_one_more() -> None:
    assert (minor_of(1_480, "ISK"), minor_of(-50_000, "ISK")) == (15, -500)
