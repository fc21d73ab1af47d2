"""The cache: one contract, kept in memory and in a real Valkey; and answers that are never older than they say."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from infrastructure.cache.contract import Cache
from infrastructure.cache.hearsay import Hearsay
from infrastructure.cache.in_memory import MemoryCache
from infrastructure.cache.in_redis import RedisCache
from infrastructure.cache.kept_answers import Kept, KeptAnswers
from infrastructure.embedded.valkey import ValkeyServer

pytestmark = pytest.mark.anyio

NOWHERE = "redis://127.0.0.1:9"
LONG_S, MOMENT_S = 60.0, 0.05


@pytest.fixture(params=["valkey", "memory"])
async def cache(request: pytest.FixtureRequest, valkey: ValkeyServer) -> AsyncIterator[Cache]:
    made: Cache = RedisCache(valkey.url, patience_s=30.0) if request.param == "valkey" else MemoryCache()
    yield made
    await made.close()


@pytest.fixture
def mine() -> str:
    """A beginning of keys that no other test has."""
    return uuid4().hex


async def gone(cache: Cache, key: str) -> None:
    end = time.monotonic() + 5
    while await cache.get(key) is not None:
        assert time.monotonic() < end, "it should have run out"
        await asyncio.sleep(MOMENT_S / 5)


class TestContract:
    async def test_what_is_set_is_got_as_json(self, cache: Cache, mine: str) -> None:
        value = {"a": [1, None, "ö"], "b": {"c": True}}
        await cache.set(mine, value, LONG_S)
        assert await cache.get(mine) == value
        await cache.set(mine, [], LONG_S)
        assert await cache.get(mine) == []
        assert await cache.get(f"{mine}:other") is None

    async def test_it_lives_as_long_as_was_said(self, cache: Cache, mine: str) -> None:
        await cache.set(f"{mine}:short", 1, MOMENT_S)
        await cache.set(f"{mine}:long", 1, LONG_S)
        await gone(cache, f"{mine}:short")
        assert await cache.get(f"{mine}:long") == 1

    async def test_many_at_once(self, cache: Cache, mine: str) -> None:
        values = {f"{mine}:{n}": n for n in range(100)}
        await cache.set_many(values, LONG_S)
        assert await cache.get_many([*values, f"{mine}:100"]) == values
        assert await cache.get_many([]) == {}

    async def test_a_pattern_is_forgotten_and_nothing_else(self, cache: Cache, mine: str) -> None:
        await cache.set_many({f"{mine}:a:{n}": n for n in range(1_200)}, LONG_S)
        await cache.set_many({f"{mine}:b:1": 1, f"{mine}:b:2": 2}, LONG_S)
        assert await cache.delete_matching(f"{mine}:a:*") == 1_200
        assert await cache.delete_matching(f"{mine}:a:*") == 0
        assert await cache.delete_matching(f"{mine}:b:[13]") == 1
        assert await cache.get(f"{mine}:b:2") == 2

    async def test_counters_count_together_and_run_out(self, cache: Cache, mine: str) -> None:
        counted = await asyncio.gather(*(cache.increment(mine, ttl_s=LONG_S) for _ in range(50)))
        assert sorted(n for n in counted if n is not None) == list(range(1, 51))
        assert await cache.increment(mine, -20, ttl_s=LONG_S) == 30
        assert await cache.get(mine) == 30
        await cache.increment(f"{mine}:short", 5, ttl_s=MOMENT_S)
        await gone(cache, f"{mine}:short")
        assert await cache.increment(f"{mine}:short", ttl_s=LONG_S) == 1


async def test_without_redis_nothing_is_kept_and_nobody_waits_twice() -> None:
    now = [100.0]
    cache = RedisCache(NOWHERE, lambda: now[0])
    await cache.set("a", 1, LONG_S)
    begun = time.monotonic()
    for _ in range(1_000):
        assert await cache.get("a") is None
        assert await cache.get_many(["a"]) == {}
        assert await cache.increment("b", ttl_s=LONG_S) is None
        assert await cache.delete_matching("*") == 0
    assert time.monotonic() - begun < 1
    await cache.close()


async def test_a_full_memory_forgets_the_oldest() -> None:
    cache = MemoryCache(keys_max=2)
    for key in ("a", "b", "a", "c"):
        await cache.set(key, key, LONG_S)
    assert await cache.get_many(["a", "b", "c"]) == {"a": "a", "c": "c"}


@dataclass
class House:
    """A log, a table of what is so by subject, and a process that hears of the log. `late` plants a defect."""

    kept: KeptAnswers
    hearsay: Hearsay
    head: int = 0
    newest: dict[str, list[int]] = field(default_factory=dict)
    asked: int = 0
    looks_before_it_knows_when: bool = False
    hears_late: bool = False
    walk: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - the same walk again

    def commit(self, subject: str) -> int:
        """Something happens to a subject: the database knows at once, the process that did it too."""
        self.head += 1
        self.newest.setdefault(subject, []).append(self.head)
        if self.hears_late:
            asyncio.get_running_loop().call_later(0.05, self.hearsay.changed, [subject], self.head)
        else:
            self.hearsay.changed([subject], self.head)
        return self.head

    async def ask(self, subject: str) -> Kept:
        self.asked += 1
        position = self.head
        await self.pause()
        value = self.value_at(subject, self.head)
        if self.looks_before_it_knows_when:
            await self.pause()
            position = self.head
        await self.pause()
        return Kept(position, value)

    def value_at(self, subject: str, position: int) -> int:
        """The truth: what happened last to a subject up to a position."""
        return max((at for at in self.newest.get(subject, ()) if at <= position), default=0)

    async def pause(self) -> None:
        for _ in range(self.walk.randint(0, 3)):
            await asyncio.sleep(0)

    async def check(self, subject: str, at_least: int) -> list[str]:
        """Look once; what is wrong with the answer."""
        kept = await self.kept.read(subject, "what", lambda: self.ask(subject), at_least=at_least)
        truth = self.value_at(subject, kept.position)
        return [
            f"{subject}: {problem}"
            for problem, wrong in (
                (f"{kept.value} is older than its position {kept.position}, when it was {truth}", kept.value < truth),
                (f"{kept.position} is older than {at_least}", kept.position < at_least),
            )
            if wrong
        ]


async def crowd(house: House) -> list[str]:
    """64 readers and writers: each writes now and then, and looks whether it finds at least what it wrote."""

    async def one(number: int) -> list[str]:
        walk = random.Random(number)  # noqa: S311 - the same walk again
        wrong: list[str] = []
        written: dict[str, int] = {}
        for _ in range(120):
            subject = f"s{walk.randint(1, 5)}"
            if walk.random() < 0.15:
                written[subject] = house.commit(subject)
            found = await house.kept.read(subject, "what", lambda s=subject: house.ask(s))  # type: ignore[misc]
            if found.value < written.get(subject, 0):
                wrong.append(f"{subject}: {found.value} does not have what was written, {written[subject]}")
            wrong += await house.check(subject, walk.choice([0, written.get(subject, 0)]))
            house.hearsay.is_level()
        return wrong

    return [problem for found in await asyncio.gather(*(one(n) for n in range(64))) for problem in found]


def house_on(cache: Cache) -> House:
    hearsay = Hearsay(LONG_S)
    hearsay.begins(0)
    return House(KeptAnswers(cache, hearsay), hearsay)


async def test_no_answer_is_older_than_its_position_and_most_are_kept(cache: Cache) -> None:
    await cache.delete_matching("s*")
    house = house_on(cache)
    assert await crowd(house) == []
    assert house.asked < 64 * 120 * 2 / 3, "hardly anything was answered from the cache"


@pytest.mark.parametrize("defect", ["looks_before_it_knows_when", "hears_late"])
async def test_planted_defects_are_found(defect: str) -> None:
    house = house_on(MemoryCache())
    setattr(house, defect, True)
    assert await crowd(house) != []


async def test_a_stampede_asks_the_database_once(cache: Cache, mine: str) -> None:
    house = house_on(cache)
    house.commit(mine)
    answers = await asyncio.gather(*(house.kept.read(mine, "what", lambda: house.ask(mine)) for _ in range(500)))
    assert {kept.value for kept in answers} == {1}
    assert house.asked == 1


async def test_who_fails_fails_for_those_who_waited_and_the_next_one_asks_again(cache: Cache, mine: str) -> None:
    house = house_on(cache)

    async def broken() -> Kept:
        await asyncio.sleep(0)
        raise LookupError

    answers = await asyncio.gather(*(house.kept.read(mine, "what", broken) for _ in range(5)), return_exceptions=True)
    assert all(isinstance(answer, LookupError) for answer in answers)
    assert await house.kept.read(mine, "what", lambda: house.ask(mine)) == Kept(0, 0)


@pytest.mark.parametrize("silence_s", [0.0, 10.0])
async def test_who_does_not_hear_asks_the_database(cache: Cache, mine: str, silence_s: float) -> None:
    now = [0.0]
    hearsay = Hearsay(LONG_S, lambda: now[0])
    hearsay.begins(0)
    house = House(KeptAnswers(cache, hearsay), hearsay)
    look: Callable[[], object] = lambda: house.kept.read(mine, "what", lambda: house.ask(mine))  # noqa: E731
    await look()  # type: ignore[misc]
    now[0] += silence_s
    await look()  # type: ignore[misc]
    assert house.asked == (2 if silence_s else 1)


async def test_what_was_heard_long_ago_is_forgotten_and_what_was_before_the_beginning_is_unknown() -> None:
    now = [0.0]
    hearsay = Hearsay(10.0, lambda: now[0])
    assert hearsay.newest_of("a") is None
    hearsay.begins(40)
    assert hearsay.newest_of("a") == 40
    hearsay.changed(["a"], 45)
    hearsay.changed(["a"], 43)
    assert hearsay.newest_of("a") == 45
    now[0] = 11.0
    hearsay.changed(["b"], 50)
    hearsay.is_level()
    assert (hearsay.newest_of("a"), hearsay.newest_of("b")) == (40, 50)
    hearsay.begins(60)
    assert (hearsay.newest_of("a"), hearsay.newest_of("b")) == (60, 60)
