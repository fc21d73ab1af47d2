"""The call of log.append (migrations/0003_append.sql): a batch of appends as arrays, and what its answers mean."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from eventsourcing.persistence import StoredEvent

from commands.append import Append, IdempotencyMismatch, NotQuiet, StaleFence, VersionConflict
from domain.account import AccountErased, EmailTaken
from domain.capacity import (
    BelowSold,
    CapacityChange,
    ClaimLost,
    NoSuchCells,
    OpenedAlready,
    SoldOut,
    TakeClaim,
    TooManyHolds,
)
from infrastructure.event_codec import encode_meta
from infrastructure.pg_arrays import Array, Bigints, Bytes, Integers, Texts, Uuids

REFUSALS: Final[dict[str, type[Exception]]] = {
    "TV001": VersionConflict,
    "TV002": SoldOut,
    "TV003": ClaimLost,
    "TV004": OpenedAlready,
    "TV005": EmailTaken,
    "TV006": IdempotencyMismatch,
    "TV007": StaleFence,
    "TV008": TooManyHolds,
    "TV009": BelowSold,
    "TV010": NoSuchCells,
    "TV011": AccountErased,
    "TV012": NotQuiet,
}

APPEND: Final = """
    SELECT start_head, refused FROM log.append(
        %b::integer[], %b::uuid[], %b::bigint[], %b::text[], %b::bytea[],
        %b::text[], %b::text[]::jsonb[], %b::uuid[], %b::text[], %b::text[],
        %b::uuid[], %b::text[], %b::text[], %b::smallint[], %b::bytea[], %b::bigint[], %b::integer[],
        %b::uuid[], %b::bigint[], %b::boolean[],
        %b::integer[], %b::uuid[], %b::uuid[], %b::timestamptz[], %b::timestamptz[],
        %b::integer[], %b::timestamptz[], %b::uuid[], %b::integer[],
        %b::integer[], %b::uuid[], %b::uuid[], %b::bigint[])
"""

_HOLD: Final = (
    *("booking_id", "listing_id", "starts_at", "ends_at", "quantity", "expires_at", "traveller_id", "holds_max"),
)


def arrays_of(batch: Sequence[tuple[Append, Sequence[StoredEvent]]]) -> list[Array | list[Any] | None]:
    """Appends and their events, encoded: five arrays with an element for each event, the rest with one for each append.

    What no append of the batch needs is NULL as a whole, and costs nothing.
    """
    events = [(n, event) for n, (_, stored) in enumerate(batch, 1) for event in stored]
    appends = [append for append, _ in batch]
    return [
        Integers.of([n for n, _ in events]),
        Uuids.of([event.originator_id for _, event in events]),
        Bigints.of([event.originator_version for _, event in events]),
        Texts.of([event.topic for _, event in events]),
        Bytes.of([event.state for _, event in events]),
        Texts.of([encode_meta(append.meta) for append in appends]),
        _changes(appends),
        *_columns([append.identity for append in appends], ("account_id", "email_index", "wrapped_key")),
        *_columns([append.idempotency for append in appends], ("scope", "key", "fingerprint")),
        *_columns([append.answer for append in appends], ("status", "body", "version")),
        [len(append.events) for append in appends] if any(append.idempotency for append in appends) else None,
        *_columns([append.fence for append in appends], ("task_id", "number", "closes")),
        *_holds(appends),
        *_needs(appends),
        *_columns([append.erasing for append in appends], ("account_id", "asked_at")),
    ]


def _columns(values: Sequence[Any], names: tuple[str, ...]) -> list[list[Any] | None]:
    """One array for each attribute, with NULL where an append has no such value."""
    if not any(values):
        return [None] * len(names)
    return [[value and getattr(value, name) for value in values] for name in names]


def _needs(appends: Sequence[Append]) -> list[list[Any] | None]:
    """Which appends need accounts to be there, and the accounts."""
    pairs = [(n, account_id) for n, append in enumerate(appends, 1) for account_id in append.needs]
    return [[n for n, _ in pairs], [account_id for _, account_id in pairs]] if pairs else [None, None]


def _is_plain_hold(append: Append) -> bool:
    """Whether all it wants of the capacity is one departure: then log.append judges it with others of its kind."""
    changes = append.capacity
    return len(changes) == 1 and isinstance(changes[0], TakeClaim) and changes[0].cells == 1


def _changes(appends: Sequence[Append]) -> list[str | None] | None:
    """The changes of capacity, as JSON, of appends that are more than a plain hold."""
    if all(not append.capacity or _is_plain_hold(append) for append in appends):
        return None
    return [_as_json(append.capacity) if not _is_plain_hold(append) else None for append in appends]


def _as_json(changes: Sequence[CapacityChange]) -> str | None:
    if not changes:
        return None
    return msgspec.json.encode(
        [{"op": type(change).__name__, **msgspec.to_builtins(change)} for change in changes]
    ).decode()


def _holds(appends: Sequence[Append]) -> list[list[Any] | None]:
    """The plain holds: which appends they are of, and one array for each attribute."""
    numbers = [n for n, append in enumerate(appends, 1) if _is_plain_hold(append)]
    if not numbers:
        return [None] * (1 + len(_HOLD))
    holds = [appends[n - 1].capacity[0] for n in numbers]
    return [numbers, *([getattr(hold, name) for hold in holds] for name in _HOLD)]
