"""The capacity guard: nothing is sold twice, and its counters are always the sum of its claims."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID, uuid4

import psycopg
import pytest

from commands.append import Committed
from domain.capacity import CapacityChange, Cell, ClaimLost, FreeClaim, OpenCells, SoldOut, TakeClaim
from tests.integration.appends import HOUR, T0, LogOnTheBench, Nights, longer
from tests.integration.capacity_cells import cells, change, gone, soon, state_of
from tests.integration.world import superuser


def test_of_fifty_who_want_the_last_place_one_gets_it(bench: LogOnTheBench, nights: Nights) -> None:
    change(bench, nights.opened(1))
    done = bench.all_at_once(*((nights.hold(uuid4(), until=soon(bench)),) for _ in range(50)))
    assert sorted(type(one).__name__ for one in done) == ["Committed"] + ["SoldOut"] * 49
    assert cells(bench) == [(1, 0)]
    assert len(bench.rows("SELECT * FROM log.events")) == 2


def test_of_many_at_once_each_is_judged_by_itself(bench: LogOnTheBench, nights: Nights) -> None:
    """Two departures with room for all who ask, one with room for some, and others who change them meanwhile."""
    change(bench, nights.opened(9, 9, 3), nights.sale(sold := uuid4(), 2, first=2, last=2))
    holds = [nights.hold(uuid4(), first=n % 3, last=n % 3, until=soon(bench)) for n in range(12)]
    stay = nights.hold(uuid4(), first=0, last=1, until=soon(bench))
    wanted: list[CapacityChange] = [*holds, stay, FreeClaim(sold)]
    done = bench.all_at_once(*((one,) for one in wanted))
    refused = [type(one).__name__ for one in done if not isinstance(one, Committed)]
    assert (refused, cells(bench)) == (["SoldOut"], [(5, 0), (5, 0), (3, 0)])
    assert {type(one).__name__ for one in done[2:12:3]} == {"Committed", "SoldOut"}


class TestHolds:
    def test_a_range_takes_every_cell_or_none(self, bench: LogOnTheBench, nights: Nights) -> None:
        change(bench, nights.opened(2, 1, 2))
        with pytest.raises(SoldOut):
            change(bench, nights.hold(uuid4(), 2, first=0, last=2, until=soon(bench)))
        change(bench, nights.hold(uuid4(), 1, first=0, last=2, until=soon(bench)))
        assert cells(bench) == [(1, 0), (1, 0), (1, 0)]

    def test_one_that_ran_out_is_reclaimed_by_the_next_taker(self, bench: LogOnTheBench, nights: Nights) -> None:
        first, second = uuid4(), uuid4()
        change(bench, nights.opened(1), nights.hold(first, until=gone(bench)))
        change(bench, nights.hold(second, until=soon(bench)))
        assert (state_of(bench, first), state_of(bench, second)) == ("freed", "held")
        assert cells(bench) == [(1, 0)]

    def test_one_that_ran_out_of_another_cell_is_left_alone(self, bench: LogOnTheBench, nights: Nights) -> None:
        first = uuid4()
        change(bench, nights.opened(1, 1), nights.hold(first, first=1, last=1, until=gone(bench)))
        change(bench, nights.hold(uuid4(), until=soon(bench)))
        assert state_of(bench, first) == "held"

    def test_nothing_is_reclaimed_if_there_is_not_enough_even_so(self, bench: LogOnTheBench, nights: Nights) -> None:
        first = uuid4()
        change(bench, nights.opened(2), nights.hold(first, until=gone(bench)))
        with pytest.raises(SoldOut):
            change(bench, nights.hold(uuid4(), 3, until=soon(bench)))
        assert (state_of(bench, first), cells(bench)) == ("held", [(1, 0)])

    def test_one_is_held_longer_while_it_lives(self, bench: LogOnTheBench, nights: Nights) -> None:
        booking_id, until = uuid4(), soon(bench)
        change(bench, nights.opened(1), nights.hold(booking_id, until=gone(bench)))
        change(bench, longer(booking_id, until))
        with pytest.raises(SoldOut):
            change(bench, nights.hold(uuid4(), until=until))

    def test_one_that_was_reclaimed_cannot_be_held_longer(self, bench: LogOnTheBench, nights: Nights) -> None:
        first = uuid4()
        change(bench, nights.opened(1), nights.hold(first, until=gone(bench)))
        change(bench, nights.hold(uuid4(), until=soon(bench)))
        with pytest.raises(ClaimLost):
            change(bench, longer(first, soon(bench)))


class TestSales:
    def test_a_hold_becomes_a_sale_once(self, bench: LogOnTheBench, nights: Nights) -> None:
        booking_id = uuid4()
        change(bench, nights.opened(3), nights.hold(booking_id, 2, until=soon(bench)))
        change(bench, nights.sale(booking_id, 2))
        change(bench, nights.sale(booking_id, 2))
        assert (state_of(bench, booking_id), cells(bench)) == ("sold", [(0, 2)])

    def test_a_late_sale_takes_the_places_again(self, bench: LogOnTheBench, nights: Nights) -> None:
        booking_id = uuid4()
        change(bench, nights.opened(1), nights.hold(booking_id, until=soon(bench)))
        change(bench, FreeClaim(booking_id))
        change(bench, nights.sale(booking_id))
        assert (state_of(bench, booking_id), cells(bench)) == ("sold", [(0, 1)])

    def test_a_late_sale_is_refused_if_they_are_someone_elses(self, bench: LogOnTheBench, nights: Nights) -> None:
        late = uuid4()
        change(bench, nights.opened(1), nights.hold(late, until=gone(bench)))
        change(bench, nights.hold(uuid4(), until=soon(bench)))
        with pytest.raises(SoldOut):
            change(bench, nights.sale(late))
        assert cells(bench) == [(1, 0)]

    def test_a_late_sale_takes_places_whose_hold_ran_out(self, bench: LogOnTheBench, nights: Nights) -> None:
        late, other = uuid4(), uuid4()
        change(bench, nights.opened(1), nights.hold(other, until=gone(bench)))
        change(bench, nights.sale(late))
        assert (state_of(bench, late), state_of(bench, other), cells(bench)) == ("sold", "freed", [(0, 1)])


@pytest.mark.parametrize("sold", [False, True])
def test_places_are_given_back_once(bench: LogOnTheBench, nights: Nights, *, sold: bool) -> None:
    booking_id, other = uuid4(), uuid4()
    change(
        bench, nights.opened(4), nights.hold(booking_id, 2, until=soon(bench)), nights.hold(other, until=soon(bench))
    )
    if sold:
        change(bench, nights.sale(booking_id, 2))
    change(bench, FreeClaim(booking_id))
    change(bench, FreeClaim(booking_id))
    change(bench, FreeClaim(uuid4()))
    assert (state_of(bench, booking_id), cells(bench)) == ("freed", [(1, 0)])


@pytest.mark.parametrize("assignment", ["held = 3", "sold = 3", "held = 1, sold = 2", "held = -1", "capacity = -1"])
def test_the_table_itself_refuses_more_than_there_is(
    bench: LogOnTheBench, database_url: str, nights: Nights, assignment: str
) -> None:
    """Even if the functions were wrong: the last word is a constraint."""
    change(bench, nights.opened(2))
    with superuser(database_url) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(f"UPDATE capacity.cell SET {assignment}".encode())


@dataclass
class Walk:
    """Random changes of thirty bookings, also of what is not theirs any more and of what has run out."""

    nights: Nights
    random: Random
    until: list[datetime]

    def __post_init__(self) -> None:
        self.bookings = [self.somewhere() for _ in range(30)]

    def somewhere(self) -> tuple[UUID, int, int, int]:
        first, last = sorted(self.random.choices(range(4), k=2))
        return uuid4(), self.random.randint(1, 2), first, last

    def hold(self, booking: tuple[UUID, int, int, int]) -> CapacityChange:
        booking_id, quantity, first, last = booking
        until = self.random.choice(self.until)
        return self.nights.hold(booking_id, quantity, first=first, last=last, until=until)

    def step(self) -> CapacityChange:
        booking_id, quantity, first, last = self.random.choice(self.bookings)
        steps: list[CapacityChange] = [
            self.hold(self.somewhere()),
            self.nights.sale(booking_id, quantity, first=first, last=last),
            longer(booking_id, self.random.choice(self.until)),
            FreeClaim(booking_id),
            FreeClaim(booking_id),
        ]
        return self.random.choice(steps)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_counters_are_the_sum_of_the_claims_after_any_walk(bench: LogOnTheBench, nights: Nights, seed: int) -> None:
    """Four at a time hold, hold longer, sell and free at random."""
    change(bench, nights.opened(3, 2, 4, 1))
    walk = Walk(nights, Random(seed), [soon(bench), gone(bench)])  # noqa: S311 - repeatable, not secret
    changes = [walk.hold(booking) for booking in walk.bookings] + [walk.step() for _ in range(100)]
    done = []
    while changes:
        done += bench.all_at_once(*((changes.pop(0),) for _ in range(min(4, len(changes)))))
    assert {type(one).__name__ for one in done} == {"Committed", "SoldOut", "ClaimLost"}
    summed = bench.rows(
        "SELECT coalesce(sum(quantity) FILTER (WHERE c.state = 'held'), 0)::int,"
        "       coalesce(sum(quantity) FILTER (WHERE c.state = 'sold'), 0)::int"
        "  FROM capacity.cell AS x LEFT JOIN capacity.claim AS c"
        "       ON c.listing_id = x.listing_id AND c.starts_at <= x.starts_at AND c.ends_at >= x.ends_at"
        " GROUP BY x.starts_at ORDER BY x.starts_at"
    )
    assert cells(bench) == summed


def test_a_short_departure_within_a_longer_one_is_a_cell_of_its_own(bench: LogOnTheBench, nights: Nights) -> None:
    day = OpenCells(nights.listing_id, (Cell(T0 - HOUR, T0 + 3 * HOUR, 5),))
    change(bench, nights.opened(5), day)
    booking_id = uuid4()
    change(bench, TakeClaim(booking_id, nights.listing_id, T0 - HOUR, T0 + 3 * HOUR, 2, soon(bench)))
    assert cells(bench) == [(2, 0), (0, 0)]
    change(bench, FreeClaim(booking_id))
    assert cells(bench) == [(0, 0), (0, 0)]
