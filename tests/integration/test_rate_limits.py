"""Rate limits: GCRA in a real Valkey and without one; over HTTP, who guesses is slowed down and nobody else."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import httpx
import pytest
import redis

from api.app import create_app
from infrastructure.embedded.valkey import ValkeyServer
from infrastructure.rate_limits import Limit, RateLimits
from infrastructure.settings import Settings
from tests.integration.conftest import PASSWORD, Http, is_problem

pytestmark = pytest.mark.anyio

NOWHERE = "redis://127.0.0.1:9"
THREE = Limit("three", 3, 30)


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["valkey", "without"])
async def limits(request: pytest.FixtureRequest, valkey: ValkeyServer) -> AsyncIterator[RateLimits]:
    made = RateLimits(valkey.url if request.param == "valkey" else NOWHERE)
    yield made
    await made.close()


async def test_the_quota_may_be_used_at_once_and_then_it_must_be_waited(limits: RateLimits) -> None:
    key = f"burst-{id(limits)}"
    verdicts = [await limits.take(THREE, key) for _ in range(5)]
    assert [(v.allowed, v.left) for v in verdicts] == [(True, 2), (True, 1), (True, 0), (False, 0), (False, 0)]
    assert [v.retry_after_s for v in verdicts] == [0, 0, 0, 10, 10]
    assert (await limits.take(THREE, key + "-another")).allowed


async def test_what_was_given_back_may_be_used_again_and_never_more_than_the_quota(limits: RateLimits) -> None:
    key = f"back-{id(limits)}"
    for _ in range(3):
        await limits.take(THREE, key)
    await limits.give_back(THREE, key)
    assert (await limits.take(THREE, key)).allowed
    assert not (await limits.take(THREE, key)).allowed
    for _ in range(10):
        await limits.give_back(THREE, key)
    assert [(await limits.take(THREE, key)).allowed for _ in range(4)] == [True, True, True, False]


async def test_of_many_at_once_exactly_the_quota_is_allowed(limits: RateLimits) -> None:
    verdicts = await asyncio.gather(*(limits.take(THREE, f"many-{id(limits)}") for _ in range(20)))
    assert sum(v.allowed for v in verdicts) == 3


async def test_time_brings_one_try_after_another_back() -> None:
    clock = Clock()
    limits = RateLimits(None, clock)
    for _ in range(3):
        await limits.take(THREE, "k")
    clock.now += 9.9
    assert not (await limits.take(THREE, "k")).allowed
    clock.now += 0.2
    assert (await limits.take(THREE, "k")).allowed
    assert not (await limits.take(THREE, "k")).allowed
    clock.now += 1_000
    assert [(await limits.take(THREE, "k")).allowed for _ in range(4)] == [True, True, True, False]


async def test_two_processes_count_together(valkey: ValkeyServer) -> None:
    one, other = RateLimits(valkey.url), RateLimits(valkey.url)
    allowed = [(await process.take(THREE, "together")).allowed for process in (one, other, one, other, one)]
    assert allowed == [True, True, True, False, False]
    await one.close()
    await other.close()


async def test_a_quota_of_nothing_is_no_limit() -> None:
    limits = RateLimits(None)
    assert all([(await limits.take(Limit.of("off", "0"), "k")).allowed for _ in range(1_000)])


@pytest.fixture
async def strict(settings: Settings, valkey: ValkeyServer, database_url: str) -> AsyncIterator[Http]:
    """An application with small limits that counts in Valkey. Every test's pepper is its own, and so are its keys."""
    few = settings.model_copy(
        update={
            "redis_url": valkey.url,
            "limit_login": "3/300",
            "limit_login_account": "5/300",
            "limit_login_address": "50/300",
            "limit_register": "4/300",
            "limit_register_known": "2/300",
            "limit_reset_account": "2/300",
            "limit_search": "2/60",
        }
    )
    app = create_app(few)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://travellr.test/api/v1") as client,
    ):
        yield Http(app, few, client)


def somewhere_else(http: Http, address: str) -> Http:
    """The same application, asked from another address."""
    transport = httpx.ASGITransport(http.app, client=(address, 4711))
    return replace(http, client=httpx.AsyncClient(transport=transport, base_url="http://travellr.test/api/v1"))


async def guess(http: Http, said: str = "not this one", email: str = "ada@example.com") -> httpx.Response:
    return await http("POST", "/auth/login", json={"email": email, "password": said})


async def test_who_guesses_is_told_to_wait_and_the_owner_comes_in_from_elsewhere(strict: Http) -> None:
    await strict.join("ada", "traveller")
    first = await guess(strict)
    assert (first.status_code, first.headers["ratelimit"]) == (401, '"login";r=2;t=0')
    assert first.headers["ratelimit-policy"] == '"login";q=3;w=300'
    for _ in range(2):
        assert is_problem(await guess(strict), 401, "wrong_credentials")
    for password in ("not this one", PASSWORD):
        refused = await guess(strict, password)
        assert is_problem(refused, 429, "too_many_requests")
        assert 0 < int(refused.headers["retry-after"]) <= 100
        assert refused.headers["ratelimit"].startswith('"login";r=0;t=')
    assert (await guess(somewhere_else(strict, "192.0.2.7"), PASSWORD)).status_code == 200


async def test_signing_in_rightly_costs_nothing(strict: Http) -> None:
    await strict.join("ada", "traveller")
    for _ in range(6):
        assert (await guess(strict, PASSWORD)).status_code == 200


async def test_an_account_is_guarded_against_many_addresses_but_not_against_those_it_knows(strict: Http) -> None:
    await strict.join("ada", "traveller")
    home = somewhere_else(strict, "192.0.2.7")
    assert (await guess(home, PASSWORD)).status_code == 200
    for number in range(5):
        assert (await guess(somewhere_else(strict, f"198.51.100.{number}"))).status_code == 401
    assert is_problem(await guess(somewhere_else(strict, "198.51.100.99"), PASSWORD), 429)
    assert (await guess(home, PASSWORD)).status_code == 200


async def test_addresses_of_one_ipv6_network_are_one(strict: Http) -> None:
    for number in range(3):
        assert (await guess(somewhere_else(strict, f"2001:db8:1:2::{number}"))).status_code == 401
    assert is_problem(await guess(somewhere_else(strict, "2001:db8:1:2:ffff::1")), 429)
    assert (await guess(somewhere_else(strict, "2001:db8:1:3::1"))).status_code == 401


async def test_known_and_unknown_addresses_are_limited_alike(strict: Http) -> None:
    await strict.join("ada", "traveller")
    told = [
        [(await guess(strict, email=email)).status_code for _ in range(4)]
        for email in ("ada@example.com", "nobody@example.com")
    ]
    assert told == [[401, 401, 401, 429]] * 2


async def test_registering_and_asking_for_links_are_limited(strict: Http) -> None:
    for person in ("a", "b", "c", "d"):
        await strict.join(person, "traveller")
    body = {"email": "e@example.com", "password": PASSWORD, "full_name": "E", "role": "traveller"}
    assert is_problem(await strict("POST", "/auth/register", json=body), 429, "too_many_requests")
    asked = [(await strict("POST", "/auth/password-reset", json={"email": "a@example.com"})) for _ in range(3)]
    assert [answer.status_code for answer in asked] == [202, 202, 429]
    assert asked[0].headers["ratelimit-policy"].startswith('"reset-account"')


async def test_nobody_finds_out_about_many_addresses_by_registering(strict: Http) -> None:
    """What is counted is being told that an address is known, with a key too; then unknown ones are refused alike."""

    async def register(email: str, headers: dict[str, str] | None = None) -> httpx.Response:
        person = {"email": email, "password": PASSWORD, "full_name": "Eve", "role": "traveller"}
        return await strict("POST", "/auth/register", json=person, headers=headers or {})

    assert (await register("ada@example.com")).status_code == 201
    assert is_problem(await register("ada@example.com"), 409, "email_taken")
    assert is_problem(await register("ada@example.com", {"Idempotency-Key": "1"}), 409, "email_taken")
    answer = await register("nobody@example.com")
    assert is_problem(answer, 429, "too_many_requests")
    assert 0 < int(answer.headers["retry-after"]) <= 150


async def test_looking_counts_nothing(limits: RateLimits) -> None:
    key = f"look-{id(limits)}"
    for left in (3, 2, 1, 0):
        looked = [await limits.look(THREE, key) for _ in range(2)]
        assert [(v.left, v.allowed) for v in looked] == [(left, left > 0)] * 2
        await limits.take(THREE, key)
    assert looked[0].retry_after_s == 10
    assert (await limits.look(Limit("none", 0, 1), key)).allowed


async def test_searching_is_limited_by_account(strict: Http) -> None:
    await strict.join("ada", "traveller")
    await strict.join("eve", "traveller")
    told = [(await strict("GET", "/listings", "ada")).status_code for _ in range(3)]
    assert told == [200, 200, 429]
    assert (await strict("GET", "/listings", "eve")).status_code == 200


async def test_without_redis_people_come_in_and_who_guesses_does_not(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"redis_url": NOWHERE, "limit_login": "3/300"}))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://travellr.test/api/v1") as client,
    ):
        http = Http(app, settings, client)
        await http.join("ada", "traveller")
        assert (await http("GET", "/listings", "ada")).status_code == 200
        assert (await guess(http, PASSWORD)).status_code == 200
        assert [(await guess(http)).status_code for _ in range(4)] == [401, 401, 401, 429]


async def test_no_address_is_kept_in_clear(strict: Http, valkey: ValkeyServer) -> None:
    await strict.join("ada", "traveller")
    await guess(somewhere_else(strict, "192.0.2.77"))
    with redis.Redis.from_url(valkey.url) as client:
        keys = b" ".join(client.keys("travellr:limit:*"))
    assert keys
    assert b"192.0.2.77" not in keys
    assert b"example.com" not in keys
