"""Open departures of a listing."""

from uuid import UUID

import pytest

from commands.change_listing import ChangeListing
from commands.open_departures import OpenDepartures
from domain.actor import Actor
from domain.capacity import Cell, OpenedAlready
from domain.listing import Listing, NotOnOffer
from domain.opening import Opening
from domain.refusal import NotFound
from tests.unit.facts import (
    DAY,
    ENDS_AT,
    LISTING_ID,
    OPENING_ID,
    OPERATOR,
    OTHER_VENDOR,
    STARTS_AT,
    VENDOR,
    create_listing,
    on_offer,
    open_departure,
    place_hold,
)
from tests.unit.facts import TRAVELLER as ANYONE
from tests.unit.story import Step, fact, given

OTHER_OPENING = UUID(int=77)


def test_a_departure_has_room_once_it_is_opened() -> None:
    story = given(Step(create_listing(), VENDOR)).when(open_departure(capacity=3), by=VENDOR)
    story.then(
        fact(Opening.Opened, originator_id=OPENING_ID, listing_id=LISTING_ID, cells=(Cell(STARTS_AT, ENDS_AT, 3),))
    ).then_capacity(held=0, sold=0)
    assert [room.cell.capacity for room in story.log.capacity.rooms.values()] == [3]


@pytest.mark.parametrize("state", ["draft", "paused"])
def test_a_listing_may_be_filled_before_it_is_on_offer(state: str) -> None:
    steps = [Step(create_listing(draft=state == "draft"), VENDOR)]
    if state == "paused":
        steps.append(Step(ChangeListing(LISTING_ID, "pause"), VENDOR))
    given(steps).when(open_departure(), by=VENDOR).then(Opening.Opened)


def test_a_closed_listing_opens_nothing() -> None:
    story = given(on_offer(), Step(ChangeListing(LISTING_ID, "close"), VENDOR))
    story.when(open_departure(opening_id=OTHER_OPENING), by=VENDOR).then(NotOnOffer)
    assert story.state(Listing, LISTING_ID).status == "closed"


def test_a_departure_is_opened_once() -> None:
    given(on_offer()).when(open_departure(opening_id=OTHER_OPENING), by=VENDOR).then(OpenedAlready)


def test_an_opening_is_refused_whole_when_one_of_its_departures_is_open() -> None:
    cells = (Cell(STARTS_AT + DAY, ENDS_AT + DAY, 5), Cell(STARTS_AT, ENDS_AT, 5))
    story = given(on_offer()).when(OpenDepartures(OTHER_OPENING, LISTING_ID, cells), by=VENDOR).then(OpenedAlready)
    assert len(story.log.capacity.rooms) == 1


@pytest.mark.parametrize("by", [OTHER_VENDOR, ANYONE, OPERATOR])
def test_a_listing_that_is_not_yours_is_not_found(by: Actor) -> None:
    given(Step(create_listing(), VENDOR)).when(open_departure(), by=by).then(NotFound)


def test_departures_of_a_listing_are_sold_one_by_one() -> None:
    later = OpenDepartures(OTHER_OPENING, LISTING_ID, (Cell(STARTS_AT + DAY, ENDS_AT + DAY, 1),))
    story = given(on_offer(capacity=1), Step(later, VENDOR)).when(place_hold(), by=ANYONE)
    story.then_capacity(held=1, sold=0)
    assert story.log.capacity.rooms[LISTING_ID, STARTS_AT].held == 1
