"""Ids sort by time and cannot be guessed."""

import time
from uuid import RFC_4122

from infrastructure.new_id import new_id

MADE = 2_000


def test_it_is_a_uuid_of_version_7() -> None:
    assert {(made.version, made.variant) for made in (new_id() for _ in range(MADE))} == {(7, RFC_4122)}


def test_it_says_when_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    made_ms = new_id().int >> 80
    assert before <= made_ms <= time.time_ns() // 1_000_000


def test_every_other_bit_is_sometimes_set_and_sometimes_not() -> None:
    """In 2,000 ids a random bit has always the same value once in 2 to the 1,999."""
    random = (1 << 76) - 1 & ~(0b11 << 62)
    ids = [new_id().int for _ in range(MADE)]
    ever, always = 0, -1
    for made in ids:
        ever, always = ever | made, always & made
    assert (ever & random, always & random) == (random, 0)
    assert random.bit_count() == 74
