"""Cancel some guests or nights by the terms."""

from datetime import date, datetime, timedelta

import pytest

from commands.cancel_booking import CancelBooking
from commands.cancel_part import CancelPart
from commands.complete_booking import CompleteBooking
from domain.actor import Actor
from domain.booking import Booking, HasBegun, NotAPart, Part, PartRefused, Preview, PreviewOutdated
from domain.payment import Payment
from domain.refusal import NotFound, VersionMismatch, WrongState
from domain.terms import PRESETS, Outcome, Terms, Tier
from domain.vendor import Vendor
from domain.vendor_ledger import VendorLedger
from tests.unit.books import balances
from tests.unit.facts import (
    DAY,
    ENDS_AT,
    FIRST_NIGHT,
    OPERATOR,
    OTHER_TRAVELLER,
    PRICE,
    STARTS_AT,
    STAY_ID,
    TICK,
    TRAVELLER,
    VENDOR,
    booking_id,
    cancelled,
    confirmed,
    confirmed_stay,
    held,
    ledger_id,
    on_offer,
    stay_on_offer,
)
from tests.unit.story import T0, fact, given

HALF = STARTS_AT - 3 * DAY
EARNED = (Vendor.PeriodOpened, VendorLedger.Opened, VendorLedger.Earned)


def guests(n: int) -> CancelPart:
    return CancelPart(booking_id(), Part(quantity=n), "two are ill")


def nights(first: date, last: date | None = None) -> CancelPart:
    return CancelPart(booking_id(), Part(first_night=first, last_night=last or first))


def test_some_guests_are_cancelled_by_the_tier_that_applies() -> None:
    story = given(on_offer(), confirmed(quantity=3)).when(guests(2), by=TRAVELLER, at=HALF)
    story.then(
        fact(
            Booking.PartCancelled,
            by="traveller",
            reason="two are ill",
            quantity=1,
            cells=1,
            starts_at=STARTS_AT,
            price_minor=100_00,
        ),
        fact(Payment.RefundRequested, amount_minor=100_00, at_fault="traveller"),
        *EARNED,
    ).then_capacity(held=0, sold=1)
    booking = story.state(Booking, booking_id())
    assert (booking.status, booking.price_minor, booking.earned_minor) == ("confirmed", 100_00, 100_00)


def test_parts_and_the_rest_add_up_to_the_cent() -> None:
    """The platform's share of everything kept is that of one cancellation of all."""
    story = given(on_offer(price_minor=33_33), confirmed(price_minor=33_33, quantity=3))
    for _ in range(2):
        story.when(guests(1), by=TRAVELLER, at=HALF)
    story.when(CompleteBooking(booking_id()), at=ENDS_AT)
    kept = 2 * (33_33 - 33_33 // 2) + 33_33
    books = balances(story.log.events_after(0))
    assert -books["EUR", "cancellation.revenue"] - books["EUR", "commission.revenue"] == kept * 2_000 // 10_000
    assert ("EUR", "booking.unearned") not in books
    lines = story.state(VendorLedger, ledger_id()).lines.values()
    assert sorted(line.kind for line in lines) == ["completed", "part_cancelled", "part_cancelled"]


@pytest.mark.parametrize(
    ("first", "last", "left"),
    [(0, 0, (1, 3)), (0, 1, (2, 3)), (3, 3, (0, 2)), (1, 3, (0, 0))],
)
def test_nights_at_the_beginning_or_the_end_are_given_back(first: int, last: int, left: tuple[int, int]) -> None:
    day = [FIRST_NIGHT + timedelta(days=n) for n in range(4)]
    story = given(stay_on_offer(), confirmed_stay(nights=4)).when(nights(day[first], day[last]), by=TRAVELLER)
    booking = story.state(Booking, booking_id())
    remaining = left[1] - left[0] + 1
    assert (booking.cells, booking.price_minor) == (remaining, remaining * PRICE)
    zone = datetime.fromisoformat("2026-04-20T15:00+02:00")
    assert booking.starts_at == zone + left[0] * DAY
    assert booking.ends_at == zone + (left[1] + 1) * DAY - timedelta(hours=4)
    story.then(Booking.PartCancelled, fact(Payment.RefundRequested, amount_minor=(4 - remaining) * PRICE))
    sold = {key[1]: room.sold for key, room in story.log.capacity.rooms.items() if key[0] == STAY_ID and room.sold}
    assert list(sold) == [zone + n * DAY for n in range(left[0], left[1] + 1)]


@pytest.mark.parametrize(("first", "last"), [(1, 1), (0, 3), (-1, 0), (3, 4), (1, 2)])
def test_other_nights_are_no_part(first: int, last: int) -> None:
    command = nights(FIRST_NIGHT + timedelta(days=first), FIRST_NIGHT + timedelta(days=last))
    given(stay_on_offer(), confirmed_stay(nights=4)).when(command, by=TRAVELLER).then(NotAPart)


@pytest.mark.parametrize("n", [2, 3])
def test_all_guests_or_more_are_no_part(n: int) -> None:
    given(on_offer(), confirmed(quantity=2)).when(guests(n), by=TRAVELLER).then(NotAPart)


def test_a_departure_has_no_nights() -> None:
    given(on_offer(), confirmed(quantity=2)).when(nights(FIRST_NIGHT), by=TRAVELLER).then(NotAPart)


def test_units_of_a_stay_are_guests_too() -> None:
    story = given(stay_on_offer(), confirmed_stay(quantity=2)).when(guests(1), by=TRAVELLER)
    story.then(
        fact(Booking.PartCancelled, quantity=1, cells=3, price_minor=3 * PRICE),
        fact(Payment.RefundRequested, amount_minor=3 * PRICE),
    ).then_capacity(held=0, sold=3)


@pytest.mark.parametrize("name", ["strict", "non_refundable"])
def test_terms_may_refuse_parts(name: str) -> None:
    given(on_offer(terms=PRESETS[name]), confirmed(quantity=2)).when(guests(1), by=TRAVELLER).then(PartRefused)


@pytest.mark.parametrize("by", [VENDOR, OPERATOR])
def test_whoever_else_cancels_a_part_gives_all_of_it_back(by: Actor) -> None:
    story = given(on_offer(terms=PRESETS["strict"]), confirmed(quantity=2)).when(guests(1), by=by, at=STARTS_AT - TICK)
    story.then(Booking.PartCancelled, fact(Payment.RefundRequested, amount_minor=PRICE))


def test_a_fee_is_kept_of_every_part() -> None:
    terms = Terms("fee", (Tier("PT0S", 10_000),), fee_minor=15_00, partial="allowed")
    story = given(on_offer(terms=terms), confirmed(quantity=2))
    for step in (guests(1), CancelBooking(booking_id())):
        story.when(step, by=TRAVELLER)
        assert [e.amount_minor for e in story.new if isinstance(e, Payment.RefundRequested)] == [85_00]


def test_the_deadlines_stay_those_of_the_start_that_was_booked() -> None:
    """Who gives up the first nights does not get more time to cancel the others."""
    story = given(stay_on_offer(), confirmed_stay(nights=4))
    before = story.state(Booking, booking_id()).terms
    story.when(nights(FIRST_NIGHT, FIRST_NIGHT + timedelta(days=1)), by=TRAVELLER, at=HALF)
    assert story.state(Booking, booking_id()).terms == before


def test_a_traveller_cannot_cancel_a_part_of_what_has_begun() -> None:
    given(on_offer(), confirmed(quantity=2)).when(guests(1), by=TRAVELLER, at=STARTS_AT).then(HasBegun)


def test_only_what_is_confirmed_has_parts() -> None:
    given(on_offer(), held(quantity=2)).when(guests(1), by=TRAVELLER).then(WrongState)
    given(on_offer(), confirmed(quantity=2), cancelled()).when(guests(1), by=TRAVELLER).then(WrongState)


def test_a_part_of_somebody_elses_is_not_found() -> None:
    given(on_offer(), confirmed(quantity=2)).when(guests(1), by=OTHER_TRAVELLER).then(NotFound)


def test_a_part_of_what_has_changed_is_refused() -> None:
    stale = CancelPart(booking_id(), Part(quantity=1), if_version=1)
    given(on_offer(), confirmed(quantity=2)).when(stale, by=TRAVELLER).then(VersionMismatch)


def agreed(part: Part | None) -> Preview:
    return Preview(3, "traveller", Outcome(70_00, 24_00, 6_00, "as promised", None), T0 + DAY, part)


def test_a_preview_of_the_same_part_is_honoured() -> None:
    part = Part(quantity=1)
    command = CancelPart(booking_id(), part, agreed=agreed(part))
    story = given(on_offer(), confirmed(quantity=2)).when(command, by=TRAVELLER)
    story.then(Booking.PartCancelled, fact(Payment.RefundRequested, amount_minor=70_00), *EARNED)


@pytest.mark.parametrize("part", [None, Part(quantity=2), Part(first_night=FIRST_NIGHT, last_night=FIRST_NIGHT)])
def test_a_preview_of_another_part_is_not(part: Part | None) -> None:
    command = CancelPart(booking_id(), Part(quantity=1), agreed=agreed(part))
    given(on_offer(), confirmed(quantity=3)).when(command, by=TRAVELLER).then(PreviewOutdated)


def test_a_preview_of_a_part_does_not_cancel_all() -> None:
    command = CancelBooking(booking_id(), agreed=agreed(Part(quantity=1)))
    given(on_offer(), confirmed(quantity=3)).when(command, by=TRAVELLER).then(PreviewOutdated)
