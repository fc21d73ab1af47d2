"""However a price is split and refunded, in whatever currency and order, the parts add up to the cent."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.money import BASIS_POINTS, platform_share_minor, refund_shares_minor

PRICES = st.integers(min_value=1, max_value=99_999_999)
RATES = st.integers(min_value=0, max_value=BASIS_POINTS)


@given(PRICES, RATES)
def test_both_shares_are_the_whole(price_minor: int, commission_bp: int) -> None:
    platform = platform_share_minor(price_minor, commission_bp)
    assert 0 <= platform <= price_minor
    assert platform * BASIS_POINTS <= price_minor * commission_bp < (platform + 1) * BASIS_POINTS


@given(PRICES, RATES, st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=30))
def test_partial_refunds_take_from_each_what_one_refund_of_all_would(
    price_minor: int, commission_bp: int, weights: list[int]
) -> None:
    total = max(1, sum(weights))
    cuts = [price_minor * sum(weights[:n]) // total for n in range(len(weights))] + [price_minor]
    vendor = platform = 0
    for before, after in pairwise(cuts):
        of_vendor, of_platform = refund_shares_minor(before, after - before, commission_bp)
        assert of_vendor >= 0
        assert of_platform >= 0
        vendor, platform = vendor + of_vendor, platform + of_platform
    assert (vendor, platform) == (
        price_minor - platform_share_minor(price_minor, commission_bp),
        platform_share_minor(price_minor, commission_bp),
    )
