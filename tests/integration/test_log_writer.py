"""Group commit: appends that wait are written together, and each is answered by itself."""

import asyncio
from collections.abc import Callable
from typing import Any, LiteralString
from uuid import uuid4

import psycopg

from commands.append import Append, Committed, Fence, OutcomeUnknown, Overloaded, VersionConflict
from domain.capacity import SoldOut
from infrastructure import log_writer
from tests.integration.appends import LogOnTheBench, Nights, append, facts
from tests.integration.capacity_cells import soon
from tests.integration.servers import eventually

OURS: LiteralString = "application_name IN ('travellr-test-writer', 'travellr-test-log')"
WRITER: LiteralString = "SELECT pid FROM pg_stat_activity WHERE application_name = 'travellr-test-writer'"


async def until(holds: Callable[[], bool]) -> None:
    """Let the event loop go on until it holds; the test's own deadline is the lock's timeout."""
    for _ in range(1_000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never held")


def commits(bench: LogOnTheBench) -> int:
    """How many transactions have written to the log: a batch is one."""
    count: int = bench.rows("SELECT count(DISTINCT xmin::text) FROM log.events")[0][0]
    return count


def committed(bench: LogOnTheBench, *wanted: Append) -> list[Any]:
    """What becomes of appends that are asked for at once."""
    return bench.together(*((lambda one=one: bench.log.commit(one)) for one in wanted))


def test_what_waits_is_written_in_few_transactions_and_in_the_order_it_came(bench: LogOnTheBench) -> None:
    wanted = [append(*facts()) for _ in range(200)]
    done = committed(bench, *wanted)
    assert [one.position for one in done] == list(range(1, 201))
    assert commits(bench) <= 2


def test_one_refusal_in_a_batch_is_its_own_and_the_others_are_written(bench: LogOnTheBench) -> None:
    nights = Nights(uuid4())
    known = facts()
    bench.commit(*known)
    bench.commit(*facts(), capacity=(nights.opened(1),))
    holds = [append(*facts(), capacity=(nights.hold(uuid4(), until=soon(bench)),)) for _ in range(3)]
    wanted = [append(*facts()), append(*known), *holds, append(*facts())]
    done = committed(bench, *wanted)
    assert [type(one) for one in done] == [Committed, VersionConflict, Committed, SoldOut, SoldOut, Committed]
    assert bench.rows("SELECT held FROM capacity.cell") == [(1,)]
    assert [position for (position,) in bench.rows("SELECT notification_id FROM log.events ORDER BY 1")] == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_two_for_the_same_stream_version_at_once_are_one_success_and_one_conflict(bench: LogOnTheBench) -> None:
    same = facts()
    done = committed(bench, append(*same), append(*same))
    assert sorted(type(one).__name__ for one in done) == ["Committed", "VersionConflict"]


def test_an_append_that_postgresql_cannot_take_fails_alone(bench: LogOnTheBench) -> None:
    odd = append(*facts(), fence=Fence(uuid4(), 2**70))
    wanted = [append(*facts()), odd, append(*facts())]
    done = committed(bench, *wanted)
    assert [isinstance(one, Committed) for one in done] == [True, False, True]
    assert isinstance(done[1], psycopg.Error)


def test_when_the_connection_is_lost_callers_hear_that_it_is_unknown_and_the_next_append_works(
    bench: LogOnTheBench, database_url: str
) -> None:
    bench.commit(*facts())
    with psycopg.connect(database_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(824150001)")

        async def lose() -> list[Any]:
            asked = [asyncio.ensure_future(bench.log.commit(append(*facts()))) for _ in range(3)]
            await until(lambda: bool(bench.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")))
            other.execute("SELECT pg_terminate_backend(pid) FROM (" + WRITER + ") AS writer")
            return await asyncio.gather(*asked, return_exceptions=True)

        lost = bench.loop.run(lose())
    assert {type(one) for one in lost} == {OutcomeUnknown}
    assert bench.commit(*facts()).position == 2


def test_a_full_queue_says_so_and_remembers_no_more(bench: LogOnTheBench, database_url: str) -> None:
    with psycopg.connect(database_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(824150001)")

        async def flood() -> list[Any]:
            many = log_writer.WAITING_MAX + log_writer.BATCH_APPENDS_MAX + 50
            asked = [asyncio.ensure_future(bench.log.commit(append(*facts()))) for _ in range(many)]
            await until(lambda: any(one.done() for one in asked))
            other.rollback()
            return await asyncio.gather(*asked, return_exceptions=True)

        done = bench.loop.run(flood())
    kinds = {type(one) for one in done}
    assert kinds == {Committed, Overloaded}
    written = sum(isinstance(one, Committed) for one in done)
    assert written >= log_writer.WAITING_MAX
    assert bench.rows("SELECT count(*) FROM log.events") == [(written,)]


def test_connections_that_died_while_nobody_asked_cost_nobody_anything(bench: LogOnTheBench, database_url: str) -> None:
    first = facts()
    bench.commit(*first)
    bench.stream(first[0].originator_id)
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE " + OURS)
        eventually(lambda: other.execute("SELECT 1 FROM pg_stat_activity WHERE " + OURS).fetchone() is None)
    assert bench.commit(*facts()).position == 2
    assert bench.stream(first[0].originator_id) == list(first)
