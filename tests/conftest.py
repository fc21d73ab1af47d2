"""A real PostgreSQL, Valkey and sandbox Stripe for every test process, and a database of its own for every test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infrastructure.embedded import postgres
from infrastructure.embedded import valkey as embedded_valkey
from infrastructure.embedded.postgres_place import discard_place
from infrastructure.migrations import migrate
from infrastructure.settings import Settings, load_settings
from tests.integration.servers import TEMPLATE, StripeSandbox, own_database, start_sandbox


def throw_away_folder() -> Path:
    """In memory if there is room: a new database for every test takes 0.05 s there, ten times as long on a disk."""
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of its own in it
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 1024**3
    return Path(tempfile.mkdtemp(prefix="travellr-test-", dir=memory if roomy else None))


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.PostgresServer]:
    """A throw-away PostgreSQL server; fsync is off, which only tests of durability would notice."""
    folder = throw_away_folder()
    server = postgres.start(folder, durable=False)
    try:
        server.ensure_database(TEMPLATE)
        migrate(server.url(TEMPLATE))
        yield server
    finally:
        server.stop()
        discard_place(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def valkey() -> Iterator[embedded_valkey.ValkeyServer]:
    """A throw-away Valkey, shared by the tests of a process."""
    folder = Path(tempfile.mkdtemp(prefix="travellr-test-valkey-"))
    server = embedded_valkey.start(folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def stripe_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeSandbox]:
    """A sandbox Stripe, shared by the tests of a process; ask for `stripe_sandbox` to use it."""
    sandbox = start_sandbox(tmp_path_factory.mktemp("stripe"))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def stripe_sandbox(stripe_process: StripeSandbox) -> Iterator[StripeSandbox]:
    """The sandbox Stripe, without faults before and after the test."""
    stripe_process.heal()
    yield stripe_process
    stripe_process.heal()


@pytest.fixture
def database_url(cluster: postgres.PostgresServer) -> Iterator[str]:
    """A migrated, empty database, dropped after the test."""
    with own_database(cluster) as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """The settings of a sandbox on this test's database; secrets are made in its own folder."""
    return load_settings({}, home=tmp_path / "home", database_url=database_url)
