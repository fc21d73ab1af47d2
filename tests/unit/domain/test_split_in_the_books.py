"""Any split, currency and sequence of partial refunds: in the books both shares are the whole, to the cent."""

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.chargeable import charge_step_minor, minimum_charge_minor
from domain.money import BASIS_POINTS, platform_share_minor
from domain.policy import Policy
from tests.unit import story as stories
from tests.unit.books import balances
from tests.unit.facts import OPERATOR, completed, confirmed, on_offer
from tests.unit.refund_facts import refund

CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KWD", "HUF"])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    price_minor=st.integers(1, 99_999_999),
    currency=CURRENCIES,
    commission_bp=st.integers(0, BASIS_POINTS - 1) | st.just(2_000),
    weights=st.lists(st.integers(1, 1_000), min_size=1, max_size=12),
    earned=st.booleans(),
)
def test_however_a_price_is_refunded_in_parts_the_shares_are_the_whole_to_the_cent(
    price_minor: int, currency: str, commission_bp: int, weights: list[int], *, earned: bool
) -> None:
    step_minor = charge_step_minor(currency)
    price_minor = max(price_minor - price_minor % step_minor, minimum_charge_minor(currency))
    story = stories.given(
        on_offer(price_minor=price_minor, currency=currency),
        confirmed(price_minor=price_minor, currency=currency),
        completed() if earned else (),
        policy=Policy(commission_bp=commission_bp, refund_limit=Decimal(10**9)),
    )
    refunded_minor = 0
    for number, weight in enumerate(weights):
        left_minor = price_minor - refunded_minor
        part_minor = left_minor if number == len(weights) - 1 else left_minor * weight // sum(weights)
        part_minor -= part_minor % step_minor
        if part_minor == 0:
            continue
        story.when(refund(part_minor, n=number, currency=currency), by=OPERATOR)
        assert story.refusal is None, story.refusal
        refunded_minor += part_minor
        books = {account: -minor for (_, account), minor in balances(story.log.events_after(0)).items()}
        vendor_minor = books.get("vendor.pending", 0) + books.get("vendor.available", 0)
        platform_minor = books.get("commission.revenue", 0)
        kept_minor = vendor_minor + platform_minor + books.get("booking.unearned", 0)
        assert (kept_minor, books["refund.payable"]) == (price_minor - refunded_minor, refunded_minor)
        if earned:
            gone_minor = platform_share_minor(refunded_minor, commission_bp)
            assert platform_minor == platform_share_minor(price_minor, commission_bp) - gone_minor
    assert refunded_minor == price_minor or step_minor > 1
