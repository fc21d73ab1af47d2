"""The log as commands see it: a port. The adapter that keeps it in PostgreSQL is in infrastructure/event_log.py."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from commands.append import Append, CellAt, Committed, Idempotency, Streams


class Log(Protocol):
    async def read(self, stream_ids: Sequence[UUID], cells: Sequence[CellAt] = ()) -> Streams:
        """The events of these streams, these cells, and the business clock, all in one round trip.

        A stream that does not exist is an empty list, a cell that does not exist is None.
        """
        ...

    async def known_answer(self, idempotency: Idempotency) -> Committed | None:
        """What this key was answered before. Raises IdempotencyMismatch if it was used for another request."""
        ...

    async def commit(self, append: Append) -> Committed:
        """Write it all or nothing.

        Raises VersionConflict, StaleFence, EmailTaken, IdempotencyMismatch, and the refusals of domain/capacity.py.
        """
        ...
