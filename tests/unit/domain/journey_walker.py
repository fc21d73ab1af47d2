"""Walks through the real commands: three bookings of one vendor, from their payments to its payouts."""

from datetime import timedelta
from decimal import Decimal
from typing import Literal

from commands.payout_control import CancelPayout
from commands.record_payout import RecordBankPayout, RecordReversal, RecordTransfer
from commands.record_refund import RecordRefund, RefundSeen
from commands.refund_payment import RefundPayment
from domain.chargeable import charge_step_minor, in_steps, minimum_charge_minor
from domain.ids import derived_id
from domain.money import Money
from domain.payment import BalanceEntry, Payment
from domain.payout import Payout
from domain.periods import last_period_end
from domain.policy import Policy
from domain.refund_funding import Fault
from domain.root import Event, Root, replay
from tests.unit import story as stories
from tests.unit.facts import (
    DAY,
    ENDS_AT,
    OPERATOR,
    TRAVELLER,
    VENDOR,
    booking_id,
    captured,
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
