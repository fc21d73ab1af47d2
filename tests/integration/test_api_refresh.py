"""Refresh tokens over HTTP: used once, forgiven for ten seconds, and the end of the session when they were copied."""

import asyncio

import pytest

from tests.integration.conftest import Http, is_problem

pytestmark = pytest.mark.anyio


async def next_pair(http: Http, token: str) -> dict[str, str]:
    answer = await http("POST", "/auth/refresh", json={"refresh_token": token})
    assert answer.status_code == 200, answer.text
    pair: dict[str, str] = answer.json()
    return pair


async def is_over(http: Http, token: str) -> bool:
    return is_problem(await http("POST", "/auth/refresh", json={"refresh_token": token}), 401, "session_over")


def time_passes(http: Http) -> None:
    """More than the grace has passed since the last rotation."""
    http.sql("UPDATE ops.session SET rotated_at = rotated_at - interval '10.1 seconds'")


async def signed_in(http: Http) -> str:
    await http.join("ada", "traveller")
    token: str = (await http.sign_in("ada"))["refresh_token"]
    return token


async def test_a_client_that_lost_the_answer_asks_again_and_stays_signed_in(http: Http) -> None:
    first = await signed_in(http)
    lost = await next_pair(http, first)
    again = await next_pair(http, first)
    assert again["refresh_token"] == lost["refresh_token"]
    third = await next_pair(http, again["refresh_token"])
    http.tokens["ada"] = third["access_token"]
    assert (await http("GET", "/users/me", "ada")).status_code == 200


async def test_twenty_requests_at_once_with_one_token_get_one_next_token(http: Http) -> None:
    first = await signed_in(http)
    pairs = await asyncio.gather(*(next_pair(http, first) for _ in range(20)))
    (only,) = {pair["refresh_token"] for pair in pairs}
    await next_pair(http, only)


async def test_a_used_token_that_comes_back_later_ends_the_whole_session(http: Http) -> None:
    stolen = await signed_in(http)
    rotated = await next_pair(http, stolen)
    http.tokens["ada"] = rotated["access_token"]
    time_passes(http)
    assert await is_over(http, stolen)
    assert await is_over(http, rotated["refresh_token"])
    assert is_problem(await http("GET", "/users/me", "ada"), 401, "unauthenticated")


async def test_one_that_is_two_generations_old_is_never_forgiven(http: Http) -> None:
    oldest = await signed_in(http)
    newest = await next_pair(http, (await next_pair(http, oldest))["refresh_token"])
    assert await is_over(http, oldest)
    assert await is_over(http, newest["refresh_token"])


async def test_one_that_was_made_up_ends_nobodys_session(http: Http) -> None:
    good = await signed_in(http)
    session_id, generation, proof = good.split(".")
    for bad in (f"{session_id}.{generation}.x", f"{session_id}.0.{proof}", f"{session_id}.7.{proof}", session_id, "."):
        assert await is_over(http, bad)
    await next_pair(http, good)


async def test_a_month_without_use_is_the_end(http: Http) -> None:
    token = await signed_in(http)
    http.sql("UPDATE ops.session SET used_at = used_at - interval '30 days'")
    assert await is_over(http, token)


async def test_what_is_kept_is_not_enough_to_make_a_token(http: Http) -> None:
    token = await signed_in(http)
    kept = "".join(str(row) for row in http.sql("SELECT * FROM ops.session"))
    assert token.split(".")[2] not in kept
