"""`travellr verify` finds what differs from the log, names key and column, and disturbs nobody."""

import json
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from infrastructure.follower_table import Line, lines
from infrastructure.invariants import check
from infrastructure.verify import verify
from infrastructure.verify_console import as_dict
from tests.integration.busywork import Work, Writer, at_the_same_time
from tests.integration.command_line import command
from tests.integration.journey import Journey, whole_journey
from tests.integration.servers import eventually
from tests.integration.world import FOLLOWED, World, running, superuser


@pytest.fixture
def told(world: World) -> Journey:
    journey = whole_journey(world)
    world.follow()
    return journey


def verdict(world: World) -> Any:
    return json.loads(json.dumps(as_dict(verify(world.url, lambda _: None)), default=str))


def broken(found: Any) -> list[str]:
    return [one["invariant"] for one in found["invariants"] if not one["holds"]]


def went_on(writer: Work, before: int) -> bool:
    return writer.times > before


def test_after_everything_has_happened_nothing_differs(world: World, told: Journey) -> None:
    found = verdict(world)
    assert (found["differences"], found["unreadable"]) == ([], [])


def test_while_everybody_works_nothing_differs(world: World, told: Journey) -> None:
    journey = Journey(world)
    with running(world.url, *FOLLOWED, listen=True), at_the_same_time(Writer(journey)) as writer:
        for _ in range(3):
            before = writer.times
            found = verdict(world)
            assert (found["differences"], found["unreadable"], broken(found)) == ([], [], [])
            eventually(partial(went_on, writer, before))


@pytest.mark.parametrize(
    ("table", "tamper", "column"),
    [
        ("booking", "UPDATE read.booking SET price_minor = price_minor + 1", "price_minor"),
        ("vendor_balance", "UPDATE read.vendor_balance SET paid_out_minor = 1", "paid_out_minor"),
        ("journal", "DELETE FROM read.journal WHERE line = 0", "(row)"),
        ("capacity.claim", "UPDATE capacity.claim SET quantity = quantity + 1", "quantity"),
        ("capacity.cell", "UPDATE capacity.cell SET held = held + 1", "held"),
    ],
)
def test_a_changed_row_is_named_by_key_and_column(
    world: World, told: Journey, table: str, tamper: str, column: str
) -> None:
    changed = world.own.execute(tamper.encode()).rowcount
    assert changed > 0
    found = verdict(world)
    assert not found["holds"]
    [one] = [difference for difference in found["differences"] if difference["table"] == table]
    assert one["rows_that_differ"] == changed
    assert len(one["rows"]) == min(changed, 20)
    assert all(row["key"] and list(row["columns"]) == [column] for row in one["rows"])


def test_what_cannot_be_recomputed_is_said_and_not_passed(world: World, told: Journey) -> None:
    with superuser(world.url) as connection:
        connection.execute(
            "INSERT INTO log.events (originator_id, originator_version, topic, state, notification_id, metadata)"
            " SELECT %s, 1, 'from.the_future', '{}', max(notification_id) + 1, '{}' FROM log.events",
            (uuid4(),),
        )
        connection.execute("UPDATE ops.follower SET position = position + 1")
    recomputed = [followed for followed in FOLLOWED if followed.write is None]  # What was sent is not sent once more.
    assert len([line for line in verdict(world)["unreadable"] if "UnknownTopic" in line]) == len(recomputed)


def test_the_command_says_it_by_its_exit_code(world: World, told: Journey, tmp_path: Path) -> None:
    with superuser(world.url) as connection:
        fine = all(finding.holds for finding in check(connection))
    for args in (("verify", "--json"), ("verify",)):
        with command(world, tmp_path, *args) as process:
            said, _ = process.communicate(timeout=60)
        assert process.returncode == 0, (said, fine)
    world.own.execute("UPDATE read.booking SET price_minor = 1")
    with command(world, tmp_path, "verify") as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "price_minor: live 1, log 20000" in said


def test_followers_are_shown_with_their_leader_and_why_one_stopped(world: World, told: Journey, tmp_path: Path) -> None:
    def ours() -> list[Line]:
        """The seal has a thread of its own, and does not run here."""
        return [line for line in lines(world.url) if line.name != "seal"]

    assert {line.state for line in ours()} == {"nobody leads"}
    with running(world.url, *FOLLOWED):
        eventually(lambda: {line.state for line in ours()} == {"following"})
        assert all(line.leader and line.leader.startswith("travellr-follower-") for line in ours())
        with running(world.url, *FOLLOWED):
            eventually(lambda: {line.standbys for line in ours()} == {1})
        world.own.execute("UPDATE ops.follower SET error = 'KeyError: x', error_position = 7 WHERE name = 'payouts'")
        with command(world, tmp_path, "followers", "--json") as process:
            said, _ = process.communicate(timeout=30)
        [payouts] = [line for line in json.loads(said) if line["name"] == "payouts"]
        assert (payouts["state"], payouts["error_position"], payouts["error"]) == ("stopped", 7, "KeyError: x")
        assert process.returncode == 1
