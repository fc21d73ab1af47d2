"""A departure cancelled by the platform: everybody gets all the money back, once, whoever dies in the middle of it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from commands.cancel_departure import CancelAffectedBooking, StartDepartureCancellation
from commands.create_listing import CreateListing
from commands.open_nights import OpenNights
from commands.place_hold import PlaceHold
from domain.actor import Actor
from domain.booking import Booking
from domain.capacity import NoSuchCells, SoldOut
from domain.local_time import instant_of
from domain.money import Money
from domain.refusal import NotAllowed, WrongState
from domain.terms import PRESETS
from infrastructure.capacity_replay import compare_capacity
from tests.integration.board_tasks import run_out, task_of
from tests.integration.journey import PRICE, Journey, registered
from tests.integration.servers import StripeSandbox, eventually
from tests.integration.world import World, superuser, world_on

TICK = timedelta(microseconds=1)
PAID, HELD = 4, 2


@pytest.fixture
def booked(world: World) -> Journey:
    """A departure with four paid bookings and two holds, of which one is being paid."""
    journey = Journey(world)
    for _ in range(PAID):
        journey.confirmed()
    journey.held()
    journey.paying()
    return journey


def operator(world: World) -> Actor:
    return registered(world, "operator")


def start(journey: Journey, by: Actor) -> UUID:
    run_id = uuid4()
    starts_from = journey.starts_at
    command = StartDepartureCancellation(run_id, journey.listing_id, starts_from, starts_from + TICK, "Storm", 6)
    journey.world.do(command, by)
    return run_id


def progress(world: World, run_id: UUID) -> tuple[str, int, int, int]:
    row: tuple[str, int, int, int] = world.row(
        "SELECT status, done, remaining, refund_minor FROM read.departure_cancellation WHERE run_id = %s", run_id
    )
    return row


def statuses(world: World) -> list[str]:
    return [status for (status,) in world.rows("SELECT status FROM read.booking")]


def test_everybody_gets_all_of_it_back(world: World, booked: Journey) -> None:
    elsewhere = Journey(world).confirmed()
    run_id = start(booked, operator(world))
    world.follow()
    assert progress(world, run_id) == ("running", 0, 0, 0)
    with pytest.raises(SoldOut):
        booked.held()
    world.work()
    world.follow()
    assert progress(world, run_id) == ("finished", PAID + HELD, 0, PAID * PRICE)
    assert world.row("SELECT status FROM read.booking WHERE booking_id = %s", elsewhere) == ("confirmed",)
    assert sorted(statuses(world)) == ["cancelled"] * (PAID + HELD) + ["confirmed"]
    refunds = world.rows("SELECT amount_minor, at_fault, count(*) FROM read.refund GROUP BY 1, 2")
    assert refunds == [(PRICE, "platform", PAID)]
    assert world.rows("SELECT held, sold, closed FROM capacity.cell WHERE listing_id = %s", booked.listing_id) == [
        (0, 0, True)
    ]
    assert compare_capacity(world.own) == []


def test_it_waits_until_the_read_model_knows_every_booking(world: World, booked: Journey) -> None:
    run_id = start(booked, operator(world))
    world.own.execute(
        "INSERT INTO board.task (task_id, kind, arguments) VALUES (%s, 'cancel_departure',"
        " jsonb_build_object('run_id', %s::text))",
        (run_id, run_id),
    )
    world.work()
    assert task_of(world, run_id)[0] == "due"
    assert world.rows("SELECT topic FROM log.events WHERE topic = 'affected_booking.cancelled'") == []
    world.hurry()
    world.settle_until("SELECT 1 FROM read.departure_cancellation WHERE status = 'finished'")
    assert progress(world, run_id)[1] == PAID + HELD


def test_what_is_over_already_is_left_alone(world: World, booked: Journey) -> None:
    """Also if the read model does not know it yet."""
    run_id = start(booked, operator(world))
    world.follow()
    [(first,), *_] = world.rows("SELECT booking_id FROM read.booking WHERE status = 'confirmed'")
    booked.cancelled(first)
    world.work()
    world.follow()
    assert progress(world, run_id) == ("finished", PAID + HELD - 1, 0, (PAID - 1) * PRICE)


def test_a_booking_is_counted_once_however_often_it_is_cancelled(world: World, booked: Journey) -> None:
    run_id = start(booked, operator(world))
    world.settle()
    counted = progress(world, run_id)
    for (booking_id,) in world.rows("SELECT booking_id FROM read.booking"):
        with pytest.raises(WrongState):
            world.do(CancelAffectedBooking(run_id, booking_id))
    again = start(booked, operator(world))
    world.settle()
    assert progress(world, run_id) == counted
    assert progress(world, again) == ("finished", 0, 0, 0)


def test_only_operators_may_and_only_where_there_is_a_departure(world: World, booked: Journey) -> None:
    for by in (booked.vendor, booked.traveller):
        with pytest.raises(NotAllowed):
            start(booked, by)
    booked.starts_at += TICK
    with pytest.raises(NoSuchCells):
        start(booked, operator(world))
    world.follow()
    assert world.rows("SELECT * FROM read.departure_cancellation") == []


CHILD = """
import sys
from pathlib import Path
from tests.integration.world import world_on

with world_on(sys.argv[1], Path(sys.argv[2])) as world:
    world.work()
"""


@contextmanager
def standing_still_at_the_third(world: World) -> Iterator[None]:
    """The append that cancels the third booking waits until this is left."""
    with superuser(world.url) as connection:
        connection.execute(
            "CREATE FUNCTION log.stand_still() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF (SELECT count(*) FROM log.events WHERE topic = 'affected_booking.cancelled') = 2 THEN"
            "   PERFORM pg_advisory_xact_lock(4711); END IF; RETURN NEW; END $$"
        )
        connection.execute(
            "CREATE TRIGGER slow BEFORE INSERT ON log.events FOR EACH ROW"
            " WHEN (NEW.topic = 'affected_booking.cancelled') EXECUTE FUNCTION log.stand_still()"
        )
        connection.execute("SELECT pg_advisory_lock(4711)")
        yield


def test_a_worker_that_is_killed_in_the_middle_is_followed_by_one_that_does_the_rest(
    world: World, booked: Journey, tmp_path: Path
) -> None:
    run_id = start(booked, operator(world))
    world.follow()
    with standing_still_at_the_third(world):
        child = subprocess.Popen([sys.executable, "-c", CHILD, world.url, str(tmp_path)], cwd=Path.cwd())
        eventually(
            lambda: world.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted"),
            deadline_seconds=30,
        )
        child.kill()
        child.wait(10)
        assert world.row("SELECT count(*) FROM log.events WHERE topic = 'affected_booking.cancelled'") == (2,)
    assert task_of(world, world.task("cancel_departure"))[0] == "running"
    run_out(world)
    world.settle_until("SELECT 1 FROM read.departure_cancellation WHERE status = 'finished'")
    assert progress(world, run_id) == ("finished", PAID + HELD, 0, PAID * PRICE)
    assert world.rows("SELECT amount_minor, count(*) FROM read.refund GROUP BY 1") == [(PRICE, PAID)]
    assert compare_capacity(world.own) == []


def test_every_cent_comes_back_from_stripe(database_url: str, tmp_path: Path, stripe_sandbox: StripeSandbox) -> None:
    with world_on(database_url, tmp_path, stripe=stripe_sandbox.url) as world:
        journey = Journey(world)
        for _ in range(3):
            journey.paying()
        world.settle_until("SELECT 1 FROM read.booking WHERE status = 'confirmed' HAVING count(*) = 3")
        run_id = start(journey, operator(world))
        world.settle_until("SELECT 1 FROM read.refund WHERE status = 'succeeded' HAVING count(*) = 3")
        assert progress(world, run_id) == ("finished", 3, 0, 3 * PRICE)
        assert world.clearing() == 0
        assert world.rows("SELECT refunded_minor, count(*) FROM read.booking GROUP BY 1") == [(PRICE, 3)]


def test_a_stay_that_has_one_of_the_nights_is_cancelled_whole(world: World) -> None:
    vendor, traveller = registered(world, "vendor"), registered(world, "traveller")
    stay_id, first = uuid4(), world.now().date() + timedelta(days=30)
    terms, price = PRESETS["moderate"], Money(PRICE, "EUR")
    world.do(CreateListing(stay_id, "House boat", "", "stay", "Europe/Berlin", price, terms, draft=False), vendor)
    world.do(OpenNights(uuid4(), stay_id, first, first + timedelta(days=9), 5), vendor)

    def held(first_night: int, last_night: int) -> UUID:
        nights = first + timedelta(days=first_night), first + timedelta(days=last_night)
        booking: Booking = world.do(PlaceHold(uuid4(), stay_id, None, None, 1, *nights), traveller)
        return booking.id

    before, into, within, out_of, after = held(1, 3), held(3, 4), held(4, 4), held(5, 6), held(6, 8)
    [from_, until] = [instant_of(datetime.combine(first + timedelta(days=n), time()), "Europe/Berlin") for n in (4, 6)]
    world.do(StartDepartureCancellation(uuid4(), stay_id, from_, until, "Flood", 3), operator(world))
    world.settle()
    assert dict(world.rows("SELECT booking_id, status FROM read.booking")) == {
        before: "held",
        into: "cancelled",
        within: "cancelled",
        out_of: "cancelled",
        after: "held",
    }
