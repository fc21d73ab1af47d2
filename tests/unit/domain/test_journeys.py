"""Random journeys through the real commands: money is never lost or made, and what is read back is what was decided."""

from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.booking import Booking
from domain.chargeable import charge_step_minor, minimum_charge_minor
from domain.money import BASIS_POINTS
from domain.payment import Payment
from domain.payout import Payout
from domain.refund import Funding
from domain.root import Event
from tests.unit.books import balances, captured_minor, earned_minor, owed_of, refunded_minor
from tests.unit.domain.journey_moves import BUY, GIVEN_UP, MOVES, PAID_OUT, REDUCED, REFUNDED, SECOND_CARD, Move
from tests.unit.domain.journey_walker import BOOKINGS, Walk, check_replay
from tests.unit.facts import booking_id

MOVE = st.sampled_from(
    [[move] for move in MOVES] + 3 * [BUY, REFUNDED, SECOND_CARD, REDUCED, PAID_OUT, BUY + PAID_OUT, GIVEN_UP]
)
ROUTES = st.lists(st.tuples(MOVE, st.sampled_from(BOOKINGS)), min_size=10, max_size=20)


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(
    route=ROUTES,
    price_minor=st.integers(1, 999_999) | st.sampled_from([33_33, 100_00, 99_999_999]),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    commission_bp=st.integers(0, BASIS_POINTS - 1),
)
def test_money_is_never_lost_or_made_on_any_journey(
    route: list[tuple[list[Move], int]], price_minor: int, currency: str, commission_bp: int
) -> None:
    step_minor = charge_step_minor(currency)
    chargeable = max(price_minor - price_minor % step_minor, minimum_charge_minor(currency))
    walk = Walk(chargeable, currency, commission_bp)
    for moves, n in route:
        for move in moves:
            move(walk, n)
    check_books(walk)
    check_replay(walk)
    walk.settle()
    check_books(walk)
    assert not [key for key in balances(walk.events()) if key[1] == "stripe.clearing"]


def check_books(walk: Walk) -> None:
    """Everything balances, and every booking's money is somewhere."""
    events = walk.events()
    books = balances(events)
    for currency in (walk.currency, "CHF"):
        assert sum(minor for (of, _), minor in books.items() if of == currency) == 0
        for n in BOOKINGS:
            booking = booking_id(n)
            unearned = owed_of(events, "booking.unearned", booking, currency)
            payable_minor = owed_of(events, "refund.payable", booking, currency)
            assert min(unearned, payable_minor) >= 0
            fundings = given_back(events, booking, currency)
            assert captured_minor(events, booking, currency) == (
                refunded_minor(events, booking, currency)
                + payable_minor
                + earned_minor(events, booking, currency)
                - sum(funding.earned_minor + funding.goodwill_minor for funding in fundings)
                + unearned
            )
            if unearned:
                assert walk.story.state(Booking, booking).status == "confirmed"
    check_lines(events, books, walk.currency)


def given_back(events: list[Event], booking_id: UUID | None, currency: str) -> list[Funding]:
    """Where the refunds of a booking, or of all, came from."""
    return [
        event.funding
        if isinstance(event, Payment.RefundRequested)
        else Funding(unearned_minor=event.amount_minor, goodwill_minor=-event.amount_minor)
        for event in events
        if isinstance(event, Payment.RefundRequested | Payment.RefundCovered)
        and event.currency == currency
        and booking_id in {None, event.booking_id}
    ]


def check_lines(events: list[Event], books: dict[tuple[str, str], int], currency: str) -> None:
    """Each line is in one payout at most that did not come back, and what payouts took is what they name."""
    drafted = [event for event in events if isinstance(event, Payout.Drafted)]
    back = {e.originator_id for e in events if isinstance(e, Payout.Cancelled | Payout.TransferReversed)}
    lines = [line.line_id for payout in drafted if payout.originator_id not in back for line in payout.lines]
    assert len(lines) == len(set(lines))
    assert all(payout.amount_minor == sum(line.amount_minor for line in payout.lines) for payout in drafted)
    owed_minor = sum(funding.vendor_minor for funding in given_back(events, None, currency))
    assert books.get((currency, "vendor.available"), 0) <= owed_minor


def test_a_walk_gets_far_enough_to_pay_a_vendor() -> None:
    """The moves really move something: this journey goes all the way to the bank, and back."""
    walk = Walk(100_00, "EUR", 2_000)
    for moves in (BUY, PAID_OUT):
        for move in moves:
            move(walk, 2)
    check_books(walk)
    (payout,) = walk.live(Payout)
    assert isinstance(payout, Payout)
    assert (payout.status, payout.amount_minor) == ("paid", 80_00)
    walk.bank(3)
    (payout,) = walk.live(Payout)
    assert isinstance(payout, Payout)
    assert payout.status == "failed"
    check_books(walk)


def test_a_walk_gets_far_enough_for_operators_to_give_back_what_was_earned() -> None:
    walk = Walk(100_00, "EUR", 2_000)
    for moves in (BUY, [Walk.wait_for_the_end, MOVES[16]], [Walk.decide] * 4):
        for move in moves:
            move(walk, 2)
    check_books(walk)
    fundings = given_back(walk.events(), booking_id(2), "EUR")
    assert [funding.total_minor for funding in fundings] == [33_33, 33_33, 33_33, 1]
    assert fundings[0].vendor_minor > 0
    assert fundings[2] == Funding(goodwill_minor=33_33)


def test_a_walk_gets_far_enough_for_a_transfer_to_come_to_light_after_its_payout_was_given_up() -> None:
    walk = Walk(100_00, "EUR", 2_000)
    for move in (*BUY, *PAID_OUT[:4], Walk.give_up, Walk.transfer):
        move(walk, 2)
        check_books(walk)
    (payout,) = walk.live(Payout)
    assert isinstance(payout, Payout)
    assert (payout.status, payout.next_step) == ("cancelled", "reversal")
    walk.settle()
    check_books(walk)
    assert ("EUR", "stripe.clearing") not in balances(walk.events())
    assert ("EUR", "connected.balance") not in balances(walk.events())
