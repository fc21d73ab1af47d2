"""The log as commands see it: a port. The adapter that keeps it in PostgreSQL is in infrastructure/event_log.py."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from commands.append import Append, Committed, Idempotency, Streams
from domain.capacity import Cell


class Log(Protocol):
    async def read(self, stream_ids: Sequence[UUID]) -> Streams:
        """The events of these streams, and the business clock. A stream that does not exist is an empty list."""
        ...

    async def cell(self, listing_id: UUID, starts_at: datetime, ends_at: datetime | None) -> Cell | None:
        """The cell of a listing that starts then (and ends then, if given)."""
        ...

    async def known_answer(self, idempotency: Idempotency) -> Committed | None:
        """What this key was answered before. Raises IdempotencyMismatch if it was used for another request."""
        ...

    async def commit(self, append: Append) -> Committed:
        """Write it all or nothing.

        Raises VersionConflict, StaleFence, SoldOut, ClaimLost, OpenedAlready, EmailTaken, IdempotencyMismatch.
        """
        ...
