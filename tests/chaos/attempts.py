"""Appends in bad times: each remembers what its writer was told; the log is asked afterwards whether it was true."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal
from uuid import UUID

import msgspec
import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from commands.append import Answer, Append, Committed, Idempotency, Meta, OutcomeUnknown, Overloaded, VersionConflict
from domain.actor import SYSTEM
from domain.capacity import CapacityChange, OpenedAlready, SoldOut
from domain.root import Event
from infrastructure.event_log import EventLog

SCOPE: Final = UUID(int=0xC4A05)
REFUSALS: Final = (VersionConflict, SoldOut, OpenedAlready, Overloaded)


class Attempt(msgspec.Struct):
    """What one append should write, and what its writer knows of it. `key` is also its events' correlation id."""

    key: str
    events: list[tuple[UUID, int]]
    told: Literal["acknowledged", "unknown", "refused"] = "unknown"
    position: int = 0


@dataclass(slots=True)
class Asked:
    """An append with a key of its own, to be asked for as often as its outcome is unknown."""

    append: Append
    attempt: Attempt

    async def of(self, log: EventLog) -> Attempt:
        """Ask once. Who is cancelled in it does not know what became of it, as is written here before."""
        attempt = self.attempt
        try:
            committed = await log.commit(self.append)
        except REFUSALS:
            attempt.told = "refused"
        except (OutcomeUnknown, psycopg.OperationalError):
            attempt.told = "unknown"
        else:
            self._heard(committed)
        return attempt

    async def until_known(self, log: EventLog, random: Random) -> Attempt:
        """Ask with the same key until there is an answer; bound it by a timeout."""
        while True:
            if (await self.of(log)).told != "unknown":
                return self.attempt
            await asyncio.sleep(random.uniform(0, 0.01))

    def _heard(self, committed: Committed) -> None:
        assert committed.replayed in {None, self.append.answer}
        assert self.attempt.position in {0, committed.position}, "a retry was told another position"
        self.attempt.told, self.attempt.position = "acknowledged", committed.position


def asked(key: str, *events: Event, capacity: tuple[CapacityChange, ...] = ()) -> Asked:
    append = Append(
        events,
        Meta(SYSTEM, "Chaos", key),
        capacity,
        idempotency=Idempotency(SCOPE, key, f"print of {key}"),
        answer=Answer(201, key.encode()),
    )
    return Asked(append, Attempt(key, [(event.originator_id, event.originator_version) for event in events]))


@dataclass(slots=True)
class Truth:
    """What the log says: where it contradicts what writers were told, and where it contradicts itself."""

    events: int = 0
    lost: list[str] = field(default_factory=list)  # Acknowledged, and not there.
    wrong: list[str] = field(default_factory=list)


def truth(connection: Connection[TupleRow], attempts: Iterable[Attempt]) -> Truth:
    """Compare the whole log with everything that was attempted."""
    found = Truth()
    written: dict[str, list[tuple[int, tuple[UUID, int]]]] = {}
    versions: dict[UUID, int] = {}
    rows = connection.execute(
        "SELECT notification_id, originator_id, originator_version, metadata->>'correlation_id' FROM log.events"
        " ORDER BY notification_id"
    )
    for position, stream_id, version, key in rows:
        found.events += 1
        if position != found.events:
            found.wrong.append(f"a gap before position {position}")
            break
        if version != versions.get(stream_id, 0) + 1:
            found.wrong.append(f"stream {stream_id} goes from {versions.get(stream_id, 0)} to {version}")
        versions[stream_id] = version
        written.setdefault(key, []).append((position, (stream_id, version)))
    answers: dict[str, int] = dict(
        connection.execute("SELECT key, position FROM log.idempotency WHERE scope = %s", (SCOPE,)).fetchall()
    )
    for attempt in attempts:
        _compare(attempt, written.pop(attempt.key, []), answers.pop(attempt.key, None), found)
    found.wrong += [f"nobody asked for {key}" for key in (*written, *answers)]
    return found


def _compare(attempt: Attempt, there: list[tuple[int, tuple[UUID, int]]], answer_at: int | None, found: Truth) -> None:
    if not there and answer_at is None:
        if attempt.told == "acknowledged":
            found.lost.append(attempt.key)
        return
    if attempt.told == "refused":
        found.wrong.append(f"{attempt.key} was refused, and is there")
    last = answer_at or 0
    whole = list(zip(range(last - len(attempt.events) + 1, last + 1), attempt.events, strict=True))
    if there != whole or (attempt.told == "acknowledged" and attempt.position != last):
        found.wrong.append(f"{attempt} is at {there}, its answer at {answer_at}")
