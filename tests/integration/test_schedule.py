"""The schedule: what falls due is done at its own instant and in order, however far the clock is moved at once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest

from domain.ids import payout_run_id
from domain.periods import last_period_end, next_period_end, run_at
from domain.vendor import Cadence
from tests.integration.clockwork import LATE, ZONE, scheduled, there, told, wish
from tests.integration.journey import DAY, PRICE
from tests.integration.servers import StripeSandbox, eventually
from tests.integration.world import World, superuser, world_on


@pytest.fixture
def world(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


def happened(world: World, topic: str) -> list[tuple[UUID, datetime]]:
    """Whose, and when by the business clock, in the order of the log."""
    rows = world.rows("SELECT originator_id, state FROM log.events WHERE topic = %s ORDER BY notification_id", topic)
    return [(stream_id, datetime.fromisoformat(_timestamp(bytes(state)))) for stream_id, state in rows]


def _timestamp(state: bytes) -> str:
    return state.split(b'"timestamp":"', 1)[1].split(b'"', 1)[0].decode()


def runs_between(cadence: Cadence, start: datetime, end: datetime) -> dict[UUID, datetime]:
    """The runs of this cadence that fall due after `start` and not after `end`."""
    period_end: date = last_period_end(cadence, start.date())
    runs: dict[UUID, datetime] = {}
    while (at := run_at(period_end, ZONE)) <= end:
        if at > start:
            runs[payout_run_id(cadence, period_end)] = at
        period_end = next_period_end(cadence, period_end)
    return runs


def test_weeks_are_walked_from_due_to_due(world: World) -> None:
    journey, paid, held = told(world)
    (expires_at,) = world.row("SELECT expires_at FROM read.booking WHERE booking_id = %s", held)
    start = world.now()
    target = wish(world, 35 * DAY)
    with scheduled(world):
        eventually(lambda: there(world, target), 60)
        eventually(lambda: world.rows("SELECT 1 FROM read.payout WHERE status = 'paid'"), 20)
    ends_at = journey.starts_at + timedelta(hours=4)
    expected: dict[str, list[tuple[UUID | None, datetime]]] = {
        "booking.expired": [(held, expires_at)],
        "booking.completed": [(paid, ends_at)],
        "vendor_ledger.released": [(None, ends_at + 2 * DAY)],
    }
    for topic, facts in expected.items():
        seen = happened(world, topic)
        assert len(seen) == len(facts), topic
        for (stream_id, at), (wanted, due_at) in zip(seen, facts, strict=True):
            assert wanted in {None, stream_id}
            assert due_at <= at < due_at + LATE, topic
    due = runs_between("weekly", start, target) | runs_between("monthly", start, target)
    started = {run: at for run, at in happened(world, "payout_run.started") if at > start + timedelta(hours=1)}
    assert set(started) >= set(due)
    for run, due_at in due.items():
        assert due_at <= started[run] < due_at + LATE
    stamps = [at for topic in (*expected, "payout_run.started", "payout.paid") for _, at in happened(world, topic)]
    assert len(stamps) > 8
    assert world.rows("SELECT amount_minor FROM read.payout") == [(PRICE * 8 // 10,)]


def test_the_order_of_the_log_is_the_order_of_the_clock(world: World) -> None:
    told(world)
    target = wish(world, 9 * DAY)
    with scheduled(world):
        eventually(lambda: there(world, target), 60)
    rows = world.rows("SELECT state FROM log.events ORDER BY notification_id")
    stamps = [datetime.fromisoformat(_timestamp(bytes(state))) for (state,) in rows]
    # A command decides at the instant at which it read the clock, so two at once may stand the other way round.
    assert all(later > sooner - timedelta(seconds=5) for sooner, later in pairwise(stamps))


def test_a_schedule_that_was_stopped_half_way_goes_on(world: World) -> None:
    _, paid, _ = told(world)
    target = wish(world, 16 * DAY)
    with scheduled(world):
        eventually(lambda: happened(world, "booking.completed"), 60)
    half_way = world.now()
    if half_way < target:
        assert world.row("SELECT target FROM ops.clock") == (target,)
    with scheduled(world):
        eventually(lambda: there(world, target), 60)
        eventually(lambda: world.rows("SELECT 1 FROM read.payout WHERE status = 'paid'"), 20)
    assert [stream_id for stream_id, _ in happened(world, "booking.completed")] == [paid]
    assert len(happened(world, "vendor_ledger.released")) == 1
    started = [run for run, _ in happened(world, "payout_run.started")]
    assert len(started) == len(set(started))


def test_of_the_missed_runs_the_newest_is_caught_up_once(world: World) -> None:
    """Nobody was there for six weeks."""
    told(world)
    world.travel(world.now() + 42 * DAY)
    now = world.now()
    with scheduled(world):
        eventually(
            lambda: world.rows("SELECT 1 FROM read.payout_run WHERE cadence = 'weekly' AND status = 'finished'"), 30
        )
        eventually(
            lambda: world.rows("SELECT 1 FROM read.payout_run WHERE cadence = 'monthly' AND status = 'finished'"), 30
        )
    with scheduled(world):
        eventually(lambda: world.rows("SELECT 1 FROM read.vendor_line WHERE state <> 'pending'") or True)
    today = now.date()
    periods = world.rows("SELECT cadence, period_end FROM read.payout_run ORDER BY cadence")
    assert [cadence for cadence, _ in periods] == ["monthly", "weekly"]
    for cadence, period_end in periods:
        assert today - period_end < timedelta(days=8 if cadence == "weekly" else 32)


def test_two_schedules_do_everything_once(world: World) -> None:
    _, paid, held = told(world)
    target = wish(world, 9 * DAY)
    with scheduled(world), scheduled(world):
        eventually(lambda: there(world, target), 60)
    assert [stream_id for stream_id, _ in happened(world, "booking.completed")] == [paid]
    assert [stream_id for stream_id, _ in happened(world, "booking.expired")] == [held]


def test_what_cannot_be_done_keeps_nothing_else_from_being_done(world: World, tmp_path: Path) -> None:
    """The stream of one booking is broken, for a process that has not read it before; all else goes on."""
    _, paid, held = told(world)
    with superuser(world.url) as connection:
        connection.execute("UPDATE log.events SET state = 'x' WHERE topic = 'booking.confirmed'")
    world.travel(world.now() + 6 * DAY)
    with world_on(world.url, tmp_path / "new") as new, scheduled(new):
        eventually(lambda: happened(world, "booking.expired"))
        eventually(lambda: happened(world, "payout_run.started"))
    assert [stream_id for stream_id, _ in happened(world, "booking.expired")] == [held]
    assert happened(world, "booking.completed") == []
    assert paid != held


def test_without_a_wish_the_clock_is_the_machines(world: World) -> None:
    with scheduled(world):
        eventually(lambda: happened(world, "payout_run.started"))
    assert world.row("SELECT ahead = interval '0' FROM ops.clock") == (True,)
