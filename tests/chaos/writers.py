"""One process of writers in a storm: `python -m tests.chaos.writers URL NAME SEED SECONDS FILE`.

Sixteen tasks on one log write at random: money, streams that all fight for, places that are soon sold out. They come
late, give up waiting, retry or do not. What each append should have written, and what was answered, goes into FILE.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID, uuid4, uuid5

import msgspec
import psycopg

from domain.payment import BalanceEntry, Payment
from domain.root import Event
from infrastructure.event_log import EventLog, event_log
from tests.chaos.attempts import Asked, Attempt, asked
from tests.integration.appends import T0, Nights, facts

TASKS: Final = 16
PAUSE_MAX_S: Final = 0.03
PATIENCE_MAX_S: Final = 0.01
PLACES: Final = 5
FAR: Final = datetime(2100, 1, 1, tzinfo=UTC)
OF_ALL: Final = UUID(int=0xA11)


def now_shared(kind: str, every_s: float) -> UUID:
    """The stream or listing that every process fights for at this moment; soon it is another one."""
    return uuid5(OF_ALL, f"{kind} {int(time.time() / every_s)}")


def money() -> Sequence[Event]:
    """A payment from request to balance transaction."""
    payment = Payment.request(
        payment_id=uuid4(),
        booking_id=uuid4(),
        vendor_id=uuid4(),
        traveller_id=uuid4(),
        amount_minor=10_000,
        currency="EUR",
        payment_method="pm_card_visa",
        now=T0,
    )
    payment.captured(charge_id="ch_1", amount_minor=10_000, currency="EUR", now=T0)
    payment.settled_by(BalanceEntry("txn_1", 10_000, 325, "EUR"), now=T0)
    return [event for event in payment.collect_events() if isinstance(event, Event)]


@dataclass
class Writers:
    log: EventLog
    name: str
    random: Random
    ends_at: float
    attempts: list[Attempt] = field(default_factory=list)

    async def write(self) -> None:
        while time.monotonic() < self.ends_at:
            with suppress(psycopg.OperationalError):  # A read whose connection was killed.
                one = await self.next()
                self.attempts.append(one.attempt)
                await self.ask(one)
                while one.attempt.told == "unknown" and self.random.random() < 0.8:
                    await self.pause()
                    await self.ask(one)
            await self.pause()

    async def next(self) -> Asked:
        key = f"{self.name}-{uuid4()}"
        match self.random.choices(("money", "fought for", "place", "opening", "conflict"), (35, 25, 25, 5, 10))[0]:
            case "money":
                return asked(key, *money())
            case "fought for":
                stream_id = now_shared("stream", 0.5)
                stream = (await self.log.read((stream_id,))).events[stream_id]
                await self.pause()
                return asked(key, *facts(self.random.randint(1, 3), stream_id, after=stream))
            case "place":
                hold = Nights(now_shared("listing", 1)).hold(uuid4(), until=FAR)
                return asked(key, *facts(), capacity=(hold,))
            case "opening":
                return asked(key, *facts(2), capacity=(Nights(now_shared("listing", 1)).opened(PLACES),))
            case _:
                known = [attempt for attempt in self.attempts[-200:] if attempt.told == "acknowledged"]
                taken = self.random.choice(known).events[0][0] if known else uuid4()
                return asked(key, *facts(2), *facts(1, taken))

    async def ask(self, one: Asked) -> None:
        """Some give up soon; the append may be written all the same."""
        asking = asyncio.create_task(one.of(self.log))
        if self.random.random() < 0.1:
            await asyncio.wait((asking,), timeout=self.random.uniform(0, PATIENCE_MAX_S))
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking
        else:
            await asking

    async def pause(self) -> None:
        await asyncio.sleep(self.random.uniform(0, PAUSE_MAX_S))


async def run(url: str, name: str, seed: int, seconds: float) -> list[Attempt]:
    async with event_log(url, name=f"storm{name}", connections=3) as log:
        chance = Random(f"{seed} {name}")  # noqa: S311 - it can be repeated, and is no secret
        writers = Writers(log, name, chance, time.monotonic() + seconds)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(TASKS):
                tasks.create_task(writers.write())
        return writers.attempts


def main(url: str, name: str, seed: str, seconds: str, file: str) -> None:
    attempts = asyncio.run(run(url, name, int(seed), float(seconds)))
    Path(file).write_bytes(msgspec.json.encode(attempts))


if __name__ == "__main__":
    main(*sys.argv[1:])
