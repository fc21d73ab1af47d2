"""What a job of housekeeping is, and what it works with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure.settings import Settings

Database = Connection[TupleRow]


@dataclass(frozen=True, slots=True)
class House:
    """`now` is the business clock's, in UTC; what is kept for so many days counts them by the real clock.

    `database` commits by itself. `dispatch` carries out a command of the system's own; it raises Refusal.
    `since` has the archive look further back than its last run did.
    """

    settings: Settings
    database: Database
    dispatch: Callable[[Any], Any]
    now: datetime
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """`found` counts what there is to do and changes nothing. `steps` does it, a bounded part at a time, and yields how
    many things each part was; it may be broken off behind any of them, and begun again, by another process.

    `committed_whole`: a step changes nothing but this database, so it is committed together with its count.
    """

    name: str
    does: str
    found: Callable[[House], int]
    steps: Callable[[House], Iterator[int]]
    committed_whole: bool = True
