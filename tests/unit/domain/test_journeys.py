"""Random journeys through the real commands: money is never lost or made, and what is read back is what was decided."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.cancel_booking import CancelBooking
from commands.complete_booking import CompleteBooking
from commands.expire_booking import ExpireBooking
from commands.payout_control import CancelPayout
from commands.record_payout import RecordBankPayout, RecordReversal, RecordTransfer
from commands.record_refund import RecordRefund, RefundSeen
from commands.refund_payment import RefundPayment
from commands.release_earnings import ReleaseEarnings
from domain.booking import Booking
from domain.chargeable import charge_step_minor, in_steps, minimum_charge_minor
from domain.ids import derived_id
from domain.money import BASIS_POINTS, Money
from domain.payment import BalanceEntry, Payment
from domain.payout import Payout
from domain.periods import last_period_end
from domain.policy import Policy
from domain.refund import Funding
from domain.refund_funding import Fault
from domain.root import Event, Root, replay
from tests.unit import story as stories
from tests.unit.books import balances, captured_minor, earned_minor, owed_of, refunded_minor
from tests.unit.facts import (
    DAY,
    ENDS_AT,
    OPERATOR,
    TRAVELLER,
    VENDOR,
    VENDOR_ID,
    booking_id,
    canceled,
    captured,
    declined,
    draft_payout,
    on_offer,
    payable,
    payment_id,
    place_hold,
    start_payment,
)
from tests.unit.story import Step, Story

Status = Literal["pending", "succeeded", "failed"]
BOOKINGS = (1, 2, 3)


class Walk:
    """One story of three bookings (payment `n` and `n + 3` are booking `n`'s); `n` says what a move is about."""

    def __init__(self, price_minor: int, currency: str, commission_bp: int) -> None:
        self.price_minor, self.currency = price_minor, currency
        policy = Policy(commission_bp=commission_bp, refund_limit=Decimal(10**9))
        self.story: Story = stories.given(
            on_offer(capacity=2, price_minor=price_minor, currency=currency), payable(), policy=policy
        )

    def go(self, command: object, by: object = None) -> None:
        actor = {"traveller": TRAVELLER, "vendor": VENDOR}.get(str(by), Step(None).by)
        self.story.when(command, by=actor)
        if self.story.done is not None and isinstance(self.story.done.result, Root):
            result = self.story.done.result
            assert replay(self.story.log.stream(result.id)) == result

    def events(self) -> list[Event]:
        return self.story.log.events_after(0)

    def live(self, kind: type[Root]) -> list[Root]:
        ids = dict.fromkeys(event.originator_id for event in self.events())
        roots = [replay(self.story.log.stream(stream_id)) for stream_id in ids]
        return [root for root in roots if isinstance(root, kind)]

    def hold(self, n: int) -> None:
        if not self.story.log.stream(booking_id(n)):
            self.go(place_hold(n), "traveller")

    def pay(self, n: int) -> None:
        number = n if not self.story.log.stream(payment_id(n)) else n + 3
        if not self.story.log.stream(payment_id(number)):
            self.go(start_payment(number, booking=n), "traveller")

    def capture(self, n: int) -> None:
        self.money_comes(n, self.price_minor, self.currency)

    def capture_second(self, n: int) -> None:
        self.money_comes(n + 3, self.price_minor, self.currency)

    def capture_wrongly(self, n: int) -> None:
        self.money_comes(n, self.price_minor + n * charge_step_minor(self.currency), self.currency if n > 1 else "CHF")

    def money_comes(self, number: int, minor: int, currency: str) -> None:
        """Stripe may tell of a charge often, but always of the same money; its balance transaction comes later."""
        payment = replay(self.story.log.stream(payment_id(number)))
        seen = isinstance(payment, Payment) and payment.status == "captured"
        if isinstance(payment, Payment) and seen:
            minor, currency = payment.captured_minor, payment.currency
        self.go(captured(number, minor=minor, currency=currency, seen=seen))

    def refunds(self, status: Status, *, last: bool = False) -> None:
        for payment in self.live(Payment):
            assert isinstance(payment, Payment)
            for refund_id, refund in payment.refunds.items():
                if last and refund.status == "failed":
                    continue
                minor, currency = refund.amount_minor, payment.currency
                entry = BalanceEntry("txn_refund", -minor, 0, currency) if status != "pending" else None
                back = BalanceEntry("txn_back", minor, 0, currency) if status == "failed" else None
                seen = RefundSeen(f"re_{refund_id}", status, entry, None, back)
                self.go(RecordRefund(payment.id, refund_id, seen))

    def decide(self, n: int) -> None:
        """An operator gives a third of what was paid back, for a reason that depends on how often that was done."""
        payment = replay(self.story.log.stream(payment_id(n)))
        if isinstance(payment, Payment) and payment.captured_minor:
            faults: tuple[Fault, ...] = ("vendor", "platform", "goodwill")
            number = len(payment.refunds)
            minor = max(minimum_charge_minor(payment.currency), in_steps(payment.captured_minor // 3, payment.currency))
            refund_id = derived_id("decided", payment.id, number)
            money = Money(min(minor, payment.sendable_minor), payment.currency)
            self.story.when(RefundPayment(refund_id, payment.id, money, "x", faults[number % 3]), by=OPERATOR)

    def draft(self, _: int) -> None:
        self.go(draft_payout(last_period_end("weekly", self.story.log.now.date()), self.currency))

    def transfer(self, _: int) -> None:
        for payout in self.live(Payout):
            assert isinstance(payout, Payout)
            entry = BalanceEntry("txn_transfer", -payout.amount_minor, 0, payout.currency)
            self.go(RecordTransfer(payout.id, f"tr_{payout.id}", entry))

    def bank(self, n: int) -> None:
        status: Literal["in_transit", "paid", "failed"] = "in_transit" if n == 1 else "paid" if n == 2 else "failed"
        for payout in self.live(Payout):
            assert isinstance(payout, Payout)
            if payout.transfer_id:
                self.go(RecordBankPayout(payout.id, f"po_{payout.id}", status))

    def give_up(self, _: int) -> None:
        """Finance cancels what can be; a transfer of it may come to light all the same."""
        for payout in self.live(Payout):
            self.go(CancelPayout(payout.id, "given up"))

    def reverse(self, _: int) -> None:
        for payout in self.live(Payout):
            assert isinstance(payout, Payout)
            if payout.next_step == "reversal":
                entry = BalanceEntry("txn_reversal", payout.amount_minor, 0, payout.currency)
                self.go(RecordReversal(payout.id, f"trr_{payout.id}", entry))

    def wait(self, n: int) -> None:
        self.story.log.now += {1: timedelta(minutes=10), 2: timedelta(minutes=50), 3: 3 * DAY}[n]

    def wait_for_the_end(self, n: int) -> None:
        self.story.log.now = max(self.story.log.now, ENDS_AT + 4 * (n - 1) * DAY)

    def wait_for_the_run(self, _: int) -> None:
        self.story.log.now += 11 * DAY

    def settle(self) -> None:
        """Let everything that is under way arrive: balance transactions, refunds, transfers."""
        for payment in self.live(Payment):
            assert isinstance(payment, Payment)
            if payment.captured_minor:
                number = next(n for n in range(1, 7) if payment_id(n) == payment.id)
                self.money_comes(number, payment.captured_minor, payment.currency)
        self.refunds("succeeded", last=True)
        self.transfer(0)
        self.reverse(0)


Move = Callable[[Walk, int], None]
MOVES: list[Move] = [
    Walk.hold,
    Walk.pay,
    Walk.capture,
    Walk.capture_second,
    Walk.capture_wrongly,
    Walk.decide,
    Walk.draft,
    Walk.transfer,
    Walk.bank,
    Walk.wait,
    Walk.wait_for_the_end,
    lambda walk, n: walk.go(declined(n)),
    lambda walk, n: walk.go(canceled(n)),
    lambda walk, n: walk.go(CancelBooking(booking_id(n)), "traveller"),
    lambda walk, n: walk.go(CancelBooking(booking_id(n)), "vendor"),
    lambda walk, n: walk.go(ExpireBooking(booking_id(n))),
    lambda walk, n: walk.go(CompleteBooking(booking_id(n))),
    lambda walk, _: walk.go(ReleaseEarnings(VENDOR_ID, walk.currency)),
    lambda walk, _: walk.refunds("pending"),
    lambda walk, _: walk.refunds("succeeded"),
    lambda walk, _: walk.refunds("failed"),
    Walk.give_up,
    Walk.reverse,
]
# Whole lives, so that walks get far: moves between these are drawn at random.
BUY: list[Move] = [Walk.hold, Walk.pay, Walk.capture]
REFUNDED: list[Move] = [*BUY, MOVES[13], MOVES[19]]
SECOND_CARD: list[Move] = [Walk.hold, Walk.pay, MOVES[11], Walk.pay, Walk.capture_second]
REDUCED: list[Move] = [*BUY, Walk.decide, Walk.decide, Walk.decide]
PAID_OUT: list[Move] = [Walk.wait_for_the_end, MOVES[16], Walk.wait_for_the_run, Walk.draft, Walk.transfer, Walk.bank]
GIVEN_UP: list[Move] = [*BUY, *PAID_OUT[:4], Walk.give_up, Walk.transfer, Walk.reverse, *PAID_OUT[2:4]]
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


def check_replay(walk: Walk) -> None:
    """The events as they were decided and the events as they are read make the same state, in every stream."""
    decided: dict[object, list[Event]] = {}
    for append in walk.story.log.appends:
        for event in append.events:
            decided.setdefault(event.originator_id, []).append(event)
    for events in decided.values():
        stored = walk.story.log.stream(events[0].originator_id)
        assert [event.originator_version for event in stored] == list(range(1, len(events) + 1))
        assert stored == events
        assert replay(stored) == replay(events)


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
