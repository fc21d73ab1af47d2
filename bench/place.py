"""A throw-away PostgreSQL, durable as in production, for the length of a run."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure.embedded import postgres
from infrastructure.embedded.postgres_account import programs, server_account
from infrastructure.embedded.postgres_place import discard_place
from infrastructure.migrations import migrate


@dataclass(frozen=True, slots=True)
class Place:
    server: postgres.PostgresServer
    folder: Path
    programs: Path

    def migrated(self, name: str) -> str:
        """The address of a database with our schema."""
        url = self.empty(name)
        migrate(url)
        return url

    def empty(self, name: str) -> str:
        self.server.ensure_database(name)
        return self.server.url(name)


@contextmanager
def place() -> Iterator[Place]:
    """On a disk, never in memory: a commit that does not reach a disk says nothing."""
    disk = Path("/var/tmp")  # noqa: S108 - mkdtemp makes a folder of its own in it
    folder = Path(tempfile.mkdtemp(prefix="travellr-bench-", dir=disk if disk.is_dir() else None))
    try:
        server = postgres.start(folder, durable=True)
        try:
            yield Place(server, folder, programs(server_account()))
        finally:
            server.stop()
            discard_place(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def superuser(url: str) -> Connection[TupleRow]:
    """A connection that may do what the running system may not."""
    return psycopg.connect(url, autocommit=True)
