"""Hold places for a traveller."""

import pytest

from commands.change_listing import ChangeListing
from commands.place_hold import PlaceHold
from commands.trips import NoSuchDeparture
from domain.actor import SYSTEM, Actor
from domain.booking import Booking, PriceTooHigh, StartsInThePast
from domain.capacity import SoldOut
from domain.listing import NotOnOffer
from domain.policy import Policy
from domain.refusal import NotAllowed, NotFound
from domain.terms import PRESETS, freeze
from tests.unit.facts import (
    DAY,
    ENDS_AT,
    HOUR,
    LISTING_ID,
    MINUTE,
    OPERATOR,
    OTHER_TRAVELLER,
    STARTS_AT,
    TICK,
    TRAVELLER,
    TRAVELLER_ID,
    VENDOR,
    VENDOR_ID,
    booking_id,
    create_listing,
    held,
    on_offer,
    place_hold,
)
from tests.unit.story import T0, Step, fact, given


def test_a_hold_freezes_price_commission_and_terms() -> None:
    given(on_offer(), policy=Policy(commission_bp=1_750)).when(place_hold(quantity=3), by=TRAVELLER, at=T0 + HOUR).then(
        fact(
            Booking.Held,
            originator_id=booking_id(),
            listing_id=LISTING_ID,
            vendor_id=VENDOR_ID,
            traveller_id=TRAVELLER_ID,
            starts_at=STARTS_AT,
            ends_at=ENDS_AT,
            quantity=3,
            price_minor=300_00,
            currency="EUR",
            commission_bp=1_750,
            terms=freeze(
                PRESETS["moderate"], starts_at=STARTS_AT, booked_at=T0 + HOUR, time_zone="Europe/Berlin", currency="EUR"
            ),
            expires_at=T0 + HOUR + 15 * MINUTE,
        )
    ).then_capacity(held=3, sold=0)


def test_a_hold_ends_at_the_start_at_the_latest() -> None:
    story = given(on_offer()).when(place_hold(), by=TRAVELLER, at=STARTS_AT - MINUTE)
    story.then(fact(Booking.Held, expires_at=STARTS_AT))


def test_the_last_places_can_be_held() -> None:
    given(on_offer(capacity=3)).when(place_hold(quantity=3), by=TRAVELLER).then(Booking.Held)


def test_more_than_there_is_cannot_be_held() -> None:
    given(on_offer(capacity=2)).when(place_hold(quantity=3), by=TRAVELLER).then(SoldOut).then_capacity(held=0, sold=0)


def test_what_someone_else_holds_is_not_there() -> None:
    story = given(on_offer(capacity=3), held(1, by=OTHER_TRAVELLER, quantity=2))
    story.when(place_hold(2, quantity=2), by=TRAVELLER).then(SoldOut).then_capacity(held=2, sold=0)


def test_a_hold_that_has_run_out_gives_way_before_anyone_swept_it() -> None:
    story = given(on_offer(capacity=1), held(1, by=OTHER_TRAVELLER))
    story.when(place_hold(2), by=TRAVELLER, at=T0 + 15 * MINUTE - TICK).then(SoldOut)
    story.when(place_hold(2), by=TRAVELLER, at=T0 + 15 * MINUTE).then(Booking.Held).then_capacity(held=1, sold=0)


@pytest.mark.parametrize("late", [0 * TICK, TICK, DAY])
def test_what_has_started_cannot_be_held(late: object) -> None:
    assert isinstance(late, type(TICK))
    given(on_offer()).when(place_hold(), by=TRAVELLER, at=STARTS_AT + late).then(StartsInThePast)


def test_there_must_be_a_departure_at_that_time() -> None:
    elsewhen = PlaceHold(booking_id(), LISTING_ID, STARTS_AT + HOUR, None, 1)
    given(on_offer()).when(elsewhen, by=TRAVELLER).then(NoSuchDeparture)


def test_an_end_that_is_given_must_be_the_departures_own() -> None:
    right = PlaceHold(booking_id(), LISTING_ID, STARTS_AT, ENDS_AT, 1)
    wrong = PlaceHold(booking_id(), LISTING_ID, STARTS_AT, ENDS_AT + HOUR, 1)
    given(on_offer()).when(wrong, by=TRAVELLER).then(NoSuchDeparture).when(right, by=TRAVELLER).then(Booking.Held)


@pytest.mark.parametrize("change", ["pause", "close"])
def test_a_listing_off_offer_takes_no_holds(change: str) -> None:
    assert change in {"pause", "close"}
    off = Step(ChangeListing(LISTING_ID, "pause" if change == "pause" else "close"), VENDOR)
    given(on_offer(), off).when(place_hold(), by=TRAVELLER).then(NotOnOffer)


def test_a_draft_takes_no_holds() -> None:
    given(on_offer(draft=True)).when(place_hold(), by=TRAVELLER).then(NotOnOffer)


def test_a_listing_that_does_not_exist_is_not_found() -> None:
    given().when(place_hold(), by=TRAVELLER).then(NotFound)


def test_a_price_that_no_card_can_pay_is_refused() -> None:
    story = given(on_offer(price_minor=49_999_999))
    story.when(place_hold(quantity=3), by=TRAVELLER).then(PriceTooHigh)
    story.when(place_hold(quantity=2), by=TRAVELLER).then(fact(Booking.Held, price_minor=99_999_998))


@pytest.mark.parametrize("by", [VENDOR, OPERATOR, SYSTEM, Actor(None, "traveller")])
def test_only_a_traveller_holds_places(by: Actor) -> None:
    given(on_offer()).when(place_hold(), by=by).then(NotAllowed)


def test_a_booking_keeps_its_price_when_the_listing_is_gone() -> None:
    story = given(on_offer(), held(), Step(ChangeListing(LISTING_ID, "close"), VENDOR))
    assert story.state(Booking, booking_id()).price_minor == create_listing().price.amount
