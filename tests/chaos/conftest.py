"""What the tests that kill things share: a seed that can be given, and is printed when one fails."""

import os
import secrets
from collections.abc import Callable
from random import Random

import pytest


@pytest.fixture
def say() -> Callable[[str], None]:
    """For figures and seeds: pytest shows them with a test that fails, and with `-s`."""
    return print


@pytest.fixture
def seed(say: Callable[[str], None]) -> int:
    """TRAVELLR_TEST_SEED, or a new one, with which a failed run can be repeated as far as chance is ours."""
    given = os.environ.get("TRAVELLR_TEST_SEED")
    chosen = int(given) if given else secrets.randbelow(2**32)
    say(f"TRAVELLR_TEST_SEED={chosen}")
    return chosen


@pytest.fixture
def random(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - chance that can be repeated, not secrets
