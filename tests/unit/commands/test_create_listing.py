"""Create a listing."""

from dataclasses import replace
from datetime import date

import pytest

from domain.actor import SYSTEM, Actor
from domain.listing import InvalidAnswerTime, Listing
from domain.money import Money
from domain.refusal import InvalidTerms, NotAllowed, UnsupportedCurrency
from domain.stay import InvalidStayTimes
from domain.terms import PRESETS, Terms, Tier
from tests.unit.facts import LISTING_ID, OPERATOR, STAY_ID, TRAVELLER, VENDOR, VENDOR_ID, create_listing, create_stay
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


def test_a_stay_says_when_guests_come_and_leave() -> None:
    story = given().when(create_stay(check_in="16:00", check_out="10:30"), by=VENDOR)
    story.then(fact(Listing.Created, check_in="16:00", check_out="10:30", place="Berlin"), Listing.Published)
    stay = story.state(Listing, STAY_ID)
    range_of = stay.stay_range(date(2026, 4, 20), date(2026, 4, 22))
    assert [at.isoformat() for at in range_of] == ["2026-04-20T14:00:00+00:00", "2026-04-23T08:30:00+00:00"]
    assert stay.cells_between(*range_of) == 3


def test_a_departure_has_no_check_in_and_is_one_cell() -> None:
    story = (
        given()
        .when(create_listing(), by=VENDOR)
        .then(fact(Listing.Created, check_in="", check_out="", booking_mode="instant"), Listing.Published)
    )
    assert story.state(Listing, LISTING_ID).cells_between(T0, T0) == 1


def test_guests_must_be_out_before_the_next_come() -> None:
    given().when(create_stay(check_in="10:00", check_out="10:01"), by=VENDOR).then(InvalidStayTimes)


@pytest.mark.parametrize("answer_within", ["", "P", "PT59S", "P8D", "a while"])
def test_a_time_to_answer_that_makes_no_sense_is_refused(answer_within: str) -> None:
    request = replace(create_listing(), booking_mode="request", answer_within=answer_within)
    given().when(request, by=VENDOR).then(InvalidAnswerTime)
