"""What auditors ask for may be as long as the log: it takes as much memory as a short one."""

import tracemalloc
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from api.audit_files import Form, event_file
from infrastructure.audit.head_checks import Heads
from infrastructure.audit.heads import Head, sign
from infrastructure.audit.heads_file import HeadsFile
from infrastructure.audit.keys import SealKeys
from infrastructure.embedded.postgres import PostgresServer
from queries.events import EventFilter, Span
from queries.seal import HEAD_COLUMNS
from tests.integration.conftest import Http
from tests.integration.sealed import Sealed, sealed_log
from tests.integration.servers import own_database
from tests.integration.test_auditors import crowd

pytestmark = pytest.mark.anyio

FEW, MANY = 4_000, 40_000
HEADS = 12_000
# A thousand heads of each side at a time are under two megabytes; all of these would be twenty.
HEADS_BYTES_MAX = 5_000_000


@pytest.fixture
def sealed(cluster: PostgresServer, tmp_path: Path) -> Iterator[Sealed]:
    with own_database(cluster) as url, sealed_log(url, tmp_path / "home", events=5, heads=1) as sealed:
        yield sealed


async def peak_of(pieces: AsyncIterator[Any]) -> tuple[int, int]:
    """The most bytes of Python objects while it is read, and how long it is."""
    length = 0
    tracemalloc.start()
    try:
        async for piece in pieces:
            length += len(piece)
        return tracemalloc.get_traced_memory()[1], length
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", ["jsonl", "csv"])
async def test_a_file_of_ten_times_the_events_takes_no_more_memory(http: Http, form: Form) -> None:
    await http.join("vera", "vendor")
    crowd(http, MANY)
    pool = http.app.state.edge.house.reads
    few, many = [
        await peak_of(event_file(pool, form, EventFilter(), Span(0, upto)).body_iterator)  # type: ignore[attr-defined]
        for upto in (FEW, MANY)
    ]
    assert many[1] > 9 * few[1]
    assert many[0] < 1.3 * few[0], f"{few[0]:,} bytes at {FEW:,} events, {many[0]:,} at {MANY:,}"


def shuffled(lines: list[str]) -> list[str]:
    Random(3).shuffle(lines)  # noqa: S311 - the order of a test
    return lines


@pytest.mark.parametrize("order", [list, shuffled])
def test_heads_are_gone_through_and_not_gathered(
    sealed: Sealed, tmp_path: Path, order: Callable[[list[str]], list[str]]
) -> None:
    last = sealed.delivered[-1]
    heads = [*sealed.delivered, *(another(sealed.keys, last, number) for number in range(last.number + 1, HEADS + 1))]
    question = f"COPY seal.head ({HEAD_COLUMNS}) FROM STDIN".encode()
    with sealed.database.cursor() as cursor, cursor.copy(question) as copy:
        for head in heads[len(sealed.delivered) :]:
            copy.write_row(astuple(head))
    path = tmp_path / "heads.jsonl"
    path.write_text("".join(f"{line}\n" for line in order([head.line for head in heads])))
    del heads
    tracemalloc.start()
    try:
        found = Heads(sealed.database, sealed.keys.believed, HeadsFile(path))
        deque(found.trusted(), maxlen=0)
        assert [*found.forged, *found.between_themselves(last.tree_size)] == []
        assert tracemalloc.get_traced_memory()[1] < HEADS_BYTES_MAX
    finally:
        tracemalloc.stop()
    assert (found.kept_count, found.delivered_count) == (HEADS, HEADS)


def another(keys: SealKeys, head: Head, number: int) -> Head:
    """A head of the same tree."""
    return sign(keys, number, "minute", head.tree_size, head.root, head.chain, datetime(2026, 11, 1, tzinfo=UTC))
