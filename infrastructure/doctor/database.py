"""PostgreSQL: is it the right one, does it keep what it confirms, is its schema ours, does its clock agree."""

import time
from collections.abc import Iterator
from typing import Final

import psycopg

from infrastructure.doctor.finding import Finding
from infrastructure.embedded import postgres
from infrastructure.settings import Settings

LEAST_VERSION: Final = 160_000
MOST_SKEW_SECONDS: Final = 2.0
# Without any one of these a crash can take back what was confirmed, or damage what is stored without anybody noticing.
MUST_BE_ON: Final = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")


def examine(settings: Settings) -> Iterator[Finding]:
    url, whose = settings.database_url, "embedded" if settings.embedded else "configured"
    if url is None:
        survivor = postgres.find(settings.home / "postgres")
        if survivor is None:
            yield Finding("database", "embedded, not running")
            return
        url, whose = survivor.url("travellr"), "embedded, left running; the next `travellr up` adopts it"
    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
            yield _version(connection, whose)
            yield _durability(connection)
            yield _clock(connection)
        yield _schema(url)
    except psycopg.Error as error:
        yield Finding("database", whose, f"it cannot be used: {str(error).strip().splitlines()[0]}")


def _version(connection: psycopg.Connection, whose: str) -> Finding:
    version = connection.info.server_version
    problem = None if version >= LEAST_VERSION else "it is too old; PostgreSQL 16 or newer is needed"
    return Finding("database", f"{whose}, PostgreSQL {version // 10_000}.{version % 10_000}", problem)


def _durability(connection: psycopg.Connection) -> Finding:
    values = {}
    for name in MUST_BE_ON:
        row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
        values[name] = str(row[0]) if row else "unknown"
    off = [name for name, value in values.items() if value in {"off", "local", "unknown"}]
    found = ", ".join(f"{name} {value}" for name, value in values.items())
    return Finding("durability", found, f"must be on: {', '.join(off)}" if off else None)


def _clock(connection: psycopg.Connection) -> Finding:
    before = time.time()
    row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
    after = time.time()
    # Compared with the middle of the question, so that a slow network does not look like a wrong clock.
    skew = float(row[0]) - (before + after) / 2 if row else 0.0
    problem = "the clocks of this machine and the database disagree" if abs(skew) > MOST_SKEW_SECONDS else None
    return Finding("clock", f"the database is {skew:+.3f} s from here", problem)


def _schema(url: str) -> Finding:
    from domain.refusal import Refusal
    from infrastructure import migrations

    try:
        migrations.check(url)
    except Refusal as refusal:
        return Finding("schema", "not this version's", str(refusal) or (type(refusal).__doc__ or "").strip())
    return Finding("schema", f"{len(migrations.known())} migrations applied")
