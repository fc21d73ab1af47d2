"""Open nights of a stay."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from commands.change_listing import ChangeListing
from commands.open_nights import OpenNights
from domain.actor import Actor
from domain.capacity import Cell, OpenedAlready
from domain.listing import NotOnOffer, WrongKind
from domain.opening import Opening
from domain.refusal import NotFound
from domain.stay import NotNights, StayTooLong
from tests.unit.facts import (
    DAY,
    FIRST_NIGHT,
    LAST_NIGHT,
    LISTING_ID,
    OTHER_VENDOR,
    STAY_ID,
    TRAVELLER,
    VENDOR,
    create_stay,
    on_offer,
    open_nights,
    stay_on_offer,
)
from tests.unit.story import Step, fact, given

OTHER_OPENING = UUID(int=79)


def test_a_night_is_a_cell_from_check_in_to_check_out() -> None:
    story = given(Step(create_stay(), VENDOR)).when(open_nights(2, last=FIRST_NIGHT), by=VENDOR)
    night = Cell(datetime(2026, 4, 20, 13, tzinfo=UTC), datetime(2026, 4, 21, 9, tzinfo=UTC), 2)
    story.then(fact(Opening.Opened, listing_id=STAY_ID, cells=(night,)))


def test_both_the_first_and_the_last_night_are_opened() -> None:
    story = given(Step(create_stay(), VENDOR)).when(open_nights(), by=VENDOR).then(Opening.Opened)
    assert len(story.log.capacity.rooms) == 10


def test_a_night_is_opened_once() -> None:
    again = open_nights(first=LAST_NIGHT, last=LAST_NIGHT + DAY, opening_id=OTHER_OPENING)
    given(stay_on_offer()).when(again, by=VENDOR).then(OpenedAlready)
    after = open_nights(first=LAST_NIGHT + DAY, last=LAST_NIGHT + DAY, opening_id=OTHER_OPENING)
    given(stay_on_offer()).when(after, by=VENDOR).then(Opening.Opened)


def test_nights_that_are_none_or_too_many_are_refused() -> None:
    story = given(Step(create_stay(), VENDOR))
    story.when(open_nights(first=LAST_NIGHT, last=FIRST_NIGHT), by=VENDOR).then(NotNights)
    story.when(open_nights(last=FIRST_NIGHT + 731 * DAY), by=VENDOR).then(StayTooLong)
    story.when(open_nights(last=FIRST_NIGHT + 730 * DAY), by=VENDOR).then(Opening.Opened)


def test_a_departure_has_no_nights() -> None:
    nights = OpenNights(OTHER_OPENING, LISTING_ID, FIRST_NIGHT, LAST_NIGHT, 1)
    given(on_offer()).when(nights, by=VENDOR).then(WrongKind)


def test_a_closed_stay_opens_nothing() -> None:
    closed = Step(ChangeListing(STAY_ID, "close"), VENDOR)
    given(Step(create_stay(), VENDOR), closed).when(open_nights(), by=VENDOR).then(NotOnOffer)


@pytest.mark.parametrize("by", [OTHER_VENDOR, TRAVELLER])
def test_only_its_vendor_opens_a_listing(by: Actor) -> None:
    given(Step(create_stay(), VENDOR)).when(open_nights(), by=by).then(NotFound)
