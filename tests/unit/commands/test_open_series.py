"""Open a series of departures by a recurrence rule."""

from datetime import timedelta
from uuid import UUID

import pytest

from commands.open_departures import OpenSeries
from domain.actor import Actor
from domain.capacity import OpenedAlready
from domain.listing import WrongKind
from domain.opening import Opening
from domain.recurrence import InvalidRecurrence
from domain.refusal import NotFound
from tests.unit.facts import (
    DAY,
    ENDS_AT,
    LISTING_ID,
    OTHER_VENDOR,
    STARTS_AT,
    STAY_ID,
    TRAVELLER,
    VENDOR,
    create_listing,
    on_offer,
    stay_on_offer,
)
from tests.unit.story import Step, given

SERIES = UUID(int=78)


def series(rrule: str, listing_id: UUID = LISTING_ID) -> OpenSeries:
    return OpenSeries(SERIES, listing_id, STARTS_AT, ENDS_AT, 5, rrule)


def test_every_departure_has_room_and_lasts_as_long_as_the_first() -> None:
    story = given(Step(create_listing(), VENDOR)).when(series("FREQ=WEEKLY;COUNT=40"), by=VENDOR).then(Opening.Opened)
    cells = story.state(Opening, SERIES).cells
    assert len(cells) == len(story.log.capacity.rooms) == 40
    assert cells[0].starts_at == STARTS_AT
    assert {cell.ends_at - cell.starts_at for cell in cells} == {timedelta(hours=4)}
    # The clocks of Berlin go back on 25 October 2026.
    assert {cell.starts_at.hour for cell in cells} == {8, 9}


def test_a_series_is_refused_whole_when_one_of_it_is_open() -> None:
    story = given(on_offer()).when(series("FREQ=DAILY;COUNT=3"), by=VENDOR).then(OpenedAlready)
    assert len(story.log.capacity.rooms) == 1
    later = OpenSeries(SERIES, LISTING_ID, STARTS_AT + DAY, ENDS_AT + DAY, 5, "FREQ=DAILY;COUNT=3")
    story.when(later, by=VENDOR).then(Opening.Opened)


def test_a_rule_without_an_end_is_refused() -> None:
    given(on_offer()).when(series("FREQ=DAILY"), by=VENDOR).then(InvalidRecurrence)


def test_a_stay_has_no_departures() -> None:
    given(stay_on_offer()).when(series("FREQ=DAILY;COUNT=2", STAY_ID), by=VENDOR).then(WrongKind)


@pytest.mark.parametrize("by", [OTHER_VENDOR, TRAVELLER])
def test_only_its_vendor_opens_a_listing(by: Actor) -> None:
    given(on_offer()).when(series("FREQ=DAILY"), by=by).then(NotFound)
