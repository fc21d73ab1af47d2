"""Create a listing."""

import pytest

from domain.actor import SYSTEM, Actor
from domain.listing import Listing
from domain.money import Money
from domain.refusal import InvalidTerms, NotAllowed, UnsupportedCurrency
from domain.terms import PRESETS, Terms, Tier
from tests.unit.facts import LISTING_ID, OPERATOR, TRAVELLER, VENDOR, VENDOR_ID, create_listing
from tests.unit.story import T0, fact, given


def test_a_listing_is_published_at_once() -> None:
    given().when(create_listing(), by=VENDOR).then(
        fact(
            Listing.Created,
            originator_id=LISTING_ID,
            timestamp=T0,
            vendor_id=VENDOR_ID,
            price_minor=100_00,
            currency="EUR",
            time_zone="Europe/Berlin",
            terms=PRESETS["moderate"],
        ),
        Listing.Published,
    )


def test_a_draft_is_not_published() -> None:
    story = given().when(create_listing(draft=True), by=VENDOR).then(Listing.Created)
    assert story.state(Listing, LISTING_ID).status == "draft"


@pytest.mark.parametrize("by", [TRAVELLER, OPERATOR, SYSTEM, Actor(None, "vendor")])
def test_only_a_vendor_creates_listings(by: Actor) -> None:
    given().when(create_listing(), by=by).then(NotAllowed)


def test_an_unknown_currency_is_refused() -> None:
    assert Money(1, "XXX").currency == "XXX"
    given().when(create_listing(currency="XXX"), by=VENDOR).then(UnsupportedCurrency)


def test_terms_that_contradict_themselves_are_refused() -> None:
    rising = Terms("rising", (Tier("P7D", 5_000), Tier("P1D", 10_000)))
    given().when(create_listing(terms=rising), by=VENDOR).then(InvalidTerms)
