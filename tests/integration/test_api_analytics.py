"""Figures over time, counted from a journey in which the amounts are known."""

import asyncio
from typing import Any

import pytest

from tests.integration.conftest import Http, is_problem
from tests.integration.journey import PRICE, Journey
from tests.integration.world import world_on

pytestmark = pytest.mark.anyio


def live(http: Http) -> None:
    """One booking only held, one paid and cancelled for half, one earned and paid out; another currency beside."""
    assert http.settings.database_url is not None
    with world_on(http.settings.database_url, http.settings.home) as world:
        journey, other = Journey(world), Journey(world, currency="JPY")
        journey.payable("acct_1")
        other.held()
        journey.held()
        cancelled, earned = journey.confirmed(), journey.confirmed()
        journey.cancelled(cancelled)
        journey.refund_seen(cancelled, PRICE // 2, "succeeded")
        journey.earned(earned)
        journey.paid_out()
        world.follow()


async def figures(http: Http, **query: str) -> list[dict[str, Any]]:
    answer = await http("GET", "/admin/analytics", "op", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def total(items: list[dict[str, Any]], name: str, currency: str = "EUR") -> int:
    return sum(item[name]["amount"] for item in items if item["currency"] == currency)


async def test_bookings_money_conversion_and_occupancy_by_currency(http: Http) -> None:
    await http.join_staff("op", "operator")
    await asyncio.to_thread(live, http)
    for bucket in ("day", "week", "month"):
        items = await figures(http, bucket=bucket)
        (first,) = [item for item in items if item["currency"] == "EUR" and item["held"]]
        assert first["bookings"] == {"cancelled": 1, "completed": 1, "held": 1}
        assert (first["held"], first["confirmed"], first["conversion_basis_points"]) == (3, 2, 6_666)
        assert total(items, "gross") == 2 * PRICE
        assert total(items, "refunds") == PRICE // 2
        assert total(items, "commission") == PRICE // 5
        assert total(items, "payouts") > 0
        (yen,) = [item for item in items if item["currency"] == "JPY" and item["held"]]
        assert (yen["bookings"], yen["gross"]["amount"]) == ({"held": 1}, 0)
        (room,) = [item["occupancy"] for item in items if item["currency"] == "EUR" and item["occupancy"]["capacity"]]
        assert room == {"capacity": 100, "sold": 1, "basis_points": 100}


async def test_a_range_is_half_open_and_must_make_sense(http: Http) -> None:
    await http.join_staff("op", "operator")
    await asyncio.to_thread(live, http)
    (day,) = {item["starts_at"] for item in await figures(http) if item["held"]}
    assert [item["held"] for item in await figures(http, **{"from": day, "to": day})] == []
    assert is_problem(await http("GET", "/admin/analytics?from=2000-01-01&to=2199-01-01", "op"), 422)
    assert is_problem(await http("GET", "/admin/analytics?bucket=year", "op"), 422, "validation_failed")


async def test_who_neither_operates_nor_counts_money_sees_none_of_it(http: Http) -> None:
    await http.join("ada", "traveller")
    assert is_problem(await http("GET", "/admin/analytics", "ada"), 403, "not_allowed")
