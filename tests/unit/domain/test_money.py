"""Money and the split."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.money import CURRENCIES, exponent, platform_share_minor, refund_shares_minor
from domain.refusal import UnsupportedCurrency

PRICES = st.integers(1, 99_999_999)
BASIS_POINTS = st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("currency", "decimals"), [("EUR", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("TND", 3), ("HUF", 2)]
)
def test_every_currency_has_its_decimals(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals
    assert currency in CURRENCIES


@pytest.mark.parametrize("currency", ["", "eur", "XXX", "BTC", "EURO"])
def test_other_currencies_are_refused(currency: str) -> None:
    with pytest.raises(UnsupportedCurrency):
        exponent(currency)


def test_currencies_are_three_capital_letters_each() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)


@pytest.mark.parametrize(
    ("amount", "bp", "share"), [(100_00, 2_000, 20_00), (1, 9_999, 0), (99, 1_500, 14), (33_33, 1_500, 4_99), (7, 0, 0)]
)
def test_the_platforms_share_is_rounded_down(amount: int, bp: int, share: int) -> None:
    assert platform_share_minor(amount, bp) == share


@settings(deadline=None, max_examples=300)
@given(price=PRICES, bp=BASIS_POINTS, cuts=st.lists(st.floats(0, 1), max_size=12))
def test_any_partial_refunds_add_up_to_the_cent(price: int, bp: int, cuts: list[float]) -> None:
    """However a price is refunded in parts, both sides have given back exactly what one refund would have taken."""
    marks = sorted({0, *(int(price * cut) for cut in cuts), price})
    vendor = platform = 0
    for before, after in pairwise(marks):
        parts = refund_shares_minor(before, after - before, bp)
        assert sum(parts) == after - before
        assert min(parts) >= 0
        vendor, platform = vendor + parts[0], platform + parts[1]
        assert platform == platform_share_minor(after, bp)
    assert (vendor, platform) == (price - platform_share_minor(price, bp), platform_share_minor(price, bp))
