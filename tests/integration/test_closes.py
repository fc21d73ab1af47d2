"""The daily close: at its time, in order, caught up once; recomputed from the log; and what comes late."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from commands.adjust import ApproveAdjustment, ProposeAdjustment
from domain.actor import Actor
from domain.daily_close import DailyClose, daily_close_id
from domain.money import Money
from domain.periods import cutoff_of
from infrastructure.closes_replay import compare_closes
from infrastructure.replay import compare
from projections.journal import JOURNAL
from tests.integration.clockwork import ZONE, scheduled, there, told, wish
from tests.integration.journey import DAY, PRICE, Journey
from tests.integration.servers import StripeSandbox, eventually
from tests.integration.world import World, superuser, world_on
from workers.closing import CLOSE_AFTER, days_to_close, next_close
from workers.jobs import JOBS

LATE = timedelta(minutes=2)


@pytest.fixture
def world(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> Iterator[World]:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        yield world


def close_all(world: World, zone: str = "UTC") -> list[date]:
    """As the schedule does it when everybody has read to the end."""
    world.follow()
    closed = []
    while commands := days_to_close(world.own, world.now(), zone):
        closed += [world.do(command).day for command in commands]
        world.follow()
    return closed


def adjusted(world: World, journey: Journey, minor: int, effective_at: datetime) -> None:
    adjustment_id = uuid4()
    proposal = ProposeAdjustment(
        adjustment_id, journey.vendor_id, Money(minor, "EUR"), "compensation", "FIN-1", effective_at
    )
    world.do(proposal, Actor(uuid4(), "finance"))
    world.do(ApproveAdjustment(adjustment_id), Actor(uuid4(), "finance"))
    world.follow()


def close_of(world: World, day: date) -> DailyClose:
    return world.hands.load(DailyClose, daily_close_id(day))


def journal_until(world: World, close: DailyClose) -> list[Any]:
    return world.rows(
        "SELECT account, currency, sum(debit_minor)::bigint, sum(credit_minor)::bigint FROM read.journal"
        ' WHERE position <= %s AND at < %s GROUP BY 1, 2 ORDER BY account COLLATE "C", currency',
        close.standing.position,
        close.cutoff,
    )


def test_days_are_closed_in_order_with_what_the_journal_says_of_their_end(world: World) -> None:
    journey = Journey(world)
    journey.confirmed()
    journey.earned(journey.confirmed())
    days = close_all(world)
    assert days == [days[0] + n * DAY for n in range(len(days))]
    assert days[-1] == world.now().date() - DAY
    assert close_all(world) == []
    previous = None
    for day in days:
        close = close_of(world, day)
        sealed = [(t.account, t.currency, t.debit_minor, t.credit_minor) for t in close.standing.totals]
        assert sealed == journal_until(world, close)
        assert close.previous == previous
        previous = close.digest
    first, last = close_of(world, days[0]), close_of(world, days[-1])
    assert {t.account for t in first.standing.totals} != {t.account for t in last.standing.totals}


def test_before_the_first_entry_there_is_nothing_to_close(world: World) -> None:
    Journey(world)
    world.travel(world.now() + 3 * DAY)
    assert close_all(world) == []


def test_a_close_waits_for_what_was_recorded_before_midnight(world: World) -> None:
    """The journal is behind: one entry of the day is in the log only."""
    journey = Journey(world)
    journey.confirmed()
    world.follow()
    journey.confirmed()
    with superuser(world.url) as connection:  # As if it had been written a day ago; the clock is set ahead here.
        connection.execute("UPDATE log.events SET recorded_at = recorded_at - interval '1 day'")
    today = world.now().date()
    world.travel(cutoff_of(today + DAY, "UTC") + CLOSE_AFTER)
    assert days_to_close(world.own, world.now(), "UTC") == []
    assert close_all(world) == [today]
    assert sum(t.credit_minor for t in close_of(world, today).standing.totals if t.account == "booking.unearned") == (
        2 * PRICE
    )


def test_the_clock_stops_also_for_a_day_whose_entry_the_close_of_an_earlier_day_has_seen(world: World) -> None:
    """Walking on from due to due, the clock gets to a day with entries before the days until then are closed."""
    journey = Journey(world)
    journey.confirmed()
    world.travel(world.now() + 3 * DAY)
    adjusted(world, journey, 7_00, world.now())
    today = world.now().astimezone(UTC).date()
    assert close_all(world)[-1] == today - DAY
    with superuser(world.url) as connection:
        connection.execute("UPDATE board.task SET state = 'done'")
    assert next_close(world.own, world.now(), "UTC") == cutoff_of(today + DAY, "UTC") + CLOSE_AFTER
    world.travel(cutoff_of(today + DAY, "UTC") + CLOSE_AFTER)
    assert close_all(world) == [today]
    assert next_close(world.own, world.now(), "UTC") is None


def test_five_minutes_after_midnight_of_the_platform(world: World) -> None:
    Journey(world).confirmed()
    world.follow()
    midnight = cutoff_of(world.now().astimezone(UTC).date() + 2 * DAY, "America/Santiago")
    day_before = midnight - timedelta(minutes=1)
    world.travel(day_before)
    due = days_to_close(world.own, day_before, "America/Santiago")
    assert days_to_close(world.own, midnight + CLOSE_AFTER - timedelta(seconds=1), "America/Santiago") == due
    assert len(days_to_close(world.own, midnight + CLOSE_AFTER, "America/Santiago")) == len(due) + 1


def test_what_is_recorded_after_the_close_of_its_day_is_late_and_leaves_the_close_as_it_was(world: World) -> None:
    journey = Journey(world)
    journey.confirmed()
    world.travel(world.now() + 2 * DAY)
    first, second = close_all(world)
    adjusted(world, journey, 7_00, cutoff_of(second, "UTC") - timedelta(hours=1))
    assert compare_closes(world.own) == []
    world.travel(world.now() + DAY)
    [third] = close_all(world)
    assert compare_closes(world.own) == []
    assert compare(world.own, JOURNAL) == []
    goodwill = [
        sum(t.debit_minor for t in close_of(world, day).standing.totals if t.account == "goodwill")
        for day in (first, second, third)
    ]
    assert goodwill == [0, 0, 7_00]


def test_verify_names_every_close_that_is_not_what_the_log_says(world: World) -> None:
    journey = Journey(world)
    journey.confirmed()
    world.travel(world.now() + 3 * DAY)
    days = close_all(world)
    assert compare_closes(world.own) == []
    planted = {
        "an amount": (days[0], '"debit_minor":20000', '"debit_minor":20001', "closed with"),
        "the chain": (days[1], '"previous":"', '"previous":"0', "does not hold the digest"),
        "the digest": (days[2], '"digest":"', '"digest":"0', "does not have the digest"),
    }
    for what, (day, sealed, forged, says) in planted.items():
        with superuser(world.url) as connection:
            stream = daily_close_id(day)
            [(state,)] = connection.execute(
                "SELECT state FROM log.events WHERE originator_id = %s", (stream,)
            ).fetchall()
            assert sealed in state.decode(), what
            change = state.decode().replace(sealed, forged, 1).encode()
            connection.execute("UPDATE log.events SET state = %s WHERE originator_id = %s", (change, stream))
            found = compare_closes(connection)
            assert any(says in line and str(day) in line for line in found), (what, found)
            connection.execute("UPDATE log.events SET state = %s WHERE originator_id = %s", (state, stream))
    assert compare_closes(world.own) == []


def test_the_clock_stops_at_the_end_of_days_on_which_something_was_booked(world: World) -> None:
    """Nine days at once: each day with entries is closed at its time, the others when the clock gets there."""
    told(world)
    target = wish(world, 9 * DAY)
    with scheduled(world):
        eventually(lambda: there(world, target), 60)
        eventually(lambda: days_to_close(world.own, world.now(), ZONE) == [], 20)
    closes = world.rows("SELECT day, cutoff, closed_at FROM read.daily_close ORDER BY day")
    assert [day for day, _, _ in closes] == [closes[0][0] + n * DAY for n in range(len(closes))]
    assert len(closes) >= 8
    booked = {day for (day,) in world.rows("SELECT DISTINCT (at AT TIME ZONE %s)::date FROM read.journal", ZONE)}
    in_time = [(day, closed_at - cutoff) for day, cutoff, closed_at in closes if day in booked]
    assert len(in_time) >= 3
    for day, after in in_time:
        assert CLOSE_AFTER <= after < CLOSE_AFTER + LATE, day
    assert (
        world.rows(
            "SELECT 1 FROM read.journal AS j JOIN read.daily_close AS c ON c.position < j.position AND j.at < c.cutoff"
        )
        == []
    )
    assert compare_closes(world.own) == []


def test_the_schedule_closes_last_of_all_that_is_due() -> None:
    names = [job.name for job in JOBS]
    assert names.index("close_books") > max(names.index(n) for n in ("complete_bookings", "release_earnings"))
