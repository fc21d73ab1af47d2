"""What is read of the log at once fits into memory, however large its events are, and nothing of it is left out."""

from collections.abc import Iterator, Sequence
from typing import cast
from uuid import uuid4

import pytest

from domain.root import Event
from domain.vendor import Vendor
from infrastructure.event_log import head_of
from infrastructure.log_tail import BYTES_MAX, Read, read_next
from tests.integration.appends import T0, LogOnTheBench, log_on_the_bench

TOPICS = ("vendor.enrolled", "vendor.payouts_held")
HALF, WHOLE = BYTES_MAX // 2, BYTES_MAX


@pytest.fixture
def bench(database_url: str) -> Iterator[LogOnTheBench]:
    with log_on_the_bench(database_url) as bench:
        yield bench


def told(bench: LogOnTheBench, *sizes: int) -> None:
    """A stream for each of these, of two events: the second has a text of this size."""
    for size in sizes:
        vendor = Vendor.enrol(vendor_id=uuid4(), now=T0)
        vendor.hold_payouts(reason="x" * size, now=T0)
        bench.commit(*cast("Sequence[Event]", vendor.collect_events()))


def reads(bench: LogOnTheBench, limit: int = 4_000) -> list[Read]:
    """The whole log, read after read."""
    head, made = head_of(bench.sql), [Read([], 0)]
    while made[-1].read_to < head:
        made.append(read_next(bench.sql, made[-1].read_to, head, TOPICS, limit))
    return made[1:]


def positions(read: Read) -> list[int]:
    return [row[0] for row in read.rows]


def test_small_events_are_one_read(bench: LogOnTheBench) -> None:
    told(bench, 300, 300, 300)
    (read,) = reads(bench)
    assert (positions(read), read.read_to) == ([1, 2, 3, 4, 5, 6], 6)


def test_large_events_are_parted_each_read_to_the_position_of_its_last(bench: LogOnTheBench) -> None:
    told(bench, HALF, HALF, HALF, 10)
    assert [(positions(read), read.read_to) for read in reads(bench)] == [([1, 2, 3, 4], 4), ([5, 6, 7, 8], 8)]


def test_one_that_is_larger_than_a_read_is_read_all_the_same(bench: LogOnTheBench) -> None:
    told(bench, 2 * WHOLE, 10, 2 * WHOLE)
    assert [positions(read) for read in reads(bench)] == [[1, 2], [3, 4, 5, 6]]
    assert [positions(read) for read in reads(bench, 1)] == [[1], [2], [3], [4], [5], [6]]


def test_whatever_the_sizes_every_event_is_read_once_and_no_read_is_much_too_large(bench: LogOnTheBench) -> None:
    sizes = [(n * 777_919) % HALF for n in range(40)]
    told(bench, *sizes)
    made = reads(bench, 9)
    assert [position for read in made for position in positions(read)] == list(range(1, 81))
    assert len(made) > 80 // 9
    for read in made:
        assert sum(len(row[-1]) for row in read.rows[:-1]) < BYTES_MAX
