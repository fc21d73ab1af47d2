"""What a command writes, as one value; the log commits it whole or refuses it whole."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.actor import Actor
from domain.capacity import CapacityChange, Cell
from domain.refusal import Refusal
from domain.root import Event


class VersionConflict(Exception):  # noqa: N818 - not an error: dispatch decides again on the new state
    """Someone else appended to one of these streams first."""


class StaleFence(Exception):  # noqa: N818 - not an error: another worker has the task now
    """The task was leased to another worker meanwhile; what this one did is recorded by the other."""


class Overloaded(Exception):  # noqa: N818 - not an error of the request: it was never begun
    """More appends wait than can be remembered; try again in a moment."""


class OutcomeUnknown(Exception):  # noqa: N818 - not a failure: it may have been written
    """The connection was lost before PostgreSQL answered: ask again with the same idempotency key, and find out."""


class IdempotencyMismatch(Refusal):
    """This idempotency key was used for another request."""


class NotQuiet(Refusal):
    """Something has just happened that concerns this account; try again."""


class Busy(Refusal):
    """Too many others are changing the same thing; try again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client was told: HTTP status, JSON body and version of the resource."""

    status: int
    body: bytes
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A client's key for one request, within `scope` (its account). `fingerprint` tells requests apart."""

    scope: UUID
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Meta:
    """Who did it, by which command, in which request, because of what. Ids only, never personal data."""

    by: Actor
    command: str
    correlation_id: str
    causation_id: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimIdentity:
    """Reserve an e-mail address (as a keyed hash) for an account, and keep the person's wrapped key; EmailTaken."""

    account_id: UUID
    email_index: str
    wrapped_key: str


@dataclass(frozen=True, slots=True)
class Erasing:
    """An account is erased. `asked_at` is the position up to which it was asked whether anything of it is open: an
    event behind it that names the account refuses the append with NotQuiet. None asks nothing.
    """

    account_id: UUID
    asked_at: int | None


@dataclass(frozen=True, slots=True)
class Fence:
    """The lease under which a task is done: checked, and by default the task closed, in the append's transaction."""

    task_id: UUID
    number: int
    closes: bool = True


@dataclass(frozen=True, slots=True)
class Append:
    """`needs` are the accounts that must not have been erased; AccountErased if one was."""

    events: tuple[Event, ...]
    meta: Meta
    capacity: tuple[CapacityChange, ...] = ()
    identity: ClaimIdentity | None = None
    needs: tuple[UUID, ...] = ()
    erasing: Erasing | None = None
    idempotency: Idempotency | None = None
    answer: Answer | None = None
    fence: Fence | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.events or self.capacity or self.identity or self.idempotency or self.fence)


@dataclass(frozen=True, slots=True)
class Committed:
    """`position` of the last event; `replayed` is the answer that a known idempotency key was given before."""

    position: int
    replayed: Answer | None = None


@dataclass(frozen=True, slots=True)
class CellAt:
    """The cell of a listing that starts then (and ends then, if given)."""

    listing_id: UUID
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Streams:
    """Events by stream, in order; the business clock and the position of the newest event at the time of reading."""

    now: datetime
    head: int
    events: dict[UUID, list[Event]]
    cells: dict[CellAt, Cell | None]
