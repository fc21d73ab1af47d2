"""Revise what a listing says: new bookings find it, those made keep what they have."""

from typing import Any

import pytest

from commands.change_listing import ChangeListing
from commands.revise_listing import ReviseListing
from domain.actor import Actor
from domain.booking import Booking
from domain.listing import InvalidAnswerTime, Listing, OtherCurrency
from domain.money import Money
from domain.refusal import InvalidTerms, NotFound, VersionMismatch, WrongState
from domain.terms import PRESETS, Terms
from tests.unit.facts import (
    LISTING_ID,
    OPERATOR,
    OTHER_VENDOR,
    TRAVELLER,
    VENDOR,
    booking_id,
    confirmed,
    on_offer,
    place_hold,
)
from tests.unit.story import Step, fact, given


def revise(**changes: Any) -> ReviseListing:
    return ReviseListing(LISTING_ID, **changes)


@pytest.mark.parametrize(
    ("changes", "events"),
    [
        (
            {"title": "Canoeing"},
            [fact(Listing.Described, title="Canoeing", description="Four hours on the water, with a guide.", place="")],
        ),
        ({"place": "Berlin"}, [fact(Listing.Described, title="Kayaking on the Spree", place="Berlin")]),
        ({"description": ""}, [fact(Listing.Described, description="")]),
        ({"price": Money(120_00, "EUR")}, [fact(Listing.PriceChanged, price_minor=120_00)]),
        ({"terms": PRESETS["strict"]}, [fact(Listing.TermsChanged, terms=PRESETS["strict"])]),
        (
            {"booking_mode": "request"},
            [fact(Listing.BookingModeChanged, booking_mode="request", answer_within="PT24H")],
        ),
        (
            {"booking_mode": "request", "answer_within": "PT12H"},
            [fact(Listing.BookingModeChanged, booking_mode="request", answer_within="PT12H")],
        ),
        ({"title": "Canoeing", "price": Money(1, "EUR")}, [fact(Listing.Described), fact(Listing.PriceChanged)]),
    ],
)
def test_every_change_is_an_event_of_its_own(changes: dict[str, Any], events: list[Any]) -> None:
    given(on_offer()).when(revise(**changes), by=VENDOR).then(*events)


def test_already_so_is_no_event() -> None:
    same = revise(title="Kayaking on the Spree", price=Money(100_00, "EUR"), terms=PRESETS["moderate"])
    given(on_offer()).when(same, by=VENDOR).then_nothing()
    given(on_offer()).when(revise(), by=VENDOR).then_nothing()


def test_a_new_price_and_new_terms_are_for_new_bookings_only() -> None:
    dearer = revise(price=Money(150_00, "EUR"), terms=PRESETS["non_refundable"])
    story = given(on_offer(), confirmed(1), Step(dearer, VENDOR)).when(place_hold(2), by=TRAVELLER)
    new, old = story.state(Booking, booking_id(2)), story.state(Booking, booking_id(1))
    assert (new.price_minor, new.terms.name) == (150_00, "non_refundable")
    assert (old.price_minor, old.terms.name) == (100_00, "moderate")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"price": Money(100_00, "USD")}, OtherCurrency),
        ({"terms": Terms("none", ())}, InvalidTerms),
        ({"booking_mode": "request", "answer_within": "soon"}, InvalidAnswerTime),
        ({"booking_mode": "request", "answer_within": "PT0S"}, InvalidAnswerTime),
        ({"booking_mode": "request", "answer_within": "PT59S"}, InvalidAnswerTime),
        ({"booking_mode": "request", "answer_within": "P7DT1S"}, InvalidAnswerTime),
    ],
)
def test_what_makes_no_sense_is_refused_whole(changes: dict[str, Any], refusal: Any) -> None:
    given(on_offer()).when(revise(title="Not even this", **changes), by=VENDOR).then(refusal)


@pytest.mark.parametrize("by", [OTHER_VENDOR, TRAVELLER, OPERATOR])
def test_a_listing_that_is_not_yours_is_not_found(by: Actor) -> None:
    given(on_offer()).when(revise(title="Mine now"), by=by).then(NotFound)


def test_a_closed_listing_stays_as_it_is() -> None:
    given(on_offer(), Step(ChangeListing(LISTING_ID, "close"), VENDOR)).when(revise(title="Again"), by=VENDOR).then(
        WrongState
    )


def test_a_listing_that_changed_since_it_was_read_is_refused() -> None:
    given(on_offer()).when(revise(title="Canoeing", if_version=1), by=VENDOR).then(VersionMismatch)
    given(on_offer()).when(revise(title="Canoeing", if_version=2), by=VENDOR).then(Listing.Described)
