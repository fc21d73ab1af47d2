"""Replays beside the live read models: certified, compared, killed and gone on with, and tidied up."""

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import sql

from infrastructure.audit.replay_certificate import digest
from infrastructure.audit.replay_run import Pace, Paused, ReplayTaken, advance, replay_connection
from infrastructure.audit.replay_tables import alone, clean_up, schema_of
from infrastructure.differences import difference
from infrastructure.replay import SCRATCH, recompute
from infrastructure.replay_console import run
from projections.catalogue import PROJECTIONS
from queries.replays import REPLAYS_MAX, ReplayOrder, order_replay
from tests.integration.busywork import Writer, at_the_same_time
from tests.integration.command_line import command
from tests.integration.journey import Journey, whole_journey
from tests.integration.servers import eventually
from tests.integration.world import FOLLOWED, World, running, superuser
from workers.perform import perform

FAST = Pace(10_000_000)


@pytest.fixture
def told(world: World) -> Journey:
    journey = whole_journey(world)
    world.follow()
    return journey


@pytest.fixture
def little(world: World) -> Journey:
    """A world in which a little has happened."""
    journey = Journey(world)
    journey.cancelled(journey.confirmed())
    journey.earned(journey.confirmed())
    world.follow()
    return journey


def ordered(world: World, *names: str, upto: int | None = None, keep: bool = False, as_task: bool = True) -> UUID:
    order = ReplayOrder(uuid4(), None, names or tuple(PROJECTIONS), None, upto, keep, as_task)

    async def commit() -> bool:
        async with world.hands.container.reads.connection() as connection:
            return await order_replay(connection, order)

    assert world.hands.loop.run(commit())
    return order.replay_id


def done(world: World, replay_id: UUID) -> dict[str, Any]:
    """Carried out to its end; what it certifies of each table."""
    with replay_connection(world.url) as database:
        advance(database, replay_id, FAST)
    return certified(world, replay_id)


def certified(world: World, replay_id: UUID) -> dict[str, Any]:
    state, error = world.row("SELECT state, error FROM ops.replay WHERE replay_id = %s", replay_id)
    assert (state, error) == ("finished", None)
    parts = world.rows("SELECT tables FROM ops.replay_part WHERE replay_id = %s", replay_id)
    return {table["table"]: table for (tables,) in parts for table in tables}


def work(world: World) -> int:
    """Do what there is to do for replays; Stripe is away here, so other tasks would only fail."""
    due = world.board.due(10, ("replay", "drop_replays"))
    for rung in due:
        perform(rung.task_id, world.board, world.hands)
    return len(due)


def schemas(world: World) -> list[str]:
    found = world.rows("SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'replay\\_%%'")
    return [name for (name,) in found]


def head(world: World) -> int:
    return int(world.row("SELECT max(notification_id) FROM log.events")[0])


def test_every_read_model_replayed_equals_the_live_one_row_for_row(world: World, told: Journey) -> None:
    tables = done(world, ordered(world))
    assert set(tables) == {table for p in PROJECTIONS.values() for table in p.tables}
    assert [table for table in tables.values() if table["differing"] != 0] == []
    for name, table in tables.items():
        (rows,) = world.row(f"SELECT count(*) FROM read.{name}")
        assert (table["rows"], table["sha256"]) == (rows, digest(world.own, "read", name)), name
    sums = {(s["column"], s["currency"]): s["minor"] for s in tables["journal"]["sums"]}
    assert sums["debit_minor", "EUR"] == sums["credit_minor", "EUR"] > 0
    assert {currency for _, currency in sums} >= {"EUR", "JPY", "KWD"}
    assert schemas(world) == []


def test_up_to_a_position_it_equals_a_rebuild_that_stopped_there(world: World, told: Journey) -> None:
    upto = head(world) // 2
    replay_id = ordered(world, upto=upto, keep=True)
    tables = done(world, replay_id)
    assert {table["differing"] for table in tables.values()} == {None}
    with superuser(world.url) as database:
        for projection in PROJECTIONS.values():
            with database.transaction(force_rollback=True):
                recompute(database, projection, "read", upto)
                for name in projection.tables:
                    assert difference(database, name, schema_of(replay_id), SCRATCH).total == 0, name
    assert tables["booking"]["sha256"] != digest(world.own, "read", "booking")


TAMPERED = {
    "booking": ("UPDATE read.booking SET price_minor = price_minor + 1 WHERE status = 'completed'", "price_minor"),
    "journal": ("DELETE FROM read.journal WHERE position = (SELECT max(position) FROM read.journal)", "(row)"),
    "vendor_balance": ("UPDATE read.vendor_balance SET paid_out_minor = paid_out_minor - 1", "paid_out_minor"),
}


def test_a_row_that_was_changed_is_found_by_its_key(world: World, little: Journey) -> None:
    changed = {table: world.own.execute(tamper.encode()).rowcount for table, (tamper, _) in TAMPERED.items()}
    assert all(changed.values())
    tables = done(world, ordered(world, "bookings", "journal", "vendor_money"))
    assert {name: table["differing"] for name, table in tables.items() if table["differing"]} == changed
    for name, (_, column) in TAMPERED.items():
        found = tables[name]["differences"]
        assert len(found) == min(changed[name], 20)
        assert all(row["key"] and list(row["columns"]) == [column] for row in found)


def test_while_everybody_works_nothing_differs(world: World) -> None:
    with running(world.url, *FOLLOWED, listen=True), at_the_same_time(Writer(Journey(world))) as writer:
        for _ in range(2):
            before = writer.times
            tables = done(world, ordered(world))
            assert [table for table in tables.values() if table["differing"] != 0] == []
            eventually(lambda before=before: writer.times > before)  # type: ignore[misc]


def test_it_reads_no_more_of_the_log_in_a_second_than_it_may(world: World, little: Journey) -> None:
    events, begun = head(world), time.monotonic()
    replay_id = ordered(world, "bookings")
    with replay_connection(world.url) as database:
        advance(database, replay_id, Pace(events * 2))
    assert time.monotonic() - begun > 0.45
    assert certified(world, replay_id)["booking"]["differing"] == 0


def test_a_replay_that_was_broken_off_goes_on_where_it_was(world: World, little: Journey) -> None:
    replay_id = ordered(world, "bookings", "payments")
    with replay_connection(world.url) as database, pytest.raises(Paused):
        advance(database, replay_id, Pace(10_000_000, ends_at=0.0))
    was = world.rows("SELECT projection, position FROM ops.replay_part WHERE replay_id = %s ORDER BY 1", replay_id)
    assert was == [("bookings", head(world)), ("payments", 0)]
    assert schemas(world) == [schema_of(replay_id)]
    reached = []
    with replay_connection(world.url) as database:
        advance(database, replay_id, FAST, lambda name, position, _: reached.append((name, position)))
    assert reached[0] == ("bookings", head(world))
    assert {table["differing"] for table in certified(world, replay_id).values()} == {0}
    assert schemas(world) == []


def test_after_another_version_of_the_code_it_begins_anew(world: World, little: Journey) -> None:
    replay_id = ordered(world, "bookings")
    with replay_connection(world.url) as database, pytest.raises(Paused):
        advance(database, replay_id, Pace(10_000_000, ends_at=0.0))
    scratch = sql.Identifier(schema_of(replay_id), "booking")
    world.own.execute(sql.SQL("UPDATE {} SET price_minor = 1").format(scratch))
    world.own.execute("UPDATE ops.replay SET recipe = 'older' WHERE replay_id = %s", (replay_id,))
    assert done(world, replay_id)["booking"]["differing"] == 0


def test_only_one_process_is_at_a_replay(world: World, little: Journey) -> None:
    replay_id = ordered(world, "bookings")
    with superuser(world.url) as other, alone(other, replay_id) as ours:
        assert ours
        with pytest.raises(ReplayTaken):
            done(world, replay_id)
    assert done(world, replay_id)["booking"]["differing"] == 0


def test_a_worker_does_it_as_a_task_and_takes_over_from_one_that_was_killed(world: World, little: Journey) -> None:
    replay_id = ordered(world, "bookings")
    killed = world.board.lease(replay_id)
    assert killed is not None
    world.board.let_go(killed)
    assert work(world) == 0
    world.own.execute("UPDATE board.task SET lease_until = clock_timestamp() WHERE task_id = %s", (replay_id,))
    assert work(world) == 1
    assert certified(world, replay_id)["booking"]["differing"] == 0
    assert world.row("SELECT state FROM board.task WHERE task_id = %s", replay_id) == ("done",)


def test_kept_rows_go_when_their_hour_is_over(world: World, little: Journey) -> None:
    replay_id = ordered(world, "bookings", upto=head(world), keep=True)
    work(world)
    assert schemas(world) == [schema_of(replay_id)]
    world.hurry()
    work(world)
    assert schemas(world) == [schema_of(replay_id)]
    world.own.execute("UPDATE ops.replay SET kept_until = clock_timestamp()")
    with replay_connection(world.url) as database:
        clean_up(database)
    assert schemas(world) == []


def test_what_a_killed_command_line_left_is_tidied_up(world: World, little: Journey) -> None:
    replay_id = ordered(world, "bookings", as_task=False)
    with replay_connection(world.url) as database, pytest.raises(Paused):
        advance(database, replay_id, Pace(10_000_000, ends_at=0.0))
    world.own.execute("UPDATE ops.replay SET created_at = created_at - %s", (timedelta(minutes=2),))
    with replay_connection(world.url) as database:
        clean_up(database)
    assert schemas(world) == []
    assert world.row("SELECT state, error FROM ops.replay") == ("failed", "it was broken off")


def test_an_event_that_nobody_knows_ends_it_with_its_position(world: World, little: Journey) -> None:
    upto = head(world) + 1
    with superuser(world.url) as connection:
        connection.execute(
            "INSERT INTO log.events (originator_id, originator_version, topic, state, notification_id, metadata)"
            " VALUES (%s, 1, 'from.the_future', '{}', %s, '{}')",
            (uuid4(), upto),
        )
    replay_id = ordered(world, "bookings", upto=upto, keep=True)
    with replay_connection(world.url) as database:
        advance(database, replay_id, FAST)
    state, error = world.row("SELECT state, error FROM ops.replay WHERE replay_id = %s", replay_id)
    assert (state, error.startswith(f"position {upto}: UnknownTopic")) == ("failed", True)
    assert schemas(world) == []


def test_there_are_only_so_many_at_a_time(world: World) -> None:
    for _ in range(REPLAYS_MAX):
        ordered(world, "bookings")
    with pytest.raises(AssertionError):
        ordered(world, "bookings")
    # One that workers gave up makes room, and is tidied up.
    world.own.execute(
        "UPDATE board.task SET state = 'parked' WHERE task_id = (SELECT replay_id FROM ops.replay LIMIT 1)"
    )
    world.own.execute("UPDATE ops.replay SET created_at = created_at - %s", (timedelta(minutes=2),))
    ordered(world, "bookings")
    with replay_connection(world.url) as database:
        clean_up(database)
    assert world.rows("SELECT count(*)::int FROM ops.replay WHERE state = 'failed'") == [(1,)]


def test_the_command_certifies_and_says_by_its_exit_code_what_differs(
    world: World, little: Journey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*names: str, until: str | None = None, as_json: bool = False) -> tuple[int, str]:
        code = run(world.url, names, every=False, until=until, rate=1_000_000, as_json=as_json)
        return code, capsys.readouterr().out

    assert told("bookings", "journal", until=str(head(world) // 2))[0] == 0
    assert told("accounts", until="2026-01-01") == (
        2,
        "--until: give a position, or an instant with its time zone, like 2026-07-01T09:00:00Z.\n",
    )
    assert told("react")[0] == told()[0] == 2
    world.own.execute("UPDATE read.booking SET price_minor = 1")
    code, said = told("bookings")
    assert (code, "price_minor: live 1, log 20000" in said) == (1, True)
    certificates = json.loads(told("bookings", as_json=True)[1])["certificates"]
    [booking] = [table for table in certificates[0]["tables"] if table["table"] == "booking"]
    assert booking["differing"] == world.row("SELECT count(*) FROM read.booking")[0]
    assert schemas(world) == []
    with command(world, tmp_path, "replay", "journal") as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
