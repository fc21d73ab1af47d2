"""When housekeeping is due: at 02:00 of the platform, once a night and once after any downtime."""

from datetime import UTC, datetime, timedelta

import pytest

from commands.housekeep import StartHousekeeping, nightly_round_id
from tests.integration.clockwork import ZONE, scheduled, there, wish
from tests.integration.journey import DAY, registered
from tests.integration.servers import eventually
from tests.integration.world import World
from workers.jobs import JOBS as SCHEDULED
from workers.tidying import rounds, tidy_up_at


def done_rounds(world: World) -> int:
    """How many rounds there are, when all of them are finished."""
    row = world.row("SELECT count(*), count(finished_at) FROM read.housekeeping")
    return int(row[0]) if row[0] == row[1] else 0


def test_it_is_due_once_a_night_and_once_after_three_days(world: World) -> None:
    registered(world, "vendor")
    world.follow()
    night = world.now().date() + 2 * DAY
    at = tidy_up_at(night, ZONE)
    assert at.astimezone(UTC).hour in {0, 1}
    world.do(*rounds(world.own, at - timedelta(seconds=1), ZONE))  # The night before.
    world.follow()
    assert rounds(world.own, at - timedelta(seconds=1), ZONE) == []
    assert rounds(world.own, at, ZONE) == [StartHousekeeping(nightly_round_id(night), scheduled=True)]
    (late,) = rounds(world.own, at + 3 * DAY + timedelta(hours=9), ZONE)
    assert late.run_id == nightly_round_id(night + 3 * DAY)
    world.do(late)
    world.follow()
    assert rounds(world.own, at + 3 * DAY + timedelta(hours=9), ZONE) == []


def test_a_system_does_not_begin_its_life_by_tidying_up(world: World) -> None:
    assert rounds(world.own, world.now(), ZONE) == []
    registered(world, "vendor")
    world.follow()
    assert rounds(world.own, world.now(), ZONE) == []


@pytest.mark.parametrize(
    ("night", "hour"),
    [("2027-03-27", 1), ("2027-03-28", 1), ("2027-03-29", 0), ("2027-10-31", 0), ("2027-11-01", 1)],
)
def test_also_when_the_clocks_change(night: str, hour: int) -> None:
    at = tidy_up_at(datetime.fromisoformat(night).date(), ZONE)
    assert (at.date().isoformat(), at.hour) == (night, hour)


def test_the_schedule_has_it_done(world: World) -> None:
    """Once by the clock of the sandbox, then the clock leaps over three nights: once more."""
    registered(world, "vendor")
    world.follow()
    for leap, finished in ((DAY, 1), (3 * DAY, 2)):
        target = wish(world, leap)
        with scheduled(world):
            eventually(lambda: there(world, target), 30)  # noqa: B023 - called at once
            eventually(lambda: done_rounds(world) == finished, 20)  # noqa: B023 - called at once
        assert done_rounds(world) == finished
    assert "housekeep" in {job.name for job in SCHEDULED}
