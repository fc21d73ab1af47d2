"""Who asks, as far as a question needs to know it, and where a page of a list begins."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from domain.actor import Actor


class Shared(Protocol):
    """A row that belongs to a traveller and a vendor."""

    @property
    def traveller_id(self) -> UUID: ...
    @property
    def vendor_id(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class After:
    """The last row of the page before: newest first, ties by id."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Page:
    """At most `limit` rows, from the one behind `after`."""

    limit: int
    after: After | None = None

    def parameters(self) -> dict[str, Any]:
        """`limit` asks for one row more than wanted: whether there is one tells if there is another page."""
        after = self.after
        return {
            "limit": self.limit + 1,
            "after_at": after.created_at if after else None,
            "after_id": after.id if after else None,
        }


def newest_first(id_column: str) -> str:
    """The condition and order of a list that is read newest first, stable while rows are added."""
    return (
        f" AND (%(after_at)s::timestamptz IS NULL OR (created_at <= %(after_at)s"
        f" AND (created_at < %(after_at)s OR {id_column} > %(after_id)s)))"
        f" ORDER BY created_at DESC, {id_column}"
    )


def behind(id_column: str) -> str:
    """A page of such a list."""
    return f"{newest_first(id_column)} LIMIT %(limit)s"


def own(actor: Actor) -> dict[str, Any]:
    """Parameters for `OWN`: what a traveller or a vendor may see is theirs; staff see everything."""
    return {
        "traveller": actor.account_id if actor.role == "traveller" else None,
        "vendor": actor.account_id if actor.role == "vendor" else None,
        "staff": actor.is_staff,
    }


def may_see(actor: Actor, row: Shared) -> bool:
    """The same as `OWN`, of a row that has been read."""
    mine = row.vendor_id if actor.role == "vendor" else row.traveller_id if actor.role == "traveller" else None
    return actor.is_staff or (mine is not None and mine == actor.account_id)


OWN = "(%(staff)s OR traveller_id = %(traveller)s OR vendor_id = %(vendor)s)"
