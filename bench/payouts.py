"""A payout run over 10,000 vendors with a million lines, and the questions of finance and vendors beside so many."""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, cast
from uuid import UUID

from psycopg import AsyncConnection

from bench import payout_books
from bench.makings import T0
from bench.part import Part, Row
from bench.payout_books import CURRENCY, DAY, LINES_A_VENDOR
from bench.place import Place, superuser
from bench.rounds import Spread, percentile, spread
from bench.scale import Scale
from domain.periods import cutoff_of, last_period_end
from queries.payout_preview import payout_preview, whole_preview
from queries.payouts import payout_lines, payouts
from queries.rows import Connection
from queries.scope import Page
from queries.trial_balance import trial_balance, trial_balance_as_of
from queries.vendor_balances import vendor_balances
from queries.vendor_statement import Wanted, vendor_statement

PAGE: Final = Page(50)
WARM_UP: Final = 3
WHOLE_PREVIEWS: Final = 10  # Each reads a million lines.
WHOLE_PREVIEW: Final = "preview of a run, everybody"
BALANCES: Final = ("trial balance now", "trial balance as of", "trial balance as it was known")
Question = Callable[[Connection, random.Random], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run took: seconds of drafting and of the followers after it, and the memory of its process."""

    payouts: int
    lines: int
    drafting_s: float
    following_s: float
    drafting_peak_mb: float
    peak_mb: float

    @property
    def us_per_line(self) -> float:
        return (self.drafting_s + self.following_s) / self.lines * 1_000_000


def measure(place: Place, scale: Scale) -> Part:
    few, many = scale.payout_vendors
    small = _run(place, *_made(place, few))
    url, vendors = _made(place, many)
    previewed = asyncio.run(_ask(url, _previews(vendors), scale))
    large = _run(place, url, vendors)
    asked = previewed | asyncio.run(_ask(url, _questions(_there(url, vendors)), scale))
    rows = [Row(f"run of {len(vendors):,} vendors: us a line", _one(large.us_per_line), None)]
    rows += [Row(f"run of {few:,} vendors: us a line", _one(small.us_per_line), None)]
    for name, seconds in asked.items():
        for label, percent in (("half within, ms", 50), ("99 of 100 within, ms", 99)):
            rows.append(Row(f"{name}: {label}", _one(percentile(seconds, percent) * 1_000), None))
    figures = {
        "payout_run_us_per_line": large.us_per_line,
        "payout_run_peak_mb": large.peak_mb,
        "payout_run_growth": large.us_per_line / small.us_per_line,
        "payout_run_peak_growth": large.peak_mb / small.peak_mb,
        "statement_p99_ms": _p99_ms([asked[name] for name in asked if name not in {*BALANCES, WHOLE_PREVIEW}]),
        "trial_balance_p99_ms": _p99_ms([asked[name] for name in BALANCES]),
    }
    return Part("Payouts", "us or ms", rows, figures, _notes(small, large))


def _one(value: float) -> Spread:
    return spread([value])


def _p99_ms(kinds: Sequence[Sequence[float]]) -> float:
    """Of all kinds of questions together."""
    return percentile([seconds for kind in kinds for seconds in kind], 99) * 1_000


def _notes(small: Run, large: Run) -> tuple[str, ...]:
    return tuple(
        f"{run.payouts:,} payouts of {run.lines:,} lines: {run.drafting_s:.1f} s of drafting,"
        f" {run.following_s:.1f} s until every read model had it,"
        f" {run.peak_mb:.0f} MB at most, {run.drafting_peak_mb:.0f} MB of it while drafting."
        for run in (small, large)
    )


def _made(place: Place, vendors: int) -> tuple[str, list[UUID]]:
    """A database in which so many vendors wait for their money."""
    url = place.migrated(f"payouts_{vendors}")
    with superuser(url) as owner:
        owner.execute("SET synchronous_commit = off")
        ids = payout_books.fill(owner, vendors)
        payout_books.follow(owner)
    return url, ids


def _run(place: Place, url: str, vendors: Sequence[UUID]) -> Run:
    command = [sys.executable, "-m", "bench.payout_run", url, str(place.folder / "home")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    assert done.returncode == 0, done.stderr
    run = Run(**json.loads(done.stdout))
    assert (run.payouts, run.lines) == (len(vendors), len(vendors) * LINES_A_VENDOR), run
    return run


@dataclass(frozen=True, slots=True)
class _There:
    """What is there to be asked about."""

    vendors: Sequence[UUID]
    payouts: Sequence[UUID]
    period_end: date
    head: int


def _questions(there: _There) -> dict[str, Question]:
    """By name; whom and when they are about is drawn anew each time."""

    def instant(chance: random.Random) -> datetime:
        return T0 + chance.random() * LINES_A_VENDOR * DAY

    def statement(after: Callable[[random.Random], int]) -> Question:
        return lambda asking, chance: vendor_statement(
            asking, Wanted(chance.choice(there.vendors), after_position=after(chance)), PAGE.limit
        )

    def of_a_time(asking: Connection, chance: random.Random) -> Awaitable[object]:
        since = instant(chance)
        wanted = Wanted(chance.choice(there.vendors), since=since, before=since + timedelta(days=30))
        return vendor_statement(asking, wanted, PAGE.limit)

    def as_known(asking: Connection, chance: random.Random) -> Awaitable[object]:
        known_at = instant(chance)
        return trial_balance_as_of(asking, known_at - chance.random() * 10 * DAY, known_at)

    return {
        "statement, first page": statement(lambda _: 0),
        "statement, a page from the middle": statement(lambda chance: chance.randrange(there.head)),
        "statement of 30 days": of_a_time,
        "balance": lambda asking, chance: vendor_balances(asking, chance.choice(there.vendors)),
        "payouts of a vendor": lambda asking, chance: payouts(asking, PAGE, vendor_id=chance.choice(there.vendors)),
        "payouts of a period": lambda asking, _: payouts(asking, PAGE, period_end=there.period_end, status="drafted"),
        "lines of a payout": lambda asking, chance: payout_lines(asking, chance.choice(there.payouts)),
        "trial balance now": lambda asking, _: trial_balance(asking),
        "trial balance as of": lambda asking, chance: trial_balance_as_of(asking, instant(chance)),
        "trial balance as it was known": as_known,
    }


def _previews(vendors: Sequence[UUID]) -> dict[str, Question]:
    """What a run would do, asked before it: a page costs what is on it, and a file as much as there are lines."""
    end = last_period_end("weekly", datetime.now(UTC).date())
    cutoff = cutoff_of(end, "UTC")

    def page(after: Callable[[random.Random], tuple[UUID, str]]) -> Question:
        return lambda asking, chance: payout_preview(
            asking, "weekly", end, cutoff=cutoff, at=cutoff, after=after(chance), limit=PAGE.limit + 1
        )

    async def everybody(asking: Connection, _: random.Random) -> object:
        return [row async for row in whole_preview(asking, "weekly", end, cutoff=cutoff, at=cutoff)]

    return {
        "preview of a run, first page": page(lambda _: (UUID(int=0), "")),
        "preview of a run, a page from the middle": page(lambda chance: (chance.choice(vendors), CURRENCY)),
        WHOLE_PREVIEW: everybody,
    }


async def _ask(url: str, questions: Mapping[str, Question], scale: Scale) -> dict[str, list[float]]:
    """Seconds of every answer, by question, one connection asking all of them in turn."""
    chance = random.Random(7)  # noqa: S311 - the same questions in every run
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("ANALYZE")
        asking = cast("Connection", connection)
        taken: dict[str, list[float]] = {name: [] for name in questions}
        for number in range(-WARM_UP, scale.payout_questions):
            for name, question in questions.items():
                if name == WHOLE_PREVIEW and number >= WHOLE_PREVIEWS:
                    continue
                begun = time.perf_counter()
                await question(asking, chance)
                if number >= 0:
                    taken[name].append(time.perf_counter() - begun)
    return taken


def _there(url: str, vendors: Sequence[UUID]) -> _There:
    with superuser(url) as connection:
        rows = connection.execute("SELECT payout_id, period_end FROM read.payout").fetchall()
        head = connection.execute("SELECT max(notification_id) FROM log.events").fetchone()
    assert head is not None
    return _There(vendors, [payout_id for payout_id, _ in rows], rows[0][1], head[0])
