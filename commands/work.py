"""The work of one command: what it has read, and what it will append."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar, cast
from uuid import UUID

from commands.append import Answer, Append, CellAt, ClaimIdentity, Erasing, Fence, Idempotency, Meta, Streams
from commands.log import Log
from domain.actor import Actor
from domain.capacity import CapacityChange, Cell
from domain.policy import Policy
from domain.refusal import NotFound, VersionMismatch
from domain.root import Event, Root, replay

A = TypeVar("A", bound=Root)


class Work:
    """Loads aggregates once, remembers them, and collects what they and the handler decided into one append."""

    def __init__(self, log: Log, policy: Policy, meta: Meta) -> None:
        self.policy = policy
        self.meta = meta
        self._log = log
        self._aggregates: dict[UUID, Root] = {}
        self._foreseen: list[CellAt] = []
        self._cells: dict[CellAt, Cell | None] = {}
        self._capacity: list[CapacityChange] = []
        self._identity: ClaimIdentity | None = None
        self._needs: tuple[UUID, ...] = ()
        self._erasing: Erasing | None = None
        self._now: datetime | None = None
        self.head = 0

    @property
    def by(self) -> Actor:
        return self.meta.by

    async def now(self) -> datetime:
        """The business clock, read once: every decision of a command is made at one instant."""
        if self._now is None:
            await self._read(())
        assert self._now is not None
        return self._now

    async def find(self, kind: type[A], stream_id: UUID) -> A | None:
        """The aggregate of this stream, or None if it does not exist or is of another kind."""
        if stream_id not in self._aggregates:
            streams = await self._read((stream_id,))
            loaded = replay(streams.events[stream_id])
            if loaded is None:
                return None
            self._aggregates[stream_id] = loaded
        known = self._aggregates[stream_id]
        return known if isinstance(known, kind) else None

    async def get(self, kind: type[A], stream_id: UUID, *, version: int | None = None) -> A:
        """As `find`. Raises NotFound, and VersionMismatch if the client has seen another `version`."""
        aggregate = await self.find(kind, stream_id)
        if aggregate is None:
            raise NotFound
        if version is not None and aggregate.version != version:
            raise VersionMismatch
        return aggregate

    async def _read(self, stream_ids: tuple[UUID, ...]) -> Streams:
        cells, self._foreseen = self._foreseen, []
        streams = await self._log.read(stream_ids, cells)
        self._cells |= streams.cells
        self._now = self._now or streams.now
        self.head = max(self.head, streams.head)
        return streams

    def foresee_cell(self, listing_id: UUID, starts_at: datetime, ends_at: datetime | None) -> None:
        """Say that `cell` will be asked for this one: it is read together with what is read next."""
        self._foreseen.append(CellAt(listing_id, starts_at, ends_at))

    async def cell(self, listing_id: UUID, starts_at: datetime, ends_at: datetime | None) -> Cell | None:
        """The cell of a listing that starts then (and ends then, if given)."""
        wanted = CellAt(listing_id, starts_at, ends_at)
        if wanted not in self._cells:
            self._foreseen.append(wanted)
            await self._read(())
        return self._cells[wanted]

    def add(self, aggregate: A) -> A:
        """Take a new aggregate into the append."""
        assert aggregate.id not in self._aggregates
        self._aggregates[aggregate.id] = aggregate
        return aggregate

    def change(self, change: CapacityChange) -> None:
        self._capacity.append(change)

    def claim_identity(self, identity: ClaimIdentity) -> None:
        self._identity = identity

    def need(self, *account_ids: UUID) -> None:
        """What is begun here is open until it is settled, so none of these may be erased at this moment."""
        self._needs += account_ids

    def erase(self, erasing: Erasing) -> None:
        self._erasing = erasing

    def as_append(self, idempotency: Idempotency | None, answer: Answer | None, fence: Fence | None) -> Append:
        events: list[Event] = []
        for aggregate in self._aggregates.values():
            events.extend(cast("Sequence[Event]", aggregate.collect_events()))
        return Append(
            events=tuple(events),
            meta=self.meta,
            capacity=tuple(self._capacity),
            identity=self._identity,
            needs=self._needs,
            erasing=self._erasing,
            idempotency=idempotency,
            answer=answer,
            fence=fence,
        )
