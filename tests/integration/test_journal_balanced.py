"""The database itself refuses an entry that does not balance, whoever writes it, in live and in rebuilt tables."""

from dataclasses import replace
from typing import LiteralString

import psycopg
import pytest

from domain.posting import Entry, Posting
from domain.postings import posting_of
from domain.root import Event
from infrastructure.rebuild import projection_named, rebuild
from projections import journal as projecting
from tests.integration.journey import Journey
from tests.integration.world import World
from workers.follower import Followed, PoisonEvent, step

WRITE: LiteralString = (
    "INSERT INTO read.journal (position, line, at, topic, currency, account, debit_minor, credit_minor)"
    " SELECT 900000 + p, line, now(), 't', currency, 'suspense', debit, credit"
    " FROM unnest(%s::int[], %s::int[], %s::text[], %s::int[], %s::int[]) AS v(p, line, currency, debit, credit)"
)


def write(world: World, *rows: tuple[int, int, str, int, int]) -> None:
    world.own.execute(WRITE, [list(column) for column in zip(*rows, strict=True)])


def test_balanced_entries_are_taken(world: World) -> None:
    write(
        world, (1, 0, "EUR", 5, 0), (1, 1, "EUR", 0, 5), (2, 0, "JPY", 7, 0), (2, 1, "JPY", 0, 3), (2, 2, "JPY", 0, 4)
    )


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([(1, 0, "EUR", 5, 0)], id="one side only"),
        pytest.param([(1, 0, "EUR", 5, 0), (1, 1, "EUR", 0, 4)], id="a cent off"),
        pytest.param([(1, 0, "EUR", 5, 0), (1, 1, "JPY", 0, 5)], id="balanced, but in two currencies"),
        pytest.param([(1, 0, "EUR", 5, 0), (2, 0, "EUR", 0, 5)], id="balanced, but by another entry"),
    ],
)
def test_others_are_refused(world: World, rows: list[tuple[int, int, str, int, int]]) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="does not balance"):
        write(world, *rows)


def test_a_change_of_one_side_is_refused(world: World) -> None:
    write(world, (1, 0, "EUR", 5, 0), (1, 1, "EUR", 0, 5))
    with pytest.raises(psycopg.errors.CheckViolation, match="position 900001"):
        world.own.execute("UPDATE read.journal SET debit_minor = 6 WHERE debit_minor = 5")
    world.own.execute("UPDATE read.journal SET debit_minor = sign(debit_minor), credit_minor = sign(credit_minor)")


def test_the_tables_of_a_rebuild_refuse_it_as_well(world: World) -> None:
    journey = Journey(world)
    journey.cancelled(journey.confirmed())
    world.follow()
    rebuild(world.url, projection_named("journal"), lambda *_: None)
    with pytest.raises(psycopg.errors.CheckViolation, match="does not balance"):
        write(world, (1, 0, "EUR", 5, 0))


class Unbalanced(Posting):
    """A posting as a defect would make it: nothing in Python looks at it."""

    def __post_init__(self) -> None:
        assert self.entries


def test_a_follower_that_would_write_it_stops(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def a_cent_off(event: Event) -> Posting | None:
        posting = posting_of(event)
        if posting is None:
            return None
        first = replace(posting.entries[0], debit_minor=posting.entries[0].debit_minor + 1)
        entries: tuple[Entry, ...] = (first, *posting.entries[1:])
        return Unbalanced(posting.currency, entries, posting.booking_id, posting.vendor_id)

    Journey(world).confirmed()
    monkeypatch.setattr(projecting, "posting_of", a_cent_off)
    with pytest.raises(PoisonEvent, match="does not balance"):
        step(world.own, Followed(projection_named("journal")))
    assert world.rows("SELECT 1 FROM read.journal") == []
