"""Random journeys with disputes: wherever a bank strikes, money is never lost or made, and every dispute leaves 0."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.cancel_booking import CancelBooking
from commands.complete_booking import CompleteBooking
from commands.record_dispute import DisputeSeen, ProviderStatus, RecordDispute
from commands.release_earnings import ReleaseEarnings
from domain.balance_entry import BalanceEntry
from domain.dispute import Dispute
from domain.money import BASIS_POINTS
from domain.payment import Payment
from domain.root import replay
from tests.unit.books import balances, captured_minor, earned_minor, owed_of, refunded_minor
from tests.unit.domain.journey_moves import BUY, PAID_OUT, Move
from tests.unit.domain.journey_walker import BOOKINGS, Walk, check_replay
from tests.unit.facts import VENDOR_ID, booking_id, payment_id

FEE = 15_00


def contest(walk: Walk, n: int, *, tenths: int, verdict: ProviderStatus) -> None:
    """The bank takes so many tenths of the payment, or it has decided by now what it took before."""
    payment = replay(walk.story.log.stream(payment_id(n)))
    if not isinstance(payment, Payment) or not payment.captured_minor:
        return
    known = [
        dispute for dispute in walk.live(Dispute) if isinstance(dispute, Dispute) and dispute.payment_id == payment.id
    ]
    minor = known[0].withdrawn_minor if known else max(1, payment.captured_minor * tenths // 10)
    taken = BalanceEntry(f"txn_dispute{n}", -minor, FEE, payment.currency)
    back = BalanceEntry(f"txn_reversal{n}", minor, 0, payment.currency)
    entries = (taken, back) if verdict == "won" else (taken,)
    seen = DisputeSeen(f"du_{n}", verdict, minor, payment.currency, "general", None, entries)
    walk.go(RecordDispute(payment.id, seen))


def opened(tenths: int) -> Move:
    return lambda walk, n: contest(walk, n, tenths=tenths, verdict="needs_response")


def decided(verdict: ProviderStatus) -> Move:
    return lambda walk, n: contest(walk, n, tenths=10, verdict=verdict)


MOVES: list[list[Move]] = [
    BUY,
    PAID_OUT,
    [Walk.wait_for_the_end],
    [lambda walk, n: walk.go(CompleteBooking(booking_id(n)))],
    [lambda walk, n: walk.go(CancelBooking(booking_id(n)), "traveller")],
    [lambda walk, n: walk.go(CancelBooking(booking_id(n)), "vendor")],
    [lambda walk, _: walk.go(ReleaseEarnings(VENDOR_ID, walk.currency))],
    [lambda walk, _: walk.refunds("succeeded")],
    [lambda walk, _: walk.refunds("failed")],
    [opened(10)],
    [opened(4)],
    [opened(13)],
    [decided("won")],
    [decided("lost")],
]
ROUTES = st.lists(st.tuples(st.sampled_from([*MOVES, BUY]), st.sampled_from(BOOKINGS)), min_size=8, max_size=20)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    route=ROUTES,
    price_minor=st.integers(50, 999_999),
    currency=st.sampled_from(["EUR", "JPY"]),
    commission_bp=st.integers(0, BASIS_POINTS - 1),
    verdict=st.sampled_from(["won", "lost"]),
)
def test_every_dispute_leaves_nothing_behind(
    route: list[tuple[list[Move], int]], price_minor: int, currency: str, commission_bp: int, verdict: ProviderStatus
) -> None:
    walk = Walk(price_minor, currency, commission_bp)
    for moves, n in route:
        for move in moves:
            move(walk, n)
    check_bookings(walk)
    walk.settle()
    for dispute in walk.live(Dispute):
        assert isinstance(dispute, Dispute)
        if dispute.is_open:
            contest(walk, int(dispute.stripe_dispute_id.removeprefix("du_")), tenths=10, verdict=verdict)
    check_bookings(walk)
    check_replay(walk)
    books = balances(walk.events())
    for account in ("stripe.clearing", "dispute.withdrawn", "vendor.reserved"):
        assert (currency, account) not in books, books


def check_bookings(walk: Walk) -> None:
    """Everything balances; what was captured for a booking is back, owed, earned, not yet earned, or lost unearned."""
    events = walk.events()
    assert sum(balances(events).values()) == 0
    for n in BOOKINGS:
        booking, currency = booking_id(n), walk.currency
        unearned = owed_of(events, "booking.unearned", booking, currency)
        payable = owed_of(events, "refund.payable", booking, currency)
        lost = [e.loss.unearned_minor for e in events if isinstance(e, Dispute.Lost) and e.booking_id == booking]
        overtaken = [
            e.amount_minor for e in events if isinstance(e, Payment.RefundOvertaken) and e.booking_id == booking
        ]
        assert min(unearned, payable) >= 0
        assert captured_minor(events, booking, currency) == (
            refunded_minor(events, booking, currency)
            + payable
            + earned_minor(events, booking, currency)
            + unearned
            + sum(lost)
            + sum(overtaken)
        )
