"""A whole payment file answered over HTTP as the bank answers it: all of it is paid, but for what came back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from infrastructure.settings import Settings
from tests.integration.conftest import Http, is_problem
from tests.integration.test_api_bank_transfers import OURS, drafted, filed, paid_by_bank
from tests.integration.world import World, world_on

pytestmark = pytest.mark.anyio

PEOPLE = ("vera", "vito", "vicky")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update=OURS)


@pytest.fixture
def world(http: Http, tmp_path: Path) -> Iterator[World]:
    assert http.settings.database_url is not None
    with world_on(http.settings.database_url, tmp_path / "world") as world:
        yield world


async def three_in_a_file(http: Http, world: World) -> tuple[str, list[str]]:
    """The path of a file's answer, and its payouts: one each of vera, vito and vicky."""
    payouts = [await drafted(http, world, await paid_by_bank(http, person)) for person in PEOPLE]
    file = await filed(http)
    assert file["payouts"] == 3
    return f"/finance/payment-files/{file['id']}/paid", payouts


def returned(*payouts: str, code: str = "AC04") -> dict[str, Any]:
    return {"returned": [{"payout_id": payout, "code": code} for payout in payouts]}


async def states(http: Http, payouts: list[str]) -> list[tuple[str, str | None]]:
    await http.follow()
    seen = [(await http("GET", f"/payouts/{payout}", "fin")).json() for payout in payouts]
    return [(payout["status"], payout["failure_code"]) for payout in seen]


async def test_all_is_paid_but_what_is_named_once_however_often_it_is_said(http: Http, world: World) -> None:
    path, payouts = await three_in_a_file(http, world)
    key, said = {"Idempotency-Key": "answer-1"}, returned(payouts[1])
    first = await http("POST", path, "fin", json=said, headers=key)
    again = await http("POST", path, "fin", json=said, headers=key)
    assert (first.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (200, first.json(), "true")
    assert (first.json()["payouts"], first.json()["under_way"], first.json()["returned"]) == (3, 0, 1)
    assert await states(http, payouts) == [("paid", None), ("failed", "AC04"), ("paid", None)]
    [listed] = (await http("GET", "/finance/payment-files", "fin")).json()["items"]
    assert listed == first.json()
    before = http.sql("SELECT count(*) FROM log.events")
    without_a_key = await http("POST", path, "fin", json=said)
    assert (without_a_key.status_code, without_a_key.json()) == (200, first.json())
    assert http.sql("SELECT count(*) FROM log.events") == before
    [balance] = (await http("GET", "/vendors/me/balance", "vito")).json()["items"]
    assert (balance["available"]["amount"], balance["in_transit"]["amount"]) == (80_00, 0)


async def test_without_a_body_all_that_is_still_under_way_is_paid(http: Http, world: World) -> None:
    path, payouts = await three_in_a_file(http, world)
    await http("POST", f"/finance/payouts/{payouts[0]}/returned", "fin", json={"code": "MS03"})
    answer = await http("POST", path, "fin")
    assert (answer.status_code, answer.json()["under_way"], answer.json()["returned"]) == (200, 0, 1)
    assert await states(http, payouts) == [("failed", "MS03"), ("paid", None), ("paid", None)]
    came_back = await http("POST", path, "fin", json=returned(payouts[2], code="AC06"))
    assert came_back.json()["returned"] == 2
    assert await states(http, payouts) == [("failed", "MS03"), ("paid", None), ("failed", "AC06")]


async def test_what_cannot_be_is_refused_whole(http: Http, world: World) -> None:
    path, payouts = await three_in_a_file(http, world)
    other = await drafted(http, world, await paid_by_bank(http, "vince"))
    await filed(http)
    for stranger in (other, str(uuid4())):
        refused = await http("POST", path, "fin", json=returned(payouts[0], stranger))
        assert is_problem(refused, 422, "not_in_this_file")
        assert stranger in refused.json()["detail"]
    for code in ("AC4", "ac04", "AC045", "", None):
        refused = await http("POST", path, "fin", json={"returned": [{"payout_id": payouts[0], "code": code}]})
        assert is_problem(refused, 422, "validation_failed")
        assert [error["field"] for error in refused.json()["errors"]] == ["returned.0.code"]
    twice = await http("POST", path, "fin", json=returned(payouts[0], payouts[0]))
    assert is_problem(twice, 422, "validation_failed")
    too_many = await http("POST", path, "fin", json=returned(*(str(uuid4()) for _ in range(1_001))))
    assert is_problem(too_many, 422, "validation_failed")
    assert is_problem(await http("POST", path, "fin", json={"except": []}), 422, "validation_failed")
    assert is_problem(await http("POST", path, "vera", json={}), 403, "not_allowed")
    assert is_problem(await http("POST", f"/finance/payment-files/{uuid4()}/paid", "fin"), 404)
    changed = await http("POST", path, "fin", headers={"If-Match": '"2"'})
    assert is_problem(changed, 412, "version_mismatch")
    assert await states(http, payouts) == [("bank_submitted", None)] * 3
    assert (await http("POST", path, "fin", headers={"If-Match": '"1"'})).json()["under_way"] == 0
