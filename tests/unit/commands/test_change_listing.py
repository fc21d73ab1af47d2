"""Publish, pause, resume or close a listing."""

from typing import Literal

import pytest

from commands.change_listing import ChangeListing
from domain.actor import Actor
from domain.listing import Listing
from domain.refusal import NotFound, VersionMismatch, WrongState
from domain.root import Event
from tests.unit.facts import LISTING_ID, OPERATOR, OTHER_VENDOR, TRAVELLER, VENDOR, create_listing
from tests.unit.story import Step, given

To = Literal["publish", "pause", "resume", "close"]


def to(*states: To) -> list[Step]:
    return [Step(ChangeListing(LISTING_ID, state), VENDOR) for state in states]


DRAFT = [Step(create_listing(draft=True), VENDOR)]
STORIES: dict[str, list[Step]] = {
    "draft": DRAFT,
    "published": [*DRAFT, *to("publish")],
    "paused": [*DRAFT, *to("publish", "pause")],
    "resumed": [*DRAFT, *to("publish", "pause", "resume")],
    "closed": [*DRAFT, *to("close")],
}


@pytest.mark.parametrize(
    ("state", "change", "event"),
    [
        ("draft", "publish", Listing.Published),
        ("published", "pause", Listing.Paused),
        ("paused", "resume", Listing.Resumed),
        ("resumed", "pause", Listing.Paused),
        ("draft", "close", Listing.Closed),
        ("published", "close", Listing.Closed),
        ("paused", "close", Listing.Closed),
    ],
)
def test_a_listing_goes_from_state_to_state(state: str, change: To, event: type[Event]) -> None:
    given(STORIES[state]).when(ChangeListing(LISTING_ID, change), by=VENDOR).then(event)


@pytest.mark.parametrize(
    ("state", "change"),
    [("published", "publish"), ("published", "resume"), ("paused", "pause"), ("closed", "close")],
)
def test_already_so_is_no_event(state: str, change: To) -> None:
    given(STORIES[state]).when(ChangeListing(LISTING_ID, change), by=VENDOR).then_nothing()


@pytest.mark.parametrize(
    ("state", "change"),
    [
        ("draft", "pause"),
        ("draft", "resume"),
        ("paused", "publish"),
        ("closed", "publish"),
        ("closed", "pause"),
        ("closed", "resume"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(state: str, change: To) -> None:
    given(STORIES[state]).when(ChangeListing(LISTING_ID, change), by=VENDOR).then(WrongState)


@pytest.mark.parametrize("by", [OTHER_VENDOR, TRAVELLER, OPERATOR])
def test_a_listing_that_is_not_yours_is_not_found(by: Actor) -> None:
    given(DRAFT).when(ChangeListing(LISTING_ID, "publish"), by=by).then(NotFound)


def test_a_listing_that_does_not_exist_is_not_found() -> None:
    given().when(ChangeListing(LISTING_ID, "publish"), by=VENDOR).then(NotFound)


def test_a_listing_that_changed_since_it_was_read_is_refused() -> None:
    given(STORIES["published"]).when(ChangeListing(LISTING_ID, "pause", if_version=1), by=VENDOR).then(VersionMismatch)
    given(STORIES["published"]).when(ChangeListing(LISTING_ID, "pause", if_version=2), by=VENDOR).then(Listing.Paused)


def test_a_wrong_version_does_not_betray_that_the_listing_exists() -> None:
    given(DRAFT).when(ChangeListing(LISTING_ID, "publish", if_version=9), by=OTHER_VENDOR).then(NotFound)
