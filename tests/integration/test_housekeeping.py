"""Housekeeping: each job does what it should and no more, a dry run nothing, and killed anywhere it ends the same."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import pytest

from commands.expire_booking import ExpireBooking
from commands.housekeep import StartHousekeeping
from domain.housekeeping import Housekeeping, Tidied
from infrastructure.database import connect
from infrastructure.housekeeping.job import House
from infrastructure.housekeeping.rounds import JOBS, alone, look_around, tidy_up
from tests.integration.command_line import command
from tests.integration.conftest import Http, is_problem
from tests.integration.journey import Journey, registered, whole_journey
from tests.integration.tidying import house_of, jobs, logs, written
from tests.integration.untidiness import LEFT, MANY, everything, seen, untidy
from tests.integration.world import World

YEARS: Final = timedelta(days=731)


class Killed(BaseException):
    """No Exception: nothing that runs may catch it, as nothing catches SIGKILL."""


class Killer:
    """Behind so many committed steps everything ends."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def __call__(self, _so_far: Tidied) -> None:
        self.steps -= 1
        if self.steps == 0:
            raise Killed


def test_what_is_old_goes_and_everything_else_stays(world: World) -> None:
    untidy(world)
    written(logs(world), "api.log.1", 91)
    written(logs(world), "worker.log.1", 89).rename(logs(world) / "worker.log")
    house = house_of(world)
    before, found = everything(world), look_around(house)
    assert everything(world) == before
    report = tidy_up(house, uuid4())
    assert seen(world) == LEFT
    assert [(t.job, t.found, t.done) for t in report if t.found] == [
        (t.job, t.found, t.found) for t in found if t.found
    ]
    assert {t.job: t.done for t in report if t.done} == {
        "end_sessions": 1,
        "prune_tasks": MANY + 1,
        "prune_deliveries": 1,
        "prune_mailbox": 1,
        "prune_sessions": 1,
        "prune_devices": 1,
        "prune_heartbeats": 2,
        "gzip_logs": 1,
    }
    assert world.row("SELECT count(*) FROM log.idempotency WHERE recorded_at < clock_timestamp() - interval '8 years'")[
        0
    ]
    after = everything(world)
    assert [t.done for t in tidy_up(house, uuid4())] == [0] * len(JOBS)
    assert everything(world) == after


def test_killed_behind_any_step_and_done_again_it_ends_as_if_it_had_not_been(world: World) -> None:
    house, several = (
        house_of(world),
        jobs("end_sessions", "prune_tasks", "prune_deliveries", "prune_sessions", "gzip_logs"),
    )

    def prepared() -> None:
        untidy(world)
        for file in logs(world).iterdir():
            file.unlink()
        for name in ("api.log.1", "api.log.2", "worker.log"):
            written(logs(world), name, 91)

    prepared()
    undisturbed, end = tidy_up(house, uuid4(), several), seen(world)
    assert {t.job: t.done for t in undisturbed}["gzip_logs"] == 3
    steps = 0
    while True:
        steps += 1
        prepared()
        run_id = uuid4()
        try:
            tidy_up(house, run_id, several, Killer(steps))
        except Killed:
            report = tidy_up(house, run_id, several)
        else:
            break
        assert (seen(world), report) == (end, undisturbed), steps
    assert steps > 18


def test_what_a_killed_step_changed_is_not_changed_and_not_counted(world: World) -> None:
    """Between the rows and their count there is no instant at which only one of them is there."""
    untidy(world)
    (job,) = jobs("prune_tasks")

    def dying(house: House) -> Iterator[int]:
        steps = job.steps(house)
        yield next(steps)
        next(steps)
        raise Killed

    run_id = uuid4()
    with pytest.raises(Killed):
        tidy_up(house_of(world), run_id, [replace(job, steps=dying)])
    assert world.row("SELECT done FROM ops.housekeeping WHERE run_id = %s", run_id) == (1_000,)
    assert world.row("SELECT count(*) FROM board.task WHERE kind IN ('old', 'ping')") == (MANY + 1 - 1_000,)
    assert tidy_up(house_of(world), run_id, [job]) == (Tidied("prune_tasks", MANY + 1, MANY + 1),)


def test_the_command_counts_then_does_and_reports(world: World, tmp_path: Path) -> None:
    untidy(world)
    for arguments, done in (("--dry-run",), 0), ((), MANY + 1), ((), 0):
        with command(world, tmp_path, "housekeep", *arguments, "--only", "prune_tasks", "--json") as process:
            said, _ = process.communicate(timeout=30)
        assert (process.returncode, json.loads(said)["jobs"][0]["done"]) == (0, done), said
    world.follow()
    assert world.rows("SELECT scheduled, finished_at IS NOT NULL FROM read.housekeeping") == [(False, True)] * 2
    with closing(connect(world.url, name="other")) as other, alone(other):
        with command(world, tmp_path, "housekeep") as process:
            said, _ = process.communicate(timeout=30)
        assert (process.returncode, "Somebody else" in said) == (2, True)


def test_a_round_with_the_archive_killed_again_and_again_gets_to_its_end(world: World) -> None:
    whole_journey(world)
    run_out = Journey(world).held()
    world.follow()
    world.own.execute("UPDATE read.refund SET status = 'succeeded' WHERE status IN ('failed', 'requested')")
    house = house_of(world, world.now() + YEARS)
    world.travel(world.now() + timedelta(hours=1))
    head = world.row("SELECT max(notification_id) FROM log.events")[0]
    before = world.rows("SELECT notification_id FROM log.events_between(0, %s) ORDER BY 1", head)
    found = {t.job: t.found for t in look_around(house)}
    assert found["archive"] >= 8
    assert found["expire_bookings"] >= 1
    run_id, lives = uuid4(), 0
    while True:
        lives += 1
        try:
            report = tidy_up(house, run_id, stepped=Killer(2))
        except Killed:
            world.follow()
        else:
            break
    assert lives > len(JOBS)
    assert {t.job: t.left for t in report if t.left} == {}
    assert world.rows("SELECT status FROM read.booking WHERE booking_id = %s", run_out) == [("expired",)]
    assert world.rows("SELECT notification_id FROM log.events_between(0, %s) ORDER BY 1", head) == before
    assert world.row("SELECT count(*) > 0 FROM log.archived") == (True,)


def test_a_task_of_the_schedule_does_it_and_reports(world: World) -> None:
    registered(world, "vendor")
    untidy(world)
    world.own.execute("DELETE FROM board.task")
    world.own.execute("DELETE FROM ops.follower WHERE name = 'react'")
    run_id = uuid4()
    world.do(StartHousekeeping(run_id, scheduled=True))
    with closing(connect(world.url, name="other")) as other, alone(other) as is_alone:
        assert is_alone
        world.settle()
        assert world.rows("SELECT last_error FROM board.task WHERE kind = 'housekeep' AND state = 'due'")
        assert not world.hands.load(Housekeeping, run_id).finished
    world.hurry()
    world.settle()
    assert world.hands.load(Housekeeping, run_id).finished
    (report,) = world.row("SELECT jobs FROM read.housekeeping WHERE run_id = %s", run_id)
    assert [tidied["job"] for tidied in report] == [job.name for job in JOBS]
    assert {"job": "end_sessions", "found": 1, "done": 1} in report
    assert world.rows("SELECT 1 FROM ops.housekeeping") == []


def test_a_refused_command_is_left_over_and_holds_nothing_up(world: World) -> None:
    journey = Journey(world)
    booking_id = journey.held()
    world.follow()
    world.own.execute("UPDATE read.booking SET expires_at = created_at")
    report = tidy_up(house_of(world), uuid4(), jobs("expire_bookings"))
    assert (report[0].found, world.rows("SELECT status FROM read.booking")) == (1, [("held",)])
    world.travel(world.now() + timedelta(hours=1))
    world.do(ExpireBooking(booking_id))


@pytest.mark.anyio
async def test_operators_read_the_reports_newest_first(http: Http) -> None:
    ids = [UUID(int=n) for n in range(3)]
    for n, run_id in enumerate(ids):
        finished = (
            "NULL, NULL" if n == 2 else """now() - interval '2 days', '[{"job": "archive", "found": 3, "done": 1}]'"""
        )
        http.sql(
            "INSERT INTO read.housekeeping (run_id, scheduled, created_at, finished_at, jobs, version)"
            f" VALUES (%s, true, now() - make_interval(days => %s), {finished}, 1)",
            run_id,
            9 - n,
        )
    http.sql("INSERT INTO ops.housekeeping (run_id, job, found, done) VALUES (%s, 'prune_tasks', 9, 4)", ids[2])
    for person, role in (("op", "operator"), ("adm", "admin"), ("fin", "finance")):
        await http.join_staff(person, role)
    page = (await http("GET", "/admin/housekeeping?limit=2", "op")).json()
    assert [row["status"] for row in page["items"]] == ["running", "finished"]
    assert page["items"][0]["jobs"] == [{"job": "prune_tasks", "found": 9, "done": 4, "left": 5}]
    assert page["items"][1]["jobs"] == [{"job": "archive", "found": 3, "done": 1, "left": 2}]
    rest = (await http("GET", f"/admin/housekeeping?cursor={page['next_cursor']}", "adm")).json()
    assert [row["id"] for row in rest["items"]] == [str(ids[0])]
    assert is_problem(await http("GET", "/admin/housekeeping", "fin"), 403)
    assert is_problem(await http("GET", "/admin/housekeeping"), 401)
