"""In currencies of which Stripe takes whole steps only, no refund is ever one that it would refuse."""

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.cancel_booking import CancelBooking
from commands.cancel_part import CancelPart
from commands.record_dispute import DisputeSeen, RecordDispute
from commands.record_no_show import RecordNoShow
from commands.refund_payment import RefundPayment
from domain.actor import Actor
from domain.balance_entry import BalanceEntry
from domain.booking import Booking, Part
from domain.chargeable import AmountNotChargeable, charge_step_minor, check_steps, in_steps
from domain.ids import derived_id
from domain.money import BASIS_POINTS, Money
from domain.payment import Payment
from domain.policy import Policy
from domain.refund_funding import Fault
from domain.root import Event
from domain.terms import Stake, Terms, Tier, cancellation, freeze
from tests.unit import story as stories
from tests.unit.books import balances, captured_minor, owed_of
from tests.unit.facts import (
    DAY,
    ENDS_AT,
    OPERATOR,
    STARTS_AT,
    TRAVELLER,
    VENDOR,
    booking_id,
    captured,
    confirmed,
    on_offer,
    payment_id,
)
from tests.unit.story import T0, Story

STEPPED = ("BHD", "JOD", "KWD", "OMR", "TND", "MGA")
FAULTS: tuple[Fault, ...] = ("vendor", "platform", "goodwill")
QUANTITY = 4
ODD = Terms("odd", (Tier("P7D", 9_999), Tier("P2D", 3_333), Tier("PT0S", 1)), None, 7, 1_234, "allowed")

Deed = tuple[str, int]
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["part", "operator", "operator for all", "dispute", "cancel", "vendor cancels", "no-show"]),
        st.integers(1, 9_999),
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=st.integers(1, 99_999),
    currency=st.sampled_from(STEPPED),
    commission_bp=st.integers(0, BASIS_POINTS - 1),
    deeds=DEEDS,
)
def test_whatever_is_given_back_can_be_sent(steps: int, currency: str, commission_bp: int, deeds: list[Deed]) -> None:
    """By terms with odd parts and fees, by operators, after disputes of any amount: and no cent is lost on the way."""
    price_minor = steps * charge_step_minor(currency)
    story = stories.given(
        on_offer(price_minor=price_minor, currency=currency, terms=ODD),
        confirmed(price_minor=price_minor, currency=currency, quantity=QUANTITY),
        policy=Policy(commission_bp=commission_bp, refund_limit=Decimal(10**9)),
    )
    for n, (deed, share_bp) in enumerate(deeds):
        do(story, deed, share_bp, n, currency)
        assert not isinstance(story.refusal, AmountNotChargeable), deed
    check(story.log.events_after(0), currency)


def do(story: Story, deed: str, share_bp: int, n: int, currency: str) -> None:
    payment = story.state(Payment, payment_id())
    part_minor = payment.captured_minor * share_bp // BASIS_POINTS
    match deed:
        case "part":
            story.when(CancelPart(booking_id(), Part(quantity=1)), by=TRAVELLER, at=STARTS_AT - share_bp % 9 * DAY)
        case "operator":
            money = Money(in_steps(part_minor, currency), currency)
            give_back(story, n, FAULTS[share_bp % 3], money)
        case "operator for all":
            give_back(story, n, FAULTS[share_bp % 3], None)
        case "dispute":
            entry = BalanceEntry(f"txn_{n}", -max(1, part_minor), 0, currency)
            seen = DisputeSeen(f"du_{n}", "lost", max(1, part_minor), currency, "general", None, (entry,))
            story.when(RecordDispute(payment.id, seen))
        case "no-show":
            story.when(RecordNoShow(booking_id()), by=VENDOR, at=ENDS_AT)
        case _:
            by: Actor = VENDOR if deed == "vendor cancels" else TRAVELLER
            story.when(CancelBooking(booking_id()), by=by, at=T0 + share_bp % 40 * DAY)


def give_back(story: Story, n: int, at_fault: Fault, money: Money | None) -> None:
    command = RefundPayment(derived_id("decided", n), payment_id(), money, "sorry", at_fault)
    story.when(command, by=OPERATOR)


def check(events: list[Event], currency: str) -> None:
    for event in events:
        if isinstance(event, Payment.RefundRequested):
            assert event.amount_minor > 0
            check_steps(event.amount_minor, currency)
    assert sum(balances(events).values()) == 0
    owed_minor = owed_of(events, "refund.payable", booking_id(), currency)
    assert 0 <= owed_minor <= captured_minor(events, booking_id(), currency)
    assert owed_of(events, "booking.unearned", booking_id(), currency) >= 0


def test_what_cannot_be_sent_is_rounded_in_the_travellers_favour() -> None:
    """A third of 100.000 dinars is 33.333; sent are 33.340, and what vendor and platform share is that much less."""
    third = Terms("third", (Tier("PT0S", 3_333),))
    terms = freeze(third, starts_at=STARTS_AT, booked_at=T0, time_zone="UTC", currency="KWD")
    outcome = cancellation(terms, Stake(100_000, 2_000, step_minor=10, most_minor=100_000), now=T0, by="traveller")
    assert (outcome.refund_minor, outcome.vendor_share_minor, outcome.platform_share_minor) == (33_330, 53_336, 13_334)
    outcome = cancellation(terms, Stake(1_010, 2_000, step_minor=10, most_minor=1_010), now=T0, by="traveller")
    assert (outcome.refund_minor, outcome.retained_minor) == (340, 670)


def test_an_operator_is_refused_an_amount_that_cannot_be_sent() -> None:
    story = stories.given(on_offer(price_minor=10_000, currency="KWD"), confirmed(price_minor=10_000, currency="KWD"))
    give_back(story, 1, "goodwill", Money(1_234, "KWD"))
    story.then(AmountNotChargeable)


def test_without_an_amount_all_that_can_be_sent_goes_back() -> None:
    """A dispute took 1.234 dinars of 10: the last 6 fils of the rest stay, and the traveller can have 8.760."""
    seen = DisputeSeen("du_1", "lost", 1_234, "KWD", "general", None, (BalanceEntry("txn_1", -1_234, 0, "KWD"),))
    story = stories.given(on_offer(price_minor=10_000, currency="KWD"), confirmed(price_minor=10_000, currency="KWD"))
    story.when(RecordDispute(payment_id(), seen))
    story.when(CancelBooking(booking_id()), by=VENDOR)
    (owed,) = [event for event in story.new if isinstance(event, Payment.RefundRequested)]
    assert owed.amount_minor == 8_760
    assert story.state(Booking, booking_id()).earned_minor == 6


def test_money_that_came_for_nothing_goes_back_as_far_as_it_can_be_sent() -> None:
    """Stripe never takes such an amount; if it did, the rest would be ours, and no news of money would be refused."""
    story = stories.given(
        on_offer(price_minor=10_000, currency="KWD"), confirmed(price_minor=10_000, currency="KWD")[:2]
    )
    story.when(captured(minor=10_003, currency="KWD"))
    (owed,) = [event for event in story.new if isinstance(event, Payment.RefundRequested)]
    assert (owed.amount_minor, owed.funding.goodwill_minor) == (10_000, -3)
