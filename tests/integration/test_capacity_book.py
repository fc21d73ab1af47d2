"""The capacity guard in SQL and the book of the unit tests in plain Python do the same, whatever is asked of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.capacity import CapacityChange, FreeClaim, OpenCells, TakeClaim
from domain.refusal import Refusal
from tests.integration.appends import LogOnTheBench, Nights, append, facts, longer
from tests.unit.capacity_book import CapacityBook

NIGHTS: Final = 5
HOLDS_MAX: Final = 2
NOW: Final = datetime.now(UTC)
DEADLINES: Final = (NOW - timedelta(hours=1), NOW + timedelta(days=1))
KINDS: Final = ("hold", "hold", "limited", "keep", "sell", "sell", "move", "move", "longer", "free", "resize", "close")


class Asked:
    """What is asked of one listing, whose nights are open but for the last."""

    def __init__(self, data: st.DataObject) -> None:
        self.nights = Nights(uuid4())
        self.booking_ids: list[UUID] = []
        self._traveller_id = uuid4()
        self._data = data

    def opened(self) -> OpenCells:
        return self.nights.opened(*(self._data.draw(st.integers(1, 3)) for _ in range(NIGHTS)))

    def appends(self) -> list[list[CapacityChange]]:
        """Up to thirty appends; two changes in one of them stand or fall together."""
        return [
            [self._change() for _ in range(self._data.draw(st.sampled_from([1, 1, 2])))]
            for _ in range(self._data.draw(st.integers(1, 30)))
        ]

    def _change(self) -> CapacityChange:
        draw, nights = self._data.draw, self.nights
        kind, quantity, until = draw(st.sampled_from(KINDS)), draw(st.integers(1, 2)), draw(st.sampled_from(DEADLINES))
        first, last = sorted((draw(st.integers(0, NIGHTS)), draw(st.integers(0, NIGHTS))))
        if kind in {"hold", "limited"} or not self.booking_ids:
            self.booking_ids.append(uuid4())
            return self._hold(nights.hold(self.booking_ids[-1], quantity, first=first, last=last, until=until), kind)
        booking_id = draw(st.sampled_from(self.booking_ids))
        changes: dict[str, CapacityChange] = {
            "keep": nights.kept(booking_id, quantity, first=first, last=last, until=until),
            "sell": nights.sale(booking_id, quantity, first=first, last=last),
            "move": nights.move(booking_id, quantity, first=first, last=last),
            "longer": longer(booking_id, until),
            "free": FreeClaim(booking_id),
            "resize": nights.resized(quantity, first=first, last=last),
            "close": nights.resized(closed=draw(st.booleans()), first=first, last=last),
        }
        return changes[kind]

    def _hold(self, hold: TakeClaim, kind: str) -> TakeClaim:
        return replace(hold, traveller_id=self._traveller_id, holds_max=HOLDS_MAX) if kind == "limited" else hold


def said_by_book(book: CapacityBook, changes: list[CapacityChange]) -> CapacityBook | type[Refusal]:
    """The book after these changes, or the refusal of the first that it refuses."""
    after = book.copy()
    try:
        for change in changes:
            after.apply(change, NOW)
    except Refusal as refusal:
        return type(refusal)
    return after


def said_by_sql(bench: LogOnTheBench, changes: list[CapacityChange]) -> type[Refusal] | None:
    (outcome,) = bench.together(lambda: bench.log.commit(append(*facts(), capacity=tuple(changes))))
    if isinstance(outcome, Refusal):
        return type(outcome)
    if isinstance(outcome, BaseException):
        raise outcome
    return None


def assert_same(bench: LogOnTheBench, asked: Asked, book: CapacityBook) -> None:
    cells = bench.rows(
        "SELECT starts_at, ends_at, capacity, held, sold, closed FROM capacity.cell WHERE listing_id = %s ORDER BY 1",
        asked.nights.listing_id,
    )
    assert cells == [
        (room.cell.starts_at, room.cell.ends_at, room.cell.capacity, room.held, room.sold, room.closed)
        for _, room in sorted(book.rooms.items())
    ]
    claims = bench.rows(
        "SELECT booking_id, starts_at, ends_at, quantity, state, expires_at, traveller_id FROM capacity.claim"
        " WHERE listing_id = %s ORDER BY booking_id",
        asked.nights.listing_id,
    )
    assert claims == [
        (id_, c.place.starts_at, c.place.ends_at, c.place.quantity, c.state, c.expires_at, c.traveller_id)
        for id_, c in sorted(book.claims.items())
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_sql_and_book_agree_after_any_changes(bench: LogOnTheBench, data: st.DataObject) -> None:
    asked, book = Asked(data), CapacityBook()
    opened: list[CapacityChange] = [asked.opened()]
    for changes in [opened, *asked.appends()]:
        after = said_by_book(book, changes)
        refused = said_by_sql(bench, changes)
        assert refused == (None if isinstance(after, CapacityBook) else after), changes
        book = after if isinstance(after, CapacityBook) else book
    assert_same(bench, asked, book)
