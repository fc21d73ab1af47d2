"""Pages of lists: `limit` and an opaque cursor that names the last row seen, so that new rows move nothing."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Generic, Protocol, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel

from api.refusals import FieldError, ValidationFailed
from queries.scope import After, Page

LIMIT_MAX = 200

V = TypeVar("V", bound=BaseModel)
R = TypeVar("R", bound="Row")
W = TypeVar("W", bound="VendorRow")


class Row(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def created_at(self) -> datetime: ...


class VendorRow(Protocol):
    @property
    def vendor_id(self) -> UUID: ...
    @property
    def currency(self) -> str: ...


class Listed(BaseModel, Generic[V]):
    items: list[V]
    next_cursor: str | None = None


Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="How many at most.")]
Cursor = Annotated[str | None, Query(max_length=256, description="`next_cursor` of the page before.")]


def bad_cursor() -> ValidationFailed:
    return ValidationFailed(FieldError("cursor", "is not a cursor that was given out here"))


def written(*parts: str) -> str:
    return base64.urlsafe_b64encode("|".join(parts).encode()).decode().rstrip("=")


def read(cursor: str, parts: int) -> list[str]:
    """Raises ValidationFailed."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise bad_cursor() from None
    found = text.split("|")
    if len(found) != parts or "\x00" in text:
        raise bad_cursor()
    return found


def read_number(cursor: str) -> int:
    """A cursor that is a position. Raises ValidationFailed."""
    (text,) = read(cursor, 1)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise bad_cursor()
    return int(text)


def read_vendor(cursor: str | None) -> tuple[UUID, str]:
    """The vendor and currency behind which the page begins, where there is one row of each. Raises ValidationFailed."""
    if cursor is None:
        return UUID(int=0), ""
    vendor_id, currency = read(cursor, 2)
    try:
        return UUID(vendor_id), currency
    except ValueError:
        raise bad_cursor() from None


async def _page(limit: Limit = 50, cursor: Cursor = None) -> Page:
    if cursor is None:
        return Page(limit)
    at, row_id = read(cursor, 2)
    try:
        after = After(datetime.fromisoformat(at), UUID(row_id))
    except ValueError:
        raise bad_cursor() from None
    if after.created_at.tzinfo is None:
        raise bad_cursor()
    return Page(limit, after)


ThePage = Annotated[Page, Depends(_page)]


def listed(rows: Sequence[R], page: Page, view: Callable[[R], V]) -> Listed[V]:
    """A page of at most `limit` rows; one row more was asked for to see if there is another page."""
    shown = rows[: page.limit]
    return found(shown, After(shown[-1].created_at, shown[-1].id) if len(rows) > page.limit else None, view)


def vendors_listed(rows: Sequence[W], limit: int, view: Callable[[W], V]) -> Listed[V]:
    """As `listed`, for rows in the order of vendor and currency; the cursor is for `read_vendor`."""
    shown = rows[:limit]
    more = written(str(shown[-1].vendor_id), shown[-1].currency) if len(rows) > limit else None
    return Listed(items=[view(row) for row in shown], next_cursor=more)


def found(rows: Sequence[R], more_after: After | None, view: Callable[[R], V]) -> Listed[V]:
    """These rows, and where the next page begins, if there is one."""
    more = written(more_after.created_at.isoformat(), str(more_after.id)) if more_after else None
    return Listed(items=[view(row) for row in rows], next_cursor=more)
