"""Capacity changed under claims: cells resized, closed and reopened; claims moved, kept, and limited by traveller."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from domain.capacity import (
    BelowSold,
    CapacityChange,
    ClaimLost,
    FreeClaim,
    NoSuchCells,
    OpenCells,
    SoldOut,
    TakeClaim,
    TooManyHolds,
)
from tests.integration.appends import HOUR, LogOnTheBench, Nights, longer
from tests.integration.capacity_cells import cells, change, gone, soon, state_of


def room(bench: LogOnTheBench) -> list[tuple[int, bool]]:
    return [(n, closed) for n, closed in bench.rows("SELECT capacity, closed FROM capacity.cell ORDER BY starts_at")]


class TestResizing:
    def test_every_cell_that_starts_in_the_range_is_changed(self, bench: LogOnTheBench, nights: Nights) -> None:
        change(bench, nights.opened(1, 1, 1))
        change(bench, nights.resized(5, first=1, last=2))
        assert room(bench) == [(1, False), (5, False), (5, False)]

    def test_not_below_what_is_sold_or_held_and_then_none_is(self, bench: LogOnTheBench, nights: Nights) -> None:
        change(bench, nights.opened(4, 4), nights.hold(uuid4(), 1, until=soon(bench)))
        change(bench, nights.sale(uuid4(), 2, first=0, last=1))
        with pytest.raises(BelowSold):
            change(bench, nights.resized(2, closed=True, first=0, last=1))
        assert room(bench) == [(4, False), (4, False)]
        change(bench, nights.resized(3, first=0, last=1))
        assert room(bench) == [(3, False), (3, False)]

    def test_what_has_run_out_is_given_back_for_it(self, bench: LogOnTheBench, nights: Nights) -> None:
        late = uuid4()
        change(bench, nights.opened(2), nights.hold(late, until=gone(bench)), nights.hold(uuid4(), until=soon(bench)))
        with pytest.raises(BelowSold):
            change(bench, nights.resized(0))
        assert (state_of(bench, late), cells(bench)) == ("held", [(2, 0)])
        change(bench, nights.resized(1))
        assert (state_of(bench, late), cells(bench)) == ("freed", [(1, 0)])

    def test_there_must_be_something(self, bench: LogOnTheBench, nights: Nights) -> None:
        change(bench, nights.opened(1))
        with pytest.raises(NoSuchCells):
            change(bench, nights.resized(1, first=1, last=5))


class TestClosing:
    def test_a_closed_cell_takes_no_claim_until_it_is_open_again(self, bench: LogOnTheBench, nights: Nights) -> None:
        change(bench, nights.opened(1, 1), nights.resized(closed=True, first=1, last=1))
        for first in (0, 1):
            with pytest.raises(SoldOut):
                change(bench, nights.hold(uuid4(), first=first, last=1, until=soon(bench)))
        change(bench, nights.resized(closed=False, first=1, last=1))
        change(bench, nights.hold(uuid4(), first=0, last=1, until=soon(bench)))
        assert cells(bench) == [(1, 0), (1, 0)]

    def test_what_is_held_in_it_stays_and_can_be_bought(self, bench: LogOnTheBench, nights: Nights) -> None:
        kept, bought = uuid4(), uuid4()
        change(bench, nights.opened(2), *(nights.hold(one, until=gone(bench)) for one in (kept, bought)))
        change(bench, nights.resized(closed=True))
        change(bench, nights.kept(kept, until=soon(bench)))
        change(bench, nights.sale(bought))
        assert (state_of(bench, kept), state_of(bench, bought), cells(bench)) == ("held", "sold", [(1, 1)])

    def test_what_was_given_back_cannot_be_taken_again(self, bench: LogOnTheBench, nights: Nights) -> None:
        booking_id = uuid4()
        change(bench, nights.opened(2), nights.hold(booking_id, until=soon(bench)))
        change(bench, FreeClaim(booking_id), nights.resized(closed=True))
        for again in (nights.sale(booking_id), nights.kept(booking_id, until=soon(bench))):
            with pytest.raises(SoldOut):
                change(bench, again)


def test_a_stay_over_a_night_that_was_never_opened_is_sold_out(bench: LogOnTheBench, nights: Nights) -> None:
    first, _, third = nights.opened(1, 1, 1).cells
    change(bench, OpenCells(nights.listing_id, (first, third)))
    with pytest.raises(SoldOut):
        change(bench, nights.hold(uuid4(), first=0, last=2, until=soon(bench)))
    with pytest.raises(SoldOut):
        change(bench, nights.hold(uuid4(), first=2, last=3, until=soon(bench)))
    assert cells(bench) == [(0, 0), (0, 0)]


class TestMoving:
    """Four nights for two, of which this booking has the second and third of one unit."""

    @pytest.fixture
    def booking_id(self, bench: LogOnTheBench, nights: Nights) -> UUID:
        booking_id = uuid4()
        change(bench, nights.opened(2, 2, 2, 2), nights.sale(booking_id, first=1, last=2))
        return booking_id

    def test_it_leaves_some_nights_and_takes_others(
        self, bench: LogOnTheBench, nights: Nights, booking_id: UUID
    ) -> None:
        change(bench, nights.move(booking_id, 2, first=2, last=3))
        assert cells(bench) == [(0, 0), (0, 0), (0, 2), (0, 2)]
        change(bench, FreeClaim(booking_id))
        assert cells(bench) == [(0, 0)] * 4

    def test_what_both_have_in_common_needs_no_room(
        self, bench: LogOnTheBench, nights: Nights, booking_id: UUID
    ) -> None:
        change(bench, nights.sale(uuid4(), first=2, last=2))
        change(bench, nights.move(booking_id, first=2, last=3))
        assert cells(bench) == [(0, 0), (0, 0), (0, 2), (0, 1)]

    def test_without_room_it_stays_where_it_is(self, bench: LogOnTheBench, nights: Nights, booking_id: UUID) -> None:
        change(bench, nights.sale(uuid4(), 2, first=3, last=3))
        with pytest.raises(SoldOut):
            change(bench, nights.move(booking_id, first=2, last=3))
        assert cells(bench) == [(0, 0), (0, 1), (0, 1), (0, 2)]

    def test_it_can_shrink_in_closed_nights_but_not_grow(
        self, bench: LogOnTheBench, nights: Nights, booking_id: UUID
    ) -> None:
        change(bench, nights.resized(closed=True, first=1, last=2))
        for larger in (nights.move(booking_id, 2, first=1, last=1), nights.move(booking_id, 2, first=1, last=2)):
            with pytest.raises(SoldOut):
                change(bench, larger)
        change(bench, nights.move(booking_id, first=2, last=2))
        assert cells(bench) == [(0, 0), (0, 0), (0, 1), (0, 0)]

    def test_it_takes_what_has_run_out(self, bench: LogOnTheBench, nights: Nights, booking_id: UUID) -> None:
        late = uuid4()
        change(bench, nights.hold(late, 2, first=3, last=3, until=gone(bench)))
        change(bench, nights.move(booking_id, first=2, last=3))
        assert (state_of(bench, late), cells(bench)) == ("freed", [(0, 0), (0, 0), (0, 1), (0, 1)])

    def test_only_what_is_sold_can_be_moved(self, bench: LogOnTheBench, nights: Nights, booking_id: UUID) -> None:
        held = uuid4()
        change(bench, FreeClaim(booking_id), nights.hold(held, until=soon(bench)))
        for one in (held, booking_id, uuid4()):
            with pytest.raises(ClaimLost):
                change(bench, nights.move(one, first=3, last=3))


class TestLimit:
    """A traveller may have two holds."""

    traveller_id = UUID(int=1)

    def hold(self, nights: Nights, *, until: datetime, by: UUID = traveller_id) -> TakeClaim:
        return replace(nights.hold(uuid4(), until=until), traveller_id=by, holds_max=2)

    def test_one_more_is_refused_to_him_and_to_nobody_else(self, bench: LogOnTheBench, nights: Nights) -> None:
        change(bench, nights.opened(9), *(self.hold(nights, until=soon(bench)) for _ in range(2)))
        with pytest.raises(TooManyHolds):
            change(bench, self.hold(nights, until=soon(bench)))
        change(bench, self.hold(nights, until=soon(bench), by=uuid4()))
        change(bench, nights.hold(uuid4(), until=soon(bench)))
        assert cells(bench) == [(4, 0)]

    def test_it_holds_when_all_are_asked_for_at_once(self, bench: LogOnTheBench, nights: Nights) -> None:
        change(bench, nights.opened(9))
        holds = [self.hold(nights, until=soon(bench)) for _ in range(5)]
        done = bench.all_at_once(*((hold,) for hold in holds))
        assert sorted(type(one).__name__ for one in done) == ["Committed"] * 2 + ["TooManyHolds"] * 3
        assert cells(bench) == [(2, 0)]

    @pytest.mark.parametrize("end", ["sold", "kept", "freed", "expired"])
    def test_what_is_no_hold_any_more_does_not_count(self, bench: LogOnTheBench, nights: Nights, end: str) -> None:
        first = self.hold(nights, until=soon(bench))
        change(bench, nights.opened(9), first, self.hold(nights, until=soon(bench)))
        ends: dict[str, CapacityChange] = {
            "sold": nights.sale(first.booking_id),
            "kept": nights.kept(first.booking_id, until=soon(bench) + HOUR),
            "freed": FreeClaim(first.booking_id),
            "expired": longer(first.booking_id, gone(bench)),
        }
        change(bench, ends[end])
        change(bench, self.hold(nights, until=soon(bench)))
        with pytest.raises(TooManyHolds):
            change(bench, self.hold(nights, until=soon(bench)))


class TestKeeping:
    def test_a_hold_is_kept_longer_even_if_it_had_run_out(self, bench: LogOnTheBench, nights: Nights) -> None:
        booking_id = uuid4()
        change(bench, nights.opened(1), nights.hold(booking_id, until=gone(bench)))
        change(bench, nights.kept(booking_id, until=soon(bench)))
        with pytest.raises(SoldOut):
            change(bench, nights.hold(uuid4(), until=soon(bench)))
        assert cells(bench) == [(1, 0)]

    def test_what_was_given_back_is_taken_again_if_it_can(self, bench: LogOnTheBench, nights: Nights) -> None:
        booking_id = uuid4()
        change(bench, nights.opened(1), nights.hold(booking_id, until=gone(bench)))
        other = uuid4()
        change(bench, nights.hold(other, until=soon(bench)))
        with pytest.raises(SoldOut):
            change(bench, nights.kept(booking_id, until=soon(bench) + timedelta(days=1)))
        change(bench, FreeClaim(other))
        change(bench, nights.kept(booking_id, until=soon(bench) + timedelta(days=1)))
        assert (state_of(bench, booking_id), cells(bench)) == ("held", [(1, 0)])

    def test_what_is_sold_stays_sold(self, bench: LogOnTheBench, nights: Nights) -> None:
        booking_id = uuid4()
        change(bench, nights.opened(1), nights.sale(booking_id))
        change(bench, nights.kept(booking_id, until=soon(bench)))
        assert (state_of(bench, booking_id), cells(bench)) == ("sold", [(0, 1)])
