"""Random walks over every command of a booking: money adds up, places equal what the log says, nothing is oversold."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.ids import derived_id
from domain.listing_events import BookingMode
from domain.money import platform_share_minor
from domain.root import Event
from infrastructure.claim_replay import CLAIM_EVENTS, claims
from projections.change import Put, Set
from tests.unit.books import balances, captured_minor, earned_minor, owed_of, refunded_minor
from tests.unit.domain.booking_walker import BOOKINGS, Walk
from tests.unit.facts import STARTS_AT, booking_id

Move = Callable[[Walk, int, int], None]
BUY: list[Move] = [Walk.hold, Walk.pay, Walk.authorise, Walk.answer, Walk.capture]
MORE: list[Move] = [Walk.reschedule, Walk.pay, Walk.capture]
GROW: list[Move] = [*BUY, *MORE]
SHRINK: list[Move] = [*GROW, Walk.give_up]
MOVES: list[list[Move]] = [
    *([move] for move in (*BUY, Walk.fail, Walk.reschedule, Walk.give_up, Walk.cancel, Walk.end, Walk.run_out)),
    [Walk.refunds],
    [Walk.wait],
    [Walk.wait_for_the_end],
    [Walk.hold, Walk.pay, Walk.wait, Walk.run_out, Walk.capture],
    [Walk.reschedule, Walk.pay, Walk.wait, Walk.run_out, Walk.capture],
    [*GROW, Walk.wait_for_the_end, Walk.end],
    *(3 * [BUY, GROW, SHRINK, MORE]),
]
ROUTES = st.lists(
    st.tuples(st.sampled_from(MOVES), st.sampled_from(BOOKINGS), st.integers(0, 3)), min_size=8, max_size=24
)
Route = list[tuple[list[Move], int, int]]


@pytest.mark.parametrize("mode", ["instant", "request"])
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@example(
    route=[(GROW, 3, 0), ([Walk.give_up], 3, 1), ([Walk.wait], 1, 2), ([Walk.cancel], 3, 0), ([Walk.refunds], 1, 1)]
)
@given(route=ROUTES)
def test_money_and_places_add_up_on_every_walk(mode: BookingMode, route: Route) -> None:
    walk = Walk(mode)
    for moves, n, k in route:
        for move in moves:
            move(walk, n, k)
            check_capacity(walk)
    check_money(walk)


def check_money(walk: Walk) -> None:
    """Everything balances; of each booking, what was captured is refunded, owed, earned or still to be earned."""
    events = walk.story.log.events_after(0)
    assert sum(balances(events).values()) == 0
    for n in BOOKINGS:
        booking = walk.booking(n)
        if booking is None:
            continue
        unearned = owed_of(events, "booking.unearned", booking.id, "EUR")
        owed = owed_of(events, "refund.payable", booking.id, "EUR")
        earned = earned_minor(events, booking.id, "EUR")
        assert (
            captured_minor(events, booking.id, "EUR")
            == refunded_minor(events, booking.id, "EUR") + owed + earned + unearned
        )
        assert (unearned, earned) == (booking.unearned_minor, booking.earned_minor)
        assert sum(booking.payments.values()) == unearned + earned
        revenue = -sum(balances(of_booking(events, booking.id)).get(("EUR", account), 0) for account in REVENUE)
        assert revenue == platform_share_minor(earned, booking.commission_bp)


REVENUE = ("commission.revenue", "cancellation.revenue")


def of_booking(events: list[Event], stream_id: UUID) -> list[Event]:
    return [event for event in events if event.originator_id == stream_id]


def check_capacity(walk: Walk) -> None:
    """Claims are what the events say, cells are the sum of claims, and no cell has more than it can take."""
    told: dict[UUID, dict[str, Any]] = {}
    for event in walk.story.log.events_after(0):
        for change in claims(event) if isinstance(event, CLAIM_EVENTS) else ():
            match change:
                case Put():
                    told[change.key["booking_id"]] = dict(change.values)
                case Set():
                    told[change.key["booking_id"]].update(change.values)
    book = walk.story.log.capacity
    assert told.keys() == book.claims.keys()
    for claim_id, claim in book.claims.items():
        said = told[claim_id]
        given_away = claim.state == "freed" and said["state"] == "held" and said["expires_at"] <= walk.now
        if not given_away:
            seen = (claim.state, claim.expires_at, claim.traveller_id)
            assert seen == (said["state"], said["expires_at"], said["traveller_id"])
        if claim.state != "freed":
            place = (claim.place.starts_at, claim.place.ends_at, claim.place.quantity)
            assert place == (said["starts_at"], said["ends_at"], said["quantity"])
    for (listing_id, starts_at), room in book.rooms.items():
        on_it = [
            claim
            for claim in book.claims.values()
            if claim.place.listing_id == listing_id and claim.place.starts_at <= starts_at < claim.place.ends_at
        ]
        assert room.held == sum(claim.place.quantity for claim in on_it if claim.state == "held")
        assert room.sold == sum(claim.place.quantity for claim in on_it if claim.state == "sold")
        assert room.held + room.sold <= room.cell.capacity


def test_a_walk_gets_far_enough_to_change_cancel_and_complete() -> None:
    """The moves really move something."""
    walk = Walk("request")
    for moves, n, k in (
        (GROW, 3, 1),
        ([Walk.give_up], 3, 0),
        (GROW, 1, 1),
        ([Walk.wait] * 3, 1, 3),
        ([Walk.end], 1, 0),
    ):
        for move in moves:
            move(walk, n, k)
    topics = {event.TOPIC for event in walk.story.log.events_after(0)}
    assert topics >= {
        "booking.accepted",
        "booking.change_started",
        "booking.rescheduled",
        "booking.part_cancelled",
        "booking.completed",
    }
    check_money(walk)
    assert derived_id("claim", booking_id(3), 3, 0) in walk.story.log.capacity.claims
    assert walk.now > STARTS_AT + timedelta(days=1)
