"""A payout of one booking that has taken place, and the books about it."""

from tests.unit.books import balances
from tests.unit.facts import completed, confirmed, on_offer, payable
from tests.unit.payout_facts import drafted
from tests.unit.story import Given, Story, given

EARNING: list[Given] = [on_offer(), confirmed(), payable(), completed()]
NEVER_SENT = {("EUR", "vendor.available"): -80_00, ("EUR", "commission.revenue"): -20_00}


def payout(*steps: Given) -> Story:
    return given(EARNING, drafted(), *steps)


def books(story: Story) -> dict[tuple[str, str], int]:
    """Without what the charge of the card has left with Stripe."""
    left = balances(story.log.events_after(0))
    return {account: minor for account, minor in left.items() if "stripe" not in account[1]}
