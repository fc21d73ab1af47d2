"""Disputes that do not end where they ended, and several of one payment: every cent that moves is in the books."""

from itertools import permutations

import pytest

from commands.complete_booking import CompleteBooking
from commands.record_dispute import ProviderStatus, RecordDispute, is_decided_unseen
from domain.balance_entry import BalanceEntry
from domain.booking import Booking
from domain.contested import Loss, PaymentDisputed
from domain.dispute import Dispute
from domain.payment import Payment
from domain.vendor_ledger import VendorLedger
from projections.disputes import DISPUTES
from tests.unit.books import balances, owed_of
from tests.unit.commands.test_record_dispute import FEES, LOST, OPENED, PAID, RELEASED, WON
from tests.unit.dispute_facts import FEE, dispute, dispute_id, returned, taken
from tests.unit.facts import ENDS_AT, VENDOR_ID, booking_id, entry_of, payment_id
from tests.unit.story import Given, Step, Story, given

AGAIN = entry_of("taken_again", -100_00, FEE)
BACK_AGAIN = entry_of("back_again", 100_00)
TAKEN_AGAIN = dispute("needs_response", taken(), returned(), AGAIN)
LOST_AFTER_ALL = dispute("lost", taken(), returned(), AGAIN)
TWICE = {"stripe.fees": 3_20, "dispute.fees": 2 * FEE}


def books(story: Story) -> dict[str, int]:
    return {account: minor for (_, account), minor in balances(story.log.events_after(0)).items()}


def test_money_that_is_taken_again_after_it_was_won_is_contested_again() -> None:
    story = given(*PAID, OPENED, Step(WON)).when(TAKEN_AGAIN)
    told = [type(event).TOPIC for event in story.new if event.originator_id == dispute_id()]
    assert told == ["dispute.reopened", "dispute.withdrawn", "dispute.settled"]
    assert books(story) == {**TWICE, "dispute.withdrawn": 100_00, "stripe.balance": -33_20, "booking.unearned": -100_00}
    story.when(CompleteBooking(booking_id()), at=ENDS_AT).then(PaymentDisputed)


def test_what_was_won_may_be_lost_after_all_and_the_vendor_bears_its_part_once() -> None:
    story = given(*RELEASED, OPENED, Step(WON)).when(LOST_AFTER_ALL)
    assert books(story) == {**TWICE, "stripe.balance": -33_20}
    assert story.state(Dispute, dispute_id()).status == "lost"
    assert owed_of(story.log.events_after(0), "vendor.available", VENDOR_ID, "EUR") == 0
    kinds = [event.line.kind for event in story.log.events_after(0) if isinstance(event, VendorLedger.Adjusted)]
    assert kinds == ["dispute_reserve", "dispute_won", "dispute_reserve"]


def test_it_may_be_won_twice() -> None:
    news = dispute("won", taken(), returned(), AGAIN, BACK_AGAIN)
    story = given(*RELEASED, OPENED, Step(WON), Step(TAKEN_AGAIN)).when(news)
    assert books(story) == {
        **TWICE, "stripe.balance": 66_80, "vendor.available": -80_00, "commission.revenue": -20_00
    }  # fmt: skip
    assert story.state(Payment, payment_id()).refundable_minor == 100_00
    lines = [event.line for event in story.log.events_after(0) if isinstance(event, VendorLedger.Adjusted)]
    assert len({line.line_id for line in lines}) == len(lines) == 4


@pytest.mark.parametrize("facts", [PAID, RELEASED], ids=["not earned", "earned"])
def test_a_whole_history_that_is_seen_at_once_makes_the_same_books_as_one_seen_step_by_step(
    facts: tuple[Given, ...],
) -> None:
    step_by_step = given(*facts, OPENED, Step(WON), Step(TAKEN_AGAIN), Step(LOST_AFTER_ALL))
    at_once = given(*facts, Step(LOST_AFTER_ALL))
    assert books(at_once) == books(step_by_step)
    assert at_once.state(Booking, booking_id()).price_minor == step_by_step.state(Booking, booking_id()).price_minor


def test_old_answers_that_come_late_do_not_reopen_it() -> None:
    for order in permutations((OPENED.command, WON, TAKEN_AGAIN, LOST_AFTER_ALL)):
        story = given(*PAID, [Step(told) for told in (LOST_AFTER_ALL, *order)])
        assert books(story) == {**TWICE, "stripe.balance": -33_20}, order
        assert story.state(Dispute, dispute_id()).status == "lost"


def test_a_status_alone_does_not_reopen_it_but_is_looked_at_again() -> None:
    story = given(*PAID, OPENED, Step(WON))
    story.when(dispute("needs_response", taken(), returned())).then_nothing()
    story.when(dispute("lost", taken(), returned())).then_nothing()
    won = story.state(Dispute, dispute_id())
    assert is_decided_unseen(won, dispute("lost", taken(), returned()).seen)
    assert not is_decided_unseen(won, WON.seen)


def test_more_may_be_taken_while_it_is_open() -> None:
    news = (taken(60_00), entry_of("more", -40_00, 0))
    story = given(*RELEASED, Step(dispute("needs_response", news[0]))).when(dispute("needs_response", *news))
    assert books(story) == {
        **FEES, "dispute.withdrawn": 100_00, "stripe.balance": -18_20,
        "vendor.reserved": -80_00, "commission.revenue": -20_00,
    }  # fmt: skip
    story.when(dispute("won", *news, returned()))
    assert books(story)["vendor.available"] == -80_00
    assert "vendor.reserved" not in books(story)


class TestMoneyThatComesBackAfterItWasLost:
    def test_vendor_and_platform_have_what_they_had_earned(self) -> None:
        story = given(*RELEASED, OPENED, Step(LOST)).when(dispute("won", taken(), returned()))
        assert story.state(Dispute, dispute_id()).status == "won"
        assert books(story) == {
            **FEES, "stripe.balance": 81_80, "vendor.available": -80_00, "commission.revenue": -20_00
        }  # fmt: skip
        assert story.state(Payment, payment_id()).refundable_minor == 100_00

    def test_of_a_booking_that_ended_by_it_it_is_the_platforms(self) -> None:
        story = given(*PAID, OPENED, Step(LOST)).when(dispute("won", taken(), returned()))
        assert story.state(Booking, booking_id()).status == "cancelled"
        assert books(story) == {**FEES, "stripe.balance": 81_80, "chargeback.loss": -100_00}

    def test_in_parts_it_adds_up(self) -> None:
        parts = (entry_of("third", 33_33), entry_of("rest", 66_67))
        story = given(*RELEASED, OPENED, Step(LOST), Step(dispute("lost", taken(), parts[0])))
        assert story.state(Payment, payment_id()).refundable_minor == 33_33
        story.when(dispute("lost", taken(), *parts))
        assert books(story) == {
            **FEES, "stripe.balance": 81_80, "vendor.available": -80_00, "commission.revenue": -20_00
        }  # fmt: skip

    def test_a_fee_that_comes_back_late_is_no_expense_any_more(self) -> None:
        fee = BalanceEntry("txn_fee", 0, -FEE, "EUR")
        story = given(*PAID, OPENED, Step(LOST)).when(dispute("lost", taken(), fee))
        assert books(story) == {"stripe.fees": 3_20, "stripe.balance": -3_20}
        assert story.state(Dispute, dispute_id()).loss == Loss(unearned_minor=100_00)


class TestSeveral:
    """Two disputes of one payment: 60.00 and 50.00 of 100.00."""

    def told(self, name: str, minor: int, status: ProviderStatus, *more: BalanceEntry) -> RecordDispute:
        entry = entry_of(name, -minor, FEE)
        news = dispute(status, entry, *more, minor=minor, n=1)
        return RecordDispute(payment_id(), type(news.seen)(f"du_{name}", status, minor, "EUR", "fraudulent", None,
                                                           (entry, *more)))  # fmt: skip

    def test_together_they_take_no_more_from_the_vendor_than_it_has(self) -> None:
        story = given(*RELEASED, Step(self.told("a", 60_00, "lost"))).when(self.told("b", 50_00, "lost"))
        assert books(story) == {**TWICE, "stripe.balance": -43_20, "chargeback.loss": 10_00}
        assert story.state(Payment, payment_id()).refundable_minor == -10_00

    def test_one_is_won_and_one_is_lost(self) -> None:
        facts = (Step(self.told("a", 60_00, "needs_response")), Step(self.told("b", 40_00, "needs_response")))
        story = given(*PAID, *facts, Step(self.told("a", 60_00, "won", entry_of("back", 60_00))))
        story.when(CompleteBooking(booking_id()), at=ENDS_AT).then(PaymentDisputed)
        story.when(self.told("b", 40_00, "lost"))
        story.when(CompleteBooking(booking_id()), at=ENDS_AT)
        assert books(story) == {
            **TWICE, "stripe.balance": 26_80, "vendor.pending": -48_00, "commission.revenue": -12_00
        }  # fmt: skip

    def test_both_are_won(self) -> None:
        facts = [Step(self.told(name, 60_00, "needs_response")) for name in "ab"]
        story = given(*RELEASED, *facts)
        assert story.state(Payment, payment_id()).refundable_minor == -20_00
        for name in "ab":
            story.when(self.told(name, 60_00, "won", entry_of(f"back_{name}", 60_00)))
        assert books(story) == {
            **TWICE, "stripe.balance": 66_80, "vendor.available": -80_00, "commission.revenue": -20_00
        }  # fmt: skip


def test_the_row_of_a_dispute_that_was_reopened_is_open() -> None:
    story = given(*RELEASED, OPENED, Step(WON)).when(TAKEN_AGAIN)
    values = [
        getattr(change, "values", {}) | getattr(change, "amounts", {})
        for event in story.new
        if type(event) in DISPUTES.events
        for change in DISPUTES.project(event, 1)
    ]
    assert values[:2] == [{"status": "needs_response", "ended_at": None, "version": 6}, {"withdrawn_minor": -100_00}]
    assert {"withdrawn_minor": 100_00, "fee_minor": FEE, "reserved_minor": 80_00} in values
