"""A whole year, in which everything goes wrong that can; then independent judges count.

`make year` has 5,000 bookings of 200 vendors, `make chaos` 200 of 8. TRAVELLR_TEST_YEAR names another number of
bookings, TRAVELLR_TEST_SEED draws another year.
"""

import os
import time
from collections.abc import Callable
from random import Random
from typing import Any, Final

import httpx
import pytest

from tests.acceptance.system import running_system
from tests.chaos import money_checker, year_checker
from tests.chaos.year_life import Life
from tests.chaos.year_plan import TRAVELLERS, WEEKS, plan
from tests.chaos.year_town import Town, town
from tests.integration.servers import SANDBOX_KEY

pytestmark = pytest.mark.chaos

BOOKINGS: Final = int(os.environ.get("TRAVELLR_TEST_YEAR", "200"))
SEED: Final = int(os.environ.get("TRAVELLR_TEST_SEED", "6"))
ENOUGH: Final = 1_000
SETTINGS: Final = {
    "TRAVELLR_HOLDS_MAX": "10000",
    "TRAVELLR_REFUND_LIMIT": "900000",
    # Our own sandbox allows what it can do.
    "TRAVELLR_STRIPE_PER_SECOND": "10000",
    "TRAVELLR_WORKER_PROCESSES": "2",
}


def test_after_a_year_every_vendor_has_what_it_earned_to_the_cent(say: Callable[[str], None]) -> None:
    random, began = Random(SEED), time.monotonic()  # noqa: S311 - chance that can be repeated, not secrets
    with running_system(**SETTINGS) as system, town(system) as year:
        life = lived(year, random, say)
        say(f"TRAVELLR_TEST_SEED={SEED}: {len(life.bookings)} bookings in {time.monotonic() - began:.0f} s")
        say(f"refused: {dict(year.refused)}")
        assert system.state.database_url is not None
        assert system.state.sandbox is not None
        events = money_checker.read_events(system.state.database_url)
        wrong = year_checker.check(events, stripe_of(year), balances_of(year, life))
        wrong += money_checker.check(events, money_checker.read_stripe(system.state.sandbox))
        say(f"{len(events)} events, judged after {time.monotonic() - began:.0f} s")
        assert wrong == [], "\n".join(wrong)
        assert system.contradictions() == []
        # A small year, for a quick look, need not have everything in it.
        assert BOOKINGS < ENOUGH or enough_happened(events) == []


def lived(year: Town, random: Random, say: Callable[[str], None]) -> Life:
    year.tell_little()
    life = Life(year, plan(BOOKINGS, random), random)
    life.found(TRAVELLERS)
    life.walk(0)
    for week in range(WEEKS):
        began = time.monotonic()
        life.week(week)
        life.walk(week + 1)
        say(f"week {week}: {time.monotonic() - began:.1f} s")
    life.heal()
    year.rest()
    return life


def enough_happened(events: list[money_checker.Event]) -> list[str]:
    """What a year must have in it to prove anything."""
    wanted = {
        "booking.cancelled",
        "booking.part_cancelled",
        "booking.no_show_recorded",
        "booking.expired",
        "payment.failed",
        "payment.unresolved",
        "dispute.won",
        "dispute.lost",
        "payout.paid",
        "payout.failed",
        "payout.transfer_reversed",
        "vendor_ledger.carried_forward",
        "vendor_ledger.returned",
        "adjustment.approved",
    }
    return sorted(wanted - {event.topic for event in events})


def balances_of(year: Town, life: Life) -> dict[year_checker.Purse, dict[str, int]]:
    """What the API says to each vendor."""
    found = {}
    for vendor in life.vendors:
        for item in year.get(vendor, "/vendors/me/balance")["items"]:
            amounts = {name: money["amount"] for name, money in item.items() if isinstance(money, dict)}
            found[str(vendor.account_id), item["pending"]["currency"]] = amounts
    return found


def stripe_of(year: Town) -> year_checker.Stripe:
    accounts = {account["id"]: account["metadata"]["vendor_id"] for account in listed(year.stripe, "accounts")}
    arrived: dict[year_checker.Purse, int] = {}
    for account, vendor in accounts.items():
        for payout in listed(year.stripe, "payouts", account):
            purse = vendor, payout["currency"].upper()
            arrived[purse] = arrived.get(purse, 0) + payout["amount"] * (payout["status"] == "paid")
    return year_checker.Stripe(
        accounts, list(listed(year.stripe, "transfers")), list(listed(year.stripe, "disputes")), arrived
    )


def listed(stripe: httpx.Client, what: str, account: str | None = None) -> list[Any]:
    """Everything that Stripe lists of this kind, of ours or of a vendor's account."""
    headers, after, found = {"Stripe-Account": account} if account else {}, "", list[Any]()
    while True:
        page = {"limit": 100} | ({"starting_after": after} if after else {})
        answer = stripe.get(f"/v1/{what}", params=page, headers=headers, auth=(SANDBOX_KEY, ""))
        body = answer.raise_for_status().json()
        found += body["data"]
        if not body["has_more"]:
            return found
        after = body["data"][-1]["id"]
