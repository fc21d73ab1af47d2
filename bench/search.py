"""How long a search takes among 100,000 listings of 30 cells each: what a traveller waits for, question by question."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from psycopg import AsyncConnection

from bench.part import Part, Row
from bench.place import Place, superuser
from bench.rounds import percentile, spread
from bench.scale import Scale
from domain.actor import Actor
from queries.listing_search import LOOKED_AT_MAX, Dates, Wanted, search
from queries.rows import Connection
from queries.scope import After, Page

CELLS: Final = 30
FIRST_DAY: Final = datetime(2036, 6, 1)  # noqa: DTZ001 - read where each listing is
TRAVELLER: Final = Actor(UUID(int=1), "traveller")
PAGE: Final = Page(50)

# Common words stand in one title of ten, a rare one in one of 5,000; a quarter of all cells is full, one day entirely.
_LISTINGS: Final = """
    INSERT INTO read.listing
    SELECT gen_random_uuid(), gen_random_uuid(),
           (ARRAY['Kayak','Museum','Hiking','Sunset','Market','Harbour','Castle','Vineyard','Canyon','Reef']
           )[1 + n %% 10] || (ARRAY[' tour',' walk',' trip'])[1 + n %% 3]
           || CASE WHEN n %% 5000 = 0 THEN ' aurora' ELSE '' END,
           (SELECT string_agg('word' || (n * 7 + w * w * 31) %% 5000, ' ') FROM generate_series(1, 40) AS w),
           'Town' || n %% 500 || ', Region' || n %% 20, CASE WHEN n %% 2 = 0 THEN 'stay' ELSE 'departure' END,
           (ARRAY['Europe/Berlin','America/New_York','Asia/Kathmandu','Australia/Lord_Howe'])[1 + n %% 4],
           CASE WHEN n %% 2 = 0 THEN '15:00' ELSE '' END, CASE WHEN n %% 2 = 0 THEN '11:00' ELSE '' END,
           5000, 'EUR', '{}', 'instant', 'PT24H', 'published', '2026-01-01'::timestamptz + n * interval '1 minute', 1
      FROM generate_series(1, %(listings)s) AS n
"""
_CELLS: Final = """
    INSERT INTO capacity.cell (listing_id, starts_at, ends_at, capacity, sold)
    SELECT listing_id, (day + time '15:00') AT TIME ZONE time_zone, (day + 1 + time '11:00') AT TIME ZONE time_zone, 4,
           CASE WHEN d = %(cells)s - 1 THEN 4 WHEN random() < 0.25 THEN 4 ELSE floor(random() * 3) END
      FROM read.listing CROSS JOIN generate_series(0, %(cells)s - 1) AS d
           CROSS JOIN LATERAL (SELECT %(first)s::date + d AS day) AS days
"""


def _dates(chance: random.Random, days: int, quantity: int) -> Dates:
    """In the days before the one that is sold out everywhere."""
    first = FIRST_DAY + timedelta(days=chance.randrange(CELLS - 1 - days))
    return Dates(first, first + timedelta(days=days), quantity)


_SOLD_OUT: Final = Dates(FIRST_DAY + timedelta(days=CELLS - 1), FIRST_DAY + timedelta(days=CELLS), 1)
_WORDS: Final = ("kayak", "museum walk", "sunset", "castle trip", "reef")

QUESTIONS: Final[dict[str, Callable[[random.Random], Wanted]]] = {
    "the newest": lambda _: Wanted(),
    "a common word": lambda chance: Wanted(words=chance.choice(_WORDS)),
    "a rare word": lambda _: Wanted(words="aurora"),
    "a word of the description": lambda chance: Wanted(words=f"word{chance.randrange(5000)}"),
    "a place": lambda chance: Wanted(place=f"town{chance.randrange(500)}"),
    "a word in a place": lambda chance: Wanted(words=chance.choice(_WORDS), place=f"region{chance.randrange(20)}"),
    "a departure within a week": lambda chance: Wanted(kind="departure", dates=_dates(chance, 7, 2)),
    "a stay of three nights": lambda chance: Wanted(kind="stay", dates=_dates(chance, 3, 2)),
    "a stay of 14 nights": lambda chance: Wanted(kind="stay", dates=_dates(chance, 14, 1)),
    "word, place, kind, dates": lambda chance: Wanted(
        words=chance.choice(_WORDS), place=f"town{chance.randrange(500)}", kind="stay", dates=_dates(chance, 2, 1)
    ),
    "a day that is sold out": lambda _: Wanted(dates=_SOLD_OUT),
}


def measure(place: Place, scale: Scale) -> Part:
    url = place.migrated("search")
    with superuser(url) as owner:
        owner.execute(_LISTINGS, {"listings": scale.search_listings})
        owner.execute(_CELLS, {"cells": CELLS, "first": FIRST_DAY})
        owner.execute("VACUUM ANALYZE read.listing, capacity.cell")
    taken = asyncio.run(_ask(url, scale))
    rows = []
    for name, rounds in taken.items():
        for label, percent in (("half within", 50), ("99 of 100 within", 99)):
            values = [percentile(seconds, percent) * 1000 for seconds in rounds]
            rows.append(Row(f"{name}: {label}", spread(values), None))
    mixed = [[second for rounds in taken.values() for second in rounds[n]] for n in range(scale.rounds)]
    figures = {"search_p99_ms": spread([percentile(seconds, 99) * 1000 for seconds in mixed]).median}
    notes = (
        f"{scale.search_listings:,} listings of {CELLS} cells, {scale.search_questions} questions of a kind a round,",
        f"half of them for a page in the middle. One page of a search for dates looks at {LOOKED_AT_MAX:,} at most.",
    )
    return Part("Search", "ms", rows, figures, notes)


async def _ask(url: str, scale: Scale) -> dict[str, list[list[float]]]:
    """Seconds of every answer, by question and round, one connection asking all of them in turn."""
    chance = random.Random(11)  # noqa: S311 - for the same questions every time
    middle = After(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=scale.search_listings // 2), UUID(int=0))
    pages = (PAGE, replace(PAGE, after=middle))
    taken: dict[str, list[list[float]]] = {name: [] for name in QUESTIONS}
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        for _ in range(scale.rounds):
            for rounds in taken.values():
                rounds.append([])
            for n in range(scale.search_questions):
                for name, question in QUESTIONS.items():
                    taken[name][-1].append(await _seconds(_searched(connection, question(chance), pages[n % 2])))
    return taken


async def _searched(connection: Connection, wanted: Wanted, page: Page) -> None:
    await search(connection, TRAVELLER, page, wanted)


async def _seconds(work: Awaitable[None]) -> float:
    begun = time.perf_counter()
    await work
    return time.perf_counter() - begun
