"""A follower takes a batch of events in parts that fit into memory."""

from workers.follower import PORTION_BYTES, portions


def row(position: int, size: int) -> tuple[int, bytes]:
    return position, b"x" * size


def test_small_events_are_one_part() -> None:
    rows = [row(position, 300) for position in (3, 5, 8)]
    assert list(portions(rows, 20)) == [(rows, 20)]


def test_no_events_still_move_the_checkpoint() -> None:
    assert list(portions([], 20)) == [([], 20)]


def test_large_events_are_parted_each_at_the_position_of_its_last() -> None:
    rows = [row(position, PORTION_BYTES // 2) for position in (3, 5, 8, 9, 12)]
    assert list(portions(rows, 20)) == [(rows[:2], 5), (rows[2:4], 9), (rows[4:], 20)]


def test_one_that_is_larger_than_a_part_is_one_of_its_own() -> None:
    rows = [row(3, 10), row(5, 2 * PORTION_BYTES), row(8, 10)]
    assert list(portions(rows, 8)) == [(rows[:1], 3), (rows[1:2], 5), (rows[2:], 8)]
