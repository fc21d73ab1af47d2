"""The port `commands.log.Log` kept in dicts: refuses what migrations/0003_append.sql refuses, in the same order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from commands.append import (
    Answer,
    Append,
    CellAt,
    Committed,
    Fence,
    Idempotency,
    IdempotencyMismatch,
    NotQuiet,
    StaleFence,
    Streams,
    VersionConflict,
)
from domain.account import AccountErased, EmailTaken
from domain.capacity import Cell
from domain.root import Event
from infrastructure.event_codec import decode, encode
from tests.unit.capacity_book import CapacityBook

_ABOUT_REQUESTS = {"command.refused", "audit.queried"}


@dataclass
class MemoryLog:
    """Holds events as the database does, encoded. `before_commit` runs once, as someone who is faster."""

    now: datetime
    stored: list[StoredEvent] = field(default_factory=list)
    capacity: CapacityBook = field(default_factory=CapacityBook)
    answers: dict[tuple[UUID, str], tuple[str, Committed]] = field(default_factory=dict)
    identities: dict[str, UUID] = field(default_factory=dict)
    fences: dict[UUID, int] = field(default_factory=dict)
    before_commit: Callable[[], None] | None = None
    appends: list[Append] = field(default_factory=list)

    def events_after(self, position: int) -> list[Event]:
        """The events as a reader of the log sees them, through the real transcoder."""
        return [_decoded(stored) for stored in self.stored[position:]]

    def stream(self, stream_id: UUID) -> list[Event]:
        return [_decoded(stored) for stored in self.stored if stored.originator_id == stream_id]

    async def read(self, stream_ids: Sequence[UUID], cells: Sequence[CellAt] = ()) -> Streams:
        events = {stream_id: self.stream(stream_id) for stream_id in stream_ids}
        return Streams(self.now, len(self.stored), events, {at: self._cell(at) for at in cells})

    def _cell(self, at: CellAt) -> Cell | None:
        room = self.capacity.rooms.get((at.listing_id, at.starts_at))
        return room.cell if room and at.ends_at in {None, room.cell.ends_at} else None

    async def known_answer(self, idempotency: Idempotency) -> Committed | None:
        return self._known(idempotency)

    async def commit(self, append: Append) -> Committed:
        rival, self.before_commit = self.before_commit, None
        if rival is not None:
            rival()
        known = self._known(append.idempotency)
        if known is not None:
            return known
        if append.fence is not None:
            self._check_fence(append.fence)
        taken = {(stored.originator_id, stored.originator_version) for stored in self.stored}
        if any((event.originator_id, event.originator_version) in taken for event in append.events):
            raise VersionConflict
        self._check_accounts(append)
        capacity = self.capacity.copy()
        for change in append.capacity:
            capacity.apply(change, self.now)
        if append.identity is not None:
            if append.identity.email_index in self.identities:
                raise EmailTaken
            self.identities[append.identity.email_index] = append.identity.account_id
        self.capacity = capacity
        self.stored += [encode(event) for event in append.events]
        self.appends.append(append)
        if append.fence is not None and append.fence.closes:
            del self.fences[append.fence.task_id]
        if append.idempotency is not None:
            self._keep(append.idempotency, append.answer)
        return Committed(len(self.stored))

    def _known(self, idempotency: Idempotency | None) -> Committed | None:
        kept = self.answers.get((idempotency.scope, idempotency.key)) if idempotency else None
        if idempotency is None or kept is None:
            return None
        fingerprint, committed = kept
        if fingerprint != idempotency.fingerprint:
            raise IdempotencyMismatch
        return committed

    def _keep(self, idempotency: Idempotency, answer: Answer | None) -> None:
        assert answer is not None
        committed = Committed(len(self.stored), answer)
        self.answers[idempotency.scope, idempotency.key] = idempotency.fingerprint, committed

    def _check_accounts(self, append: Append) -> None:
        erased = {stored.originator_id for stored in self.stored if stored.topic == "account.erased"}
        if erased & set(append.needs):
            raise AccountErased
        if append.erasing is not None and append.erasing.asked_at is not None:
            named = str(append.erasing.account_id).encode()
            newer = (stored for stored in self.stored[append.erasing.asked_at :] if stored.topic not in _ABOUT_REQUESTS)
            if any(named in stored.state for stored in newer):
                raise NotQuiet

    def _check_fence(self, fence: Fence) -> None:
        if self.fences.get(fence.task_id) != fence.number:
            raise StaleFence


def _decoded(stored: StoredEvent) -> Event:
    assert isinstance(stored.originator_id, UUID)
    return decode(stored.originator_id, stored.originator_version, stored.topic, stored.state)
