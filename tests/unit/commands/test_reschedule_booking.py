"""Give a confirmed booking other times or another number of places."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from commands.cancel_booking import CancelBooking
from commands.change_listing import ChangeListing
from commands.open_departures import OpenDepartures
from commands.reschedule_booking import RescheduleBooking
from commands.revise_listing import ReviseListing
from commands.trips import NoSuchDeparture
from domain.actor import Actor
from domain.booking import Booking, HasBegun, PartRefused, PaymentInProgress, StartsInThePast, VendorMustAgree
from domain.capacity import Cell, SoldOut, TooManyHolds
from domain.ids import derived_id
from domain.listing import NotOnOffer
from domain.money import Money
from domain.payment import Payment
from domain.policy import Policy
from domain.refusal import NotAllowed, NotFound, VersionMismatch, WrongState
from domain.terms import PRESETS
from domain.vendor import Vendor
from domain.vendor_ledger import VendorLedger
from tests.unit.facts import (
    DAY,
    ENDS_AT,
    FIRST_NIGHT,
    LISTING_ID,
    MINUTE,
    OPERATOR,
    OTHER_TRAVELLER,
    PRICE,
    STARTS_AT,
    STAY_ID,
    TRAVELLER,
    VENDOR,
    accepted,
    booking_id,
    captured,
    confirmed,
    confirmed_stay,
    held,
    on_offer,
    payment_id,
    requested,
    start_payment,
    stay_on_offer,
)
from tests.unit.story import T0, Given, Step, Story, fact, given

LATER = STARTS_AT + 7 * DAY
WEEK_LATER = RescheduleBooking(booking_id(), starts_at=LATER)
EARNED = (Vendor.PeriodOpened, VendorLedger.Opened, VendorLedger.Earned)


def seats(quantity: int) -> RescheduleBooking:
    return RescheduleBooking(booking_id(), quantity=quantity)


def nights(first: int, last: int, quantity: int | None = None) -> RescheduleBooking:
    """Nights counted from the first that is open."""
    day = [FIRST_NIGHT + timedelta(days=n) for n in (first, last)]
    return RescheduleBooking(booking_id(), first_night=day[0], last_night=day[1], quantity=quantity)


def tour(*more: Given, capacity: int = 10, week_later: int = 10, **listing: object) -> list[Given]:
    """A departure, and another one a week later."""
    other = Cell(LATER, LATER + (ENDS_AT - STARTS_AT), week_later)
    opened = Step(OpenDepartures(UUID(int=77), LISTING_ID, (other,)), VENDOR)
    return [on_offer(capacity=capacity, **listing), opened, *more]


def sold(story: Story, listing_id: UUID = LISTING_ID) -> list[int]:
    rooms = story.log.capacity.rooms
    return [rooms[key].sold for key in sorted(rooms) if key[0] == listing_id]


@pytest.mark.parametrize("by", [TRAVELLER, OPERATOR])
def test_another_time_at_the_same_price_is_changed_at_once(by: Actor) -> None:
    story = given(tour(confirmed(quantity=2))).when(WEEK_LATER, by=by)
    story.then(
        fact(
            Booking.Rescheduled,
            starts_at=LATER,
            ends_at=LATER + (ENDS_AT - STARTS_AT),
            quantity=2,
            price_minor=2 * PRICE,
            payment_id=None,
            outcome=None,
        )
    )
    assert sold(story) == [0, 2]
    story.when(WEEK_LATER, by=by).then_nothing()


def test_a_full_departure_is_sold_out_and_nothing_is_given_away() -> None:
    story = given(tour(confirmed(quantity=2), week_later=1)).when(WEEK_LATER, by=TRAVELLER).then(SoldOut)
    assert sold(story) == [2, 0]


def test_deadlines_are_those_of_the_new_start_but_never_better_than_today() -> None:
    story = given(tour(confirmed())).when(WEEK_LATER, by=TRAVELLER, at=STARTS_AT - 3 * DAY)
    terms = story.state(Booking, booking_id()).terms
    assert [deadline.until for deadline in terms.deadlines] == [LATER - 7 * DAY, LATER - 2 * DAY, LATER]
    assert [deadline.refund_bp for deadline in terms.deadlines] == [5_000, 5_000, 0]
    story.when(CancelBooking(booking_id()), by=TRAVELLER)
    assert [e.amount_minor for e in story.new if isinstance(e, Payment.RefundRequested)] == [50_00]


def test_fewer_places_are_refunded_as_a_part_that_is_cancelled() -> None:
    story = given(tour(confirmed(quantity=3))).when(seats(1), by=TRAVELLER, at=STARTS_AT - 3 * DAY)
    story.then(
        fact(Booking.Rescheduled, quantity=1, price_minor=PRICE),
        fact(Payment.RefundRequested, amount_minor=PRICE),
        *EARNED,
    )
    assert sold(story) == [1, 0]


def test_fewer_places_need_terms_that_allow_parts() -> None:
    story = given(tour(confirmed(quantity=3), terms=PRESETS["strict"]))
    story.when(seats(1), by=TRAVELLER).then(PartRefused)
    story.when(seats(1), by=OPERATOR).then(Booking.Rescheduled, fact(Payment.RefundRequested, amount_minor=2 * PRICE))


def test_more_places_are_held_until_the_difference_is_paid() -> None:
    story = given(tour(confirmed(quantity=2))).when(seats(5), by=TRAVELLER, at=T0 + MINUTE)
    story.then(
        fact(
            Booking.ChangeStarted,
            quantity=5,
            price_minor=5 * PRICE,
            due_minor=3 * PRICE,
            expires_at=T0 + 16 * MINUTE,
        )
    ).then_capacity(held=3, sold=2)
    booking = story.state(Booking, booking_id())
    assert (booking.status, booking.quantity, booking.price_minor) == ("confirmed", 2, 2 * PRICE)

    story.when(start_payment(2, booking=1), by=TRAVELLER, at=T0 + 10 * MINUTE).then(
        fact(Booking.TopUpStarted, payment_id=payment_id(2), expires_at=T0 + 25 * MINUTE),
        fact(Payment.Requested, amount_minor=3 * PRICE, capture="automatic"),
    )
    story.when(captured(2, minor=3 * PRICE)).then(
        Payment.Submitted,
        Payment.Captured,
        fact(Booking.Rescheduled, quantity=5, price_minor=5 * PRICE, payment_id=payment_id(2), paid_minor=3 * PRICE),
    ).then_capacity(held=0, sold=5)
    booking = story.state(Booking, booking_id())
    assert booking.payments == {payment_id(): 2 * PRICE, payment_id(2): 3 * PRICE}
    assert booking.pending_change is None


def test_the_price_is_the_one_that_was_booked() -> None:
    dearer = Step(ReviseListing(LISTING_ID, price=Money(300_00, "EUR")), VENDOR)
    given(tour(confirmed(), dearer)).when(seats(3), by=TRAVELLER).then(fact(Booking.ChangeStarted, due_minor=2 * PRICE))


def test_a_refund_takes_the_newest_payment_first() -> None:
    paid_twice = [
        Step(seats(3), TRAVELLER),
        Step(start_payment(2, booking=1), TRAVELLER),
        Step(captured(2, minor=PRICE)),
    ]
    story = given(tour(confirmed(quantity=2), *paid_twice)).when(CancelBooking(booking_id()), by=TRAVELLER)
    refunds = {e.originator_id: e.amount_minor for e in story.new if isinstance(e, Payment.RefundRequested)}
    assert list(refunds.items()) == [(payment_id(2), PRICE), (payment_id(1), 2 * PRICE)]


def test_a_part_of_the_refund_stays_within_the_newest_payment() -> None:
    paid_twice = [
        Step(seats(3), TRAVELLER),
        Step(start_payment(2, booking=1), TRAVELLER),
        Step(captured(2, minor=PRICE)),
    ]
    story = given(tour(confirmed(quantity=2), *paid_twice)).when(seats(2), by=TRAVELLER)
    assert [(e.originator_id, e.amount_minor) for e in story.new if isinstance(e, Payment.RefundRequested)] == [
        (payment_id(2), PRICE)
    ]
    story.when(seats(1), by=TRAVELLER)
    assert [(e.originator_id, e.amount_minor) for e in story.new if isinstance(e, Payment.RefundRequested)] == [
        (payment_id(1), PRICE)
    ]


@pytest.mark.parametrize(
    ("change", "held_nights"),
    [
        (nights(2, 6), [0, 0, 0, 0, 0, 1, 1, 0, 0, 0]),
        (nights(0, 5), [1, 1, 0, 0, 0, 1, 0, 0, 0, 0]),
        (nights(5, 8), [0, 0, 0, 0, 0, 1, 1, 1, 1, 0]),
        (nights(2, 4, 2), [0, 0, 1, 1, 1, 0, 0, 0, 0, 0]),
        (nights(1, 5, 2), [0, 2, 1, 1, 1, 2, 0, 0, 0, 0]),
        (nights(3, 5, 2), [0, 0, 0, 1, 1, 2, 0, 0, 0, 0]),
    ],
    ids=["longer", "both ends", "elsewhere", "two boats", "two boats and longer", "two boats, moved"],
)
def test_a_stay_holds_only_what_it_does_not_have(change: RescheduleBooking, held_nights: list[int]) -> None:
    first = FIRST_NIGHT + timedelta(days=2)
    story = given(stay_on_offer(), confirmed_stay(nights=3, first=first)).when(change, by=TRAVELLER)
    story.then(Booking.ChangeStarted)
    rooms = story.log.capacity.rooms
    assert [rooms[key].held for key in sorted(rooms)] == held_nights
    assert [rooms[key].sold for key in sorted(rooms)] == [0, 0, 1, 1, 1, 0, 0, 0, 0, 0]

    due = story.state(Booking, booking_id()).due_minor
    story.when(start_payment(2, booking=1), by=TRAVELLER).when(captured(2, minor=due))
    booking = story.state(Booking, booking_id())
    assert sum(sold(story, STAY_ID)) == booking.cells * booking.quantity
    story.then_capacity(held=0, sold=booking.cells * booking.quantity)


def test_a_stay_moved_by_nights_or_instants_keeps_what_is_not_given() -> None:
    story = given(stay_on_offer(), confirmed_stay(nights=3))
    story.when(RescheduleBooking(booking_id(), last_night=FIRST_NIGHT + DAY), by=TRAVELLER)
    assert story.state(Booking, booking_id()).cells == 2
    old = story.state(Booking, booking_id())
    story.when(
        RescheduleBooking(booking_id(), starts_at=old.starts_at + DAY, ends_at=old.ends_at + DAY), by=TRAVELLER
    ).then(fact(Booking.Rescheduled, cells=2, starts_at=old.starts_at + DAY, ends_at=old.ends_at + DAY))


def test_one_change_counts_as_one_hold() -> None:
    """Extra nights at both ends are two claims, but one thing that waits to be paid."""
    first = FIRST_NIGHT + timedelta(days=2)
    story = given(stay_on_offer(), confirmed_stay(nights=3, first=first), policy=Policy(holds_max=1))
    story.when(nights(0, 7), by=TRAVELLER).then(Booking.ChangeStarted)
    story = given(
        stay_on_offer(), confirmed_stay(nights=3, first=first), on_tour(), held(2), policy=Policy(holds_max=1)
    )
    story.when(nights(0, 7), by=TRAVELLER).then(TooManyHolds)


def on_tour() -> list[Step]:
    """The departure beside the stay, of the same vendor."""
    return [*on_offer()[1:2], Step(OpenDepartures(UUID(int=78), LISTING_ID, (Cell(STARTS_AT, ENDS_AT, 3),)), VENDOR)]


def test_a_second_change_takes_the_place_of_the_first() -> None:
    story = given(tour(confirmed())).when(seats(3), by=TRAVELLER).then_capacity(held=2, sold=1)
    first = derived_id("claim", booking_id(), 3, 0)
    story.when(seats(4), by=TRAVELLER).then(
        fact(Booking.ChangeDropped, why="replaced", claim_ids=(first,)),
        fact(Booking.ChangeStarted, due_minor=3 * PRICE),
    ).then_capacity(held=3, sold=1)
    story.when(seats(1), by=TRAVELLER).then(fact(Booking.ChangeDropped, why="replaced")).then_capacity(held=0, sold=1)


def test_a_change_that_is_being_paid_is_not_replaced() -> None:
    story = given(tour(confirmed(), Step(seats(3), TRAVELLER), Step(start_payment(2, booking=1), TRAVELLER)))
    story.when(seats(4), by=TRAVELLER).then(PaymentInProgress)


def test_times_of_a_request_are_not_changed_by_the_traveller_alone() -> None:
    story = given(tour(requested(), accepted(), booking_mode="request"))
    story.when(WEEK_LATER, by=TRAVELLER).then(VendorMustAgree)
    story.when(WEEK_LATER, by=OPERATOR).then(Booking.Rescheduled)
    story.when(seats(2), by=TRAVELLER).then(Booking.ChangeStarted)
    story.when(start_payment(2, booking=1), by=TRAVELLER).then(
        Booking.TopUpStarted, fact(Payment.Requested, capture="automatic")
    )


@pytest.mark.parametrize("command", [WEEK_LATER, seats(2)])
def test_what_has_begun_is_not_changed(command: RescheduleBooking) -> None:
    given(tour(confirmed())).when(command, by=OPERATOR, at=STARTS_AT).then(HasBegun)


def test_nothing_is_moved_into_the_past() -> None:
    past = Cell(T0 + DAY, T0 + DAY + (ENDS_AT - STARTS_AT), 5)
    opened = Step(OpenDepartures(UUID(int=79), LISTING_ID, (past,)), VENDOR)
    command = RescheduleBooking(booking_id(), starts_at=past.starts_at)
    given(tour(opened, confirmed())).when(command, by=TRAVELLER, at=T0 + DAY).then(StartsInThePast)


def test_there_must_be_a_departure_then() -> None:
    command = replace(WEEK_LATER, starts_at=LATER + MINUTE)
    given(tour(confirmed())).when(command, by=TRAVELLER).then(NoSuchDeparture)


def test_a_paused_listing_gives_nothing_more_but_takes_back() -> None:
    paused = Step(ChangeListing(LISTING_ID, "pause"), VENDOR)
    story = given(tour(confirmed(quantity=2), paused))
    story.when(seats(3), by=TRAVELLER).then(NotOnOffer).when(WEEK_LATER, by=TRAVELLER).then(NotOnOffer)
    story.when(seats(1), by=TRAVELLER).then(Booking.Rescheduled, Payment.RefundRequested)


def test_only_what_is_confirmed_is_changed() -> None:
    given(tour(held())).when(seats(2), by=TRAVELLER).then(WrongState)


def test_a_vendor_changes_nothing_and_others_see_nothing() -> None:
    story = given(tour(confirmed()))
    story.when(seats(2), by=VENDOR).then(NotAllowed).when(seats(2), by=OTHER_TRAVELLER).then(NotFound)
    story.when(replace(seats(2), if_version=1), by=TRAVELLER).then(VersionMismatch)


def test_a_cancelled_booking_lets_its_change_go() -> None:
    paying = [Step(seats(3), TRAVELLER), Step(start_payment(2, booking=1), TRAVELLER)]
    story = given(tour(confirmed(), *paying)).when(CancelBooking(booking_id()), by=TRAVELLER)
    story.then(
        Booking.Cancelled,
        fact(Booking.ChangeDropped, why="withdrawn"),
        fact(Payment.RefundRequested, amount_minor=PRICE),
        fact(Payment.VoidRequested, reason="change withdrawn"),
    ).then_capacity(held=0, sold=0)
    story.when(captured(2, minor=2 * PRICE)).then(
        Payment.Submitted, Payment.Captured, fact(Payment.RefundRequested, amount_minor=2 * PRICE)
    )


def test_a_night_that_is_not_open_is_sold_out() -> None:
    given(stay_on_offer(), confirmed_stay(nights=3)).when(nights(0, 10), by=TRAVELLER).then(SoldOut)
