"""The log in PostgreSQL: an append is whole or nothing, positions have no gaps, refusals have names."""

import threading
from contextlib import suppress
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from commands.append import (
    Answer,
    ClaimIdentity,
    Idempotency,
    VersionConflict,
)
from domain.capacity import SoldOut
from domain.root import Event
from infrastructure.event_codec import encode
from infrastructure.event_log import head_of
from infrastructure.log_tail import read_next
from tests.integration.appends import FAR, LogOnTheBench, Nights, append, facts, positions


class TestWholeOrNothing:
    def test_events_of_several_streams_are_read_back_as_they_were(self, bench: LogOnTheBench) -> None:
        first, second = facts(3), facts(2)
        assert bench.commit(*first, *second).position == 5
        assert bench.stream(first[0].originator_id) == list(first)
        assert bench.stream(second[0].originator_id) == list(second)
        assert bench.stream(uuid4()) == []

    def test_a_conflict_in_the_second_stream_leaves_nothing_of_the_first(self, bench: LogOnTheBench) -> None:
        taken = facts(2)
        bench.commit(*taken)
        before = bench.everything()
        with pytest.raises(VersionConflict):
            bench.commit(*facts(2), taken[1])
        assert bench.everything() == before

    def test_sold_out_leaves_nothing(self, bench: LogOnTheBench, nights: Nights) -> None:
        bench.commit(*facts(), capacity=(nights.opened(1),))
        before = bench.everything()
        idempotency, answer = Idempotency(uuid4(), "key", "print"), Answer(201, b"{}")
        with pytest.raises(SoldOut):
            bench.commit(
                *facts(2),
                capacity=(nights.hold(uuid4(), until=FAR), nights.hold(uuid4(), until=FAR)),
                identity=ClaimIdentity(uuid4(), "index", "key"),
                idempotency=idempotency,
                answer=answer,
            )
        assert bench.everything() == before

    def test_positions_have_no_gaps_after_refusals_and_rollbacks(self, bench: LogOnTheBench) -> None:
        known = facts(2)
        bench.commit(*known)
        with pytest.raises(VersionConflict):
            bench.commit(*known)
        with suppress(psycopg.Rollback), bench.sql.transaction():
            bench.sql.execute("""SELECT log.append('{1}', %s, '{1}', '{x}', '{x}', '{"{}"}')""", ([uuid4()],))
            raise psycopg.Rollback
        bench.commit(*facts(3))
        assert positions(bench) == [1, 2, 3, 4, 5]


def test_sixteen_writers_leave_no_gap_in_positions_and_streams(bench: LogOnTheBench) -> None:
    shared = facts(1)
    bench.commit(*shared)

    async def write(mine: tuple[Event, ...]) -> int:
        """Own streams, and one that all of them fight for."""
        conflicts = 0
        for n in range(8):
            await bench.log.commit(append(*mine[3 * n : 3 * n + 3]))
            while True:
                stream = (await bench.log.read((shared[0].originator_id,))).events[shared[0].originator_id]
                try:
                    await bench.log.commit(append(*facts(1, after=stream)))
                    break
                except VersionConflict:
                    conflicts += 1
        return conflicts

    streams = [facts(24) for _ in range(16)]
    done = bench.together(*((lambda mine=mine: write(mine)) for mine in streams))
    assert [one for one in done if isinstance(one, BaseException)] == []
    assert sum(one for one in done if isinstance(one, int)) > 0
    assert positions(bench) == list(range(1, 1 + 1 + 16 * 24 + 16 * 8))
    counted = bench.rows(
        "SELECT count(*), min(originator_version), max(originator_version) FROM log.events GROUP BY originator_id"
    )
    assert sorted(counted) == sorted([(24, 1, 24)] * 16 + [(129, 1, 129)])


def test_a_follower_never_sees_a_position_before_all_that_are_below_it(bench: LogOnTheBench) -> None:
    """While sixteen write, what is read after the last position seen is always the very next one."""
    seen: list[int] = []

    async def write() -> None:
        for _ in range(10):
            await bench.log.commit(append(*facts(2)))

    def follow() -> None:
        while len(seen) < 320:
            read = read_next(bench.sql, len(seen), head_of(bench.sql), [facts(2)[0].TOPIC, facts(2)[1].TOPIC], 50)
            seen.extend(row[0] for row in read.rows)

    reader = threading.Thread(target=follow, daemon=True)
    reader.start()
    assert [one for one in bench.together(*([write] * 16)) if isinstance(one, BaseException)] == []
    reader.join(15)
    assert seen == list(range(1, 321))


def test_the_librarys_own_recorder_reads_our_table(bench: LogOnTheBench, database_url: str) -> None:
    events = facts(4)
    bench.commit(*events, *facts(2))
    place = conninfo_to_dict(database_url)
    with PostgresDatastore(
        str(place["dbname"]), str(place["host"]), place.get("port") or 5432, str(place["user"]), "", schema="log"
    ) as datastore:
        recorder = PostgresApplicationRecorder(datastore, events_table_name="events")
        stored = list(recorder.select_events(events[0].originator_id))
        assert stored == [encode(event) for event in events]
        assert [one.id for one in recorder.select_notifications(start=2, limit=3)] == [2, 3, 4]
        assert recorder.max_notification_id() == 6


class TestTheRunningRole:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE log.events SET topic = 'x'",
            "DELETE FROM log.events",
            "TRUNCATE log.events",
            "UPDATE log.idempotency SET status = 500",
            "DELETE FROM log.idempotency",
            "ALTER TABLE log.events DROP COLUMN metadata",
            "DROP TABLE log.events",
            "CREATE TABLE log.more (x int)",
        ],
    )
    def test_it_may_not_change_what_is_written(self, bench: LogOnTheBench, statement: str) -> None:
        bench.commit(*facts())
        with pytest.raises(errors.InsufficientPrivilege):
            bench.sql.execute(statement.encode())
        assert positions(bench) == [1]

    def test_it_may_read_and_add(self, bench: LogOnTheBench) -> None:
        assert bench.rows("SELECT current_user") == [("travellr_app",)]
        bench.commit(*facts())
        assert len(bench.rows("SELECT * FROM log.events")) == 1
