"""Change cells that are open: their capacity, or whether they are open at all."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from commands.change_cells import ChangeCells
from domain.actor import Actor
from domain.capacity import BelowSold, NoSuchCells, SoldOut
from domain.opening import CellChange
from domain.refusal import NotFound
from tests.unit.facts import (
    ENDS_AT,
    LISTING_ID,
    MINUTE,
    OPERATOR,
    OTHER_VENDOR,
    STARTS_AT,
    STAY_ID,
    TRAVELLER,
    VENDOR,
    confirmed,
    held,
    on_offer,
    place_hold,
    stay_on_offer,
)
from tests.unit.story import T0, Step, Story, fact, given

CHANGE = UUID(int=80)


def change(capacity: int | None = None, *, closed: bool | None = None, **where: Any) -> ChangeCells:
    place = {"listing_id": LISTING_ID, "starts_from": STARTS_AT, "starts_before": ENDS_AT, **where}
    return ChangeCells(CHANGE, capacity=capacity, closed=closed, reason="A bigger boat", **place)


def capacities(story: Story) -> list[tuple[int, bool]]:
    return [(room.cell.capacity, room.closed) for room in story.log.capacity.rooms.values()]


def test_what_was_asked_for_is_changed_and_the_rest_stays() -> None:
    story = given(on_offer(capacity=10)).when(change(12), by=VENDOR)
    story.then(
        fact(
            CellChange.Made,
            listing_id=LISTING_ID,
            capacity=12,
            closed=None,
            starts_from=STARTS_AT,
            reason="A bigger boat",
        )
    )
    assert capacities(story) == [(12, False)]


def test_never_below_what_is_sold_or_held() -> None:
    story = given(on_offer(capacity=10), confirmed(1, quantity=3), held(2, quantity=2))
    story.when(change(4), by=VENDOR).then(BelowSold)
    assert capacities(story) == [(10, False)]
    story.when(change(5), by=VENDOR).then(CellChange.Made)
    assert capacities(story) == [(5, False)]


def test_a_hold_that_has_run_out_is_no_reason_to_keep_its_places() -> None:
    story = given(on_offer(capacity=10), held(1, quantity=6))
    story.when(change(2), by=VENDOR, at=T0 + 14 * MINUTE).then(BelowSold)
    story.when(change(2), by=VENDOR, at=T0 + 15 * MINUTE).then(CellChange.Made)


def test_a_closed_departure_sells_no_more_and_keeps_what_it_sold() -> None:
    story = given(on_offer(), confirmed(1), Step(change(closed=True), VENDOR))
    story.when(place_hold(2), by=TRAVELLER).then(SoldOut).then_capacity(held=0, sold=1)


def test_a_departure_can_be_opened_again() -> None:
    reopened = ChangeCells(UUID(int=81), LISTING_ID, STARTS_AT, ENDS_AT, None, closed=False)
    story = given(on_offer(), Step(change(closed=True), VENDOR), Step(reopened, VENDOR))
    story.when(place_hold(), by=TRAVELLER).then_capacity(held=1, sold=0)


def test_only_the_nights_in_the_range_are_changed() -> None:
    first, after = datetime(2026, 4, 22, tzinfo=UTC), datetime(2026, 4, 24, tzinfo=UTC)
    nights = change(1, listing_id=STAY_ID, starts_from=first, starts_before=after)
    story = given(stay_on_offer(capacity=2)).when(nights, by=VENDOR)
    story.then(CellChange.Made)
    assert capacities(story) == [(2, False)] * 2 + [(1, False)] * 2 + [(2, False)] * 6


def test_where_nothing_is_open_there_is_nothing_to_change() -> None:
    given(on_offer()).when(change(1, starts_from=ENDS_AT, starts_before=ENDS_AT + MINUTE), by=VENDOR).then(NoSuchCells)


@pytest.mark.parametrize("by", [OTHER_VENDOR, TRAVELLER, OPERATOR])
def test_only_its_vendor_changes_a_listing(by: Actor) -> None:
    given(on_offer()).when(change(1), by=by).then(NotFound)
