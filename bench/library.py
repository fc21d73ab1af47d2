"""The eventsourcing library as a contestant: its stock PostgreSQL recorder, application and aggregates, in threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from bench.loops import threads_per_s
from bench.makings import VENDOR, ready_state
from infrastructure.new_id import new_id

WRITERS_MAX = 32


class Listing(Aggregate):
    """As large as ours, and changed as often."""

    def __init__(self, *, vendor_id: UUID, title: str, description: str, price_minor: int, terms: str) -> None:
        self.vendor_id = vendor_id
        self.title = title
        self.description = description
        self.price_minor = price_minor
        self.terms = terms
        self.status = "draft"

    @event("Changed")
    def change(self, status: str) -> None:
        self.status = status


_TERMS = '{"name":"non_refundable","tiers":[{"before":"PT0S","refund_bp":0}],"fee_minor":0,"partial":"refused"}'
_CHANGES = ("published", *("paused", "published") * 3)


class Library:
    def __init__(self, recorder: PostgresApplicationRecorder, application: Application[UUID]) -> None:
        self._recorder = recorder
        self._application = application
        self._stories: dict[int, Iterator[None]] = {}
        self._state = ready_state()

    def appends_per_s(self, writers: int, seconds: float) -> float:
        """Ready events alone, one for each call of the recorder."""
        return threads_per_s(self._insert, writers, seconds)

    def saves_per_s(self, writers: int, seconds: float) -> float:
        """The whole write path: get the aggregate, change it, save it."""
        return threads_per_s(self._next_save, writers, seconds)

    def _insert(self, _: int) -> None:
        self._recorder.insert_events([StoredEvent(new_id(), 1, "payment.settled", self._state)])

    def _next_save(self, writer: int) -> None:
        story = self._stories.get(writer)
        if story is None or next(story, self) is self:
            self._stories[writer] = self._life_of_a_listing()
            next(self._stories[writer])

    def _life_of_a_listing(self) -> Iterator[None]:
        """Eight saves of one event each, as in `makings.life_of_a_listing`."""
        assert VENDOR.account_id is not None
        listing = Listing(
            vendor_id=VENDOR.account_id,
            title="Kayak at dawn",
            description="Two hours on the bay.",
            price_minor=4_500,
            terms=_TERMS,
        )
        self._application.save(listing)
        yield
        for status in _CHANGES:
            found: Listing = self._application.repository.get(listing.id)
            found.change(status)
            self._application.save(found)
            yield


def environment(url: str) -> dict[str, str]:
    """How the library is told where its database is."""
    parts = conninfo_to_dict(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(parts["dbname"]),
        "POSTGRES_HOST": str(parts["host"]),
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": str(parts["user"]),
        "POSTGRES_PASSWORD": "no password: the socket is the key",
        "POSTGRES_POOL_SIZE": str(WRITERS_MAX),
    }


@contextmanager
def library(url: str) -> Iterator[Library]:
    given: dict[str, Any] = environment(url)
    datastore = PostgresDatastore(
        given["POSTGRES_DBNAME"],
        given["POSTGRES_HOST"],
        given["POSTGRES_PORT"],
        given["POSTGRES_USER"],
        given["POSTGRES_PASSWORD"],
        pool_size=WRITERS_MAX,
    )
    recorder = PostgresApplicationRecorder(datastore, events_table_name="ready_events")
    recorder.create_table()
    try:
        with Application[UUID](env=given) as application:
            yield Library(recorder, application)
    finally:
        datastore.close()
