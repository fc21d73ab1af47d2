"""How long after a command was begun its event can be seen in the read model."""

import asyncio
import threading
import time
from bisect import bisect_left
from dataclasses import dataclass, field

from bench.followers import followers
from bench.makings import META, create_listing
from bench.ours import Ours, ours
from bench.part import Part, Row
from bench.place import Place
from bench.rounds import percentile, spread
from bench.scale import Scale
from commands.dispatch import dispatch
from domain.policy import Policy
from infrastructure.database import connect
from infrastructure.new_id import new_id
from projections.listings import LISTINGS

PATIENCE_S = 30.0
LOOK_S = 0.002


@dataclass(slots=True)
class Seen:
    """What the follower's committed position was, and when that was first seen."""

    positions: list[int] = field(default_factory=lambda: [0])
    at: list[float] = field(default_factory=lambda: [0.0])

    def when(self, position: int) -> float:
        return self.at[bisect_left(self.positions, position)]


def measure(place: Place, scale: Scale) -> Part:
    url = place.migrated("lag")
    with ours(url) as we, followers(url):
        _lags(we, url, scale.lag_appends_per_s, 1.0)
        rounds = [_lags(we, url, scale.lag_appends_per_s, scale.lag_seconds) for _ in range(scale.rounds)]
    by_percent = {p: spread([percentile(lags, p) * 1000 for lags in rounds]) for p in (50, 99, 100)}
    rows = [Row("half of them within", by_percent[50], None), Row("99 of 100 within", by_percent[99], None)]
    rows.append(Row("all within", by_percent[100], None))
    notes = (
        f"{scale.lag_appends_per_s} commands/s for {scale.lag_seconds:g} s a round. From the moment the command should",
        "begin until another connection sees its row. All followers run, in a process of their own.",
    )
    return Part("Lag", "ms", rows, {"lag_p99_ms": by_percent[99].median}, notes)


def _lags(we: Ours, url: str, appends_per_s: int, seconds: float) -> list[float]:
    """Seconds from the beginning of each command to its row."""
    seen, stop = Seen(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(url, seen, stop))
    watcher.start()
    begun = we.run(_open_loop(we, appends_per_s, seconds))
    last = max(begun)
    deadline = time.monotonic() + PATIENCE_S
    while seen.positions[-1] < last:
        assert time.monotonic() < deadline, f"the follower stands at {seen.positions[-1]} of {last}"
        time.sleep(0.01)
    stop.set()
    watcher.join()
    return [seen.when(position) - at for position, at in begun.items()]


async def _open_loop(we: Ours, appends_per_s: int, seconds: float) -> dict[int, float]:
    """Commands at their appointed times, however long the ones before take; when each began, by position."""
    begun: dict[int, float] = {}

    async def create(at: float) -> None:
        await asyncio.sleep(at - time.monotonic())
        # From its appointed time: a loop that is late is part of what a user waits for.
        done = await dispatch(create_listing(new_id()), log=we.log, policy=Policy(), meta=META)
        begun[done.position] = at

    start = time.monotonic() + 0.1
    times = [start + n / appends_per_s for n in range(round(appends_per_s * seconds))]
    await asyncio.gather(*(create(at) for at in times))
    return begun


def _watch(url: str, seen: Seen, stop: threading.Event) -> None:
    """Rows and position are committed together, so the position says which rows can be seen."""
    with connect(url, name="bench-watch") as connection:
        while not stop.wait(LOOK_S):
            row = connection.execute("SELECT position FROM ops.follower WHERE name = %s", (LISTINGS.name,)).fetchone()
            if row is not None and row[0] > seen.positions[-1]:
                seen.at.append(time.monotonic())
                seen.positions.append(row[0])
