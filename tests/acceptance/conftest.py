"""One running system for all journeys of a test process; each journey brings its own people and listings."""

from collections.abc import Iterator

import pytest

from tests.acceptance.system import System, running_system


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    with running_system() as running:
        yield running
