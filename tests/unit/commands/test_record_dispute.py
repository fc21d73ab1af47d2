"""Disputes by what Stripe says: the money from the day it is taken, who bears a loss, and what must wait meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest

from commands.cancel_booking import CancelBooking
from commands.complete_booking import CompleteBooking
from commands.record_dispute import ProviderStatus, RecordDispute
from commands.release_earnings import ReleaseEarnings
from domain.booking import Booking
from domain.contested import Loss, PaymentDisputed
from domain.dispute import Dispute
from domain.payment import Funding, Payment, RefundTooLarge
from domain.refusal import WrongState
from domain.vendor_ledger import VendorLedger
from projections.bookings import BOOKINGS
from projections.change import Set
from tests.unit.books import balances, owed_of
from tests.unit.dispute_facts import FEE, dispute, dispute_id, returned, taken
from tests.unit.facts import (
    DAY,
    ENDS_AT,
    HOUR,
    PRICE,
    RUN_AT,
    STARTS_AT,
    VENDOR,
    VENDOR_ID,
    booking_id,
    cancelled,
    completed,
    confirmed,
    draft_payout,
    entry_of,
    on_offer,
    payable,
    payment_id,
    refund_seen,
)
from tests.unit.story import T0, Given, Step, given

DISPUTE_ID = dispute_id()
PAID: tuple[Given, ...] = (on_offer(), confirmed())
RELEASED: tuple[Given, ...] = (*PAID, payable(), completed(), Step(ReleaseEarnings(VENDOR_ID, "EUR"), at=RUN_AT - DAY))
FEES = {"stripe.fees": 3_20, "dispute.fees": FEE}
OPENED = Step(dispute("needs_response", taken()))
WON = dispute("won", taken(), returned())
LOST = dispute("lost", taken())
INQUIRY = dispute("warning_needs_response")


def books(*facts: Given) -> dict[str, int]:
    """Debits less credits, without the accounts that are 0."""
    story = given(*facts)
    return {account: minor for (_, account), minor in balances(story.log.events_after(0)).items()}


def test_what_is_lost_of_the_price_is_lost_in_the_row_of_the_booking_too() -> None:
    part = (dispute("needs_response", taken(40_00), minor=40_00), dispute("lost", taken(40_00), minor=40_00))
    story = given(*PAID, Step(part[0])).when(part[1])
    (ended,) = [event for event in story.new if isinstance(event, Booking.ContestEnded)]
    (row,) = [change for change in BOOKINGS.project(ended, 1) if isinstance(change, Set)]
    assert row.values["price_minor"] == story.state(Booking, booking_id()).price_minor == 60_00


class TestBooks:
    """The rows of domain.md: price 100.00, 80/20, fees 3.20 and 15."""

    @pytest.mark.parametrize(
        ("facts", "expected"),
        [
            pytest.param(
                (*PAID, OPENED),
                {"dispute.withdrawn": 100_00, **FEES, "stripe.balance": -18_20, "booking.unearned": -100_00},
                id="opened, not earned",
            ),
            pytest.param(
                (*RELEASED, OPENED),
                {
                    "dispute.withdrawn": 100_00,
                    **FEES,
                    "stripe.balance": -18_20,
                    "vendor.reserved": -80_00,
                    "commission.revenue": -20_00,
                },
                id="opened, earned",
            ),
            pytest.param(
                (*PAID, OPENED, Step(WON)),
                {**FEES, "stripe.balance": 81_80, "booking.unearned": -100_00},
                id="won, not earned",
            ),
            pytest.param(
                (*RELEASED, OPENED, Step(WON)),
                {**FEES, "stripe.balance": 81_80, "vendor.available": -80_00, "commission.revenue": -20_00},
                id="won, earned",
            ),
            pytest.param((*PAID, OPENED, Step(LOST)), {**FEES, "stripe.balance": -18_20}, id="lost, not earned"),
            pytest.param((*RELEASED, OPENED, Step(LOST)), {**FEES, "stripe.balance": -18_20}, id="lost, earned"),
            pytest.param(
                (*PAID, Step(dispute("needs_response", taken(130_00), minor=130_00)),
                 Step(dispute("lost", taken(130_00), minor=130_00))),
                {**FEES, "stripe.balance": -48_20, "chargeback.loss": 30_00},
                id="lost, more than was paid",
            ),
            pytest.param(
                (*PAID, OPENED, Step(dispute("won", taken(), returned(90_00)))),
                {**FEES, "stripe.balance": 71_80, "booking.unearned": -100_00, "chargeback.loss": 10_00},
                id="won, less comes back than was taken",
            ),
            pytest.param(
                (*PAID, OPENED, Step(dispute("won", taken(), returned(fee_minor=-FEE)))),
                {"stripe.fees": 3_20, "stripe.balance": 96_80, "booking.unearned": -100_00},
                id="won, the fee comes back",
            ),
            pytest.param((*PAID, Step(INQUIRY)), {"stripe.fees": 3_20, "stripe.balance": 96_80,
                                                  "booking.unearned": -100_00}, id="an inquiry moves nothing"),
        ],
    )  # fmt: skip
    def test_of(self, facts: Sequence[Given], expected: dict[str, int]) -> None:
        assert books(*facts) == expected

    def test_a_dispute_before_the_release_takes_from_what_will_be_available(self) -> None:
        found = books(*PAID, payable(), completed(), OPENED)
        assert (found["vendor.pending"], found["vendor.available"], found["vendor.reserved"]) == (
            -80_00,
            80_00,
            -80_00,
        )

    def test_what_was_refunded_before_is_a_loss_of_the_platform(self) -> None:
        half_back = [
            cancelled(at=STARTS_AT - 3 * DAY),
            Step(refund_seen("succeeded", entry=entry_of("refund", -PRICE // 2))),
        ]
        found = books(*PAID, half_back, OPENED, Step(LOST))
        assert found == {
            **FEES,
            "stripe.balance": -68_20,
            "vendor.pending": -40_00,
            "vendor.available": 40_00,
            "chargeback.loss": 50_00,
        }

    def test_money_of_which_nobody_says_how_much_of_the_charge_it_is_is_the_platforms_loss(self) -> None:
        """Contested and taken in dollars, and paid in euros: only what a rate did to it could tell."""
        news = dispute("needs_response", taken(110_00, "USD"))
        story = given(*RELEASED, Step(replace(news, seen=replace(news.seen, currency="USD"))))
        assert story.state(Dispute, DISPUTE_ID).loss == Loss(platform_minor=110_00)
        assert story.state(Booking, booking_id()).contested == {DISPUTE_ID: 0}


class TestMeanwhile:
    def test_it_is_neither_completed_nor_cancelled(self) -> None:
        story = given(*PAID, OPENED)
        story.when(CompleteBooking(booking_id()), at=ENDS_AT).then(PaymentDisputed)
        story.when(CancelBooking(booking_id(), "rain"), by=VENDOR, at=T0).then(PaymentDisputed)

    def test_an_inquiry_stops_nothing(self) -> None:
        story = given(*PAID, Step(INQUIRY)).when(CompleteBooking(booking_id()), at=ENDS_AT)
        assert story.state(Booking, booking_id()).status == "completed"

    def test_reserved_money_is_in_no_payout(self) -> None:
        given(*RELEASED, OPENED).when(draft_payout(), at=RUN_AT).then(VendorLedger.CarriedForward)

    def test_a_dispute_after_the_cutoff_counts_as_well(self) -> None:
        story = given(*RELEASED, Step(dispute("needs_response", taken()), at=RUN_AT - HOUR))
        story.when(draft_payout(), at=RUN_AT).then(VendorLedger.CarriedForward)

    def test_after_the_payout_the_vendor_owes_it(self) -> None:
        story = given(*RELEASED, Step(draft_payout(), at=RUN_AT), OPENED, Step(LOST))
        events = story.log.events_after(0)
        assert owed_of(events, "vendor.available", VENDOR_ID, "EUR") == -80_00
        assert owed_of(events, "vendor.reserved", VENDOR_ID, "EUR") == 0

    def test_disputed_money_cannot_be_refunded(self) -> None:
        payment = given(*PAID, OPENED).state(Payment, payment_id())
        assert payment.refundable_minor == 0
        with pytest.raises(RefundTooLarge):
            payment.request_refund(
                refund_id=booking_id(9), funding=Funding(goodwill_minor=1), reason="x", at_fault="x", now=T0
            )


class TestAfterwards:
    def test_won_it_can_be_completed(self) -> None:
        story = given(*PAID, OPENED, Step(WON)).when(CompleteBooking(booking_id()), at=ENDS_AT)
        assert story.refusal is None
        assert story.state(Booking, booking_id()).status == "completed"
        assert story.state(Payment, payment_id()).refundable_minor == PRICE

    def test_lost_before_the_trip_it_is_cancelled_and_its_places_are_free(self) -> None:
        story = given(*PAID, OPENED).when(LOST)
        story.then_capacity(held=0, sold=0)
        assert story.state(Booking, booking_id()).status == "cancelled"
        story.when(CompleteBooking(booking_id()), at=ENDS_AT).then(WrongState)

    def test_lost_in_part_the_rest_is_still_earned(self) -> None:
        part = taken(30_00)
        story = given(
            *PAID,
            payable(),
            Step(dispute("needs_response", part, minor=30_00)),
            Step(dispute("lost", part, minor=30_00)),
        )
        assert story.state(Booking, booking_id()).status == "confirmed"
        story.when(CompleteBooking(booking_id()), at=ENDS_AT)
        found = {account: minor for (_, account), minor in balances(story.log.events_after(0)).items()}
        assert found == {**FEES, "stripe.balance": 51_80, "vendor.pending": -56_00, "commission.revenue": -14_00}

    def test_lost_in_part_a_cancellation_gives_back_no_more_than_is_left(self) -> None:
        part = taken(30_00)
        story = given(*PAID, Step(dispute("lost", part, minor=30_00))).when(CancelBooking(booking_id()), by=VENDOR)
        assert story.refusal is None
        assert story.state(Payment, payment_id()).refundable_minor == 0
        assert balances(story.log.events_after(0))["EUR", "refund.payable"] == -70_00

    def test_lost_before_a_refund_was_sent_the_bank_has_given_it_back(self) -> None:
        story = given(*PAID, cancelled(by=VENDOR), OPENED).when(LOST)
        assert story.refusal is None
        assert balances(story.log.events_after(0)) == {
            ("EUR", account): minor for account, minor in {**FEES, "stripe.balance": -18_20}.items()
        }
        (refund,) = story.state(Payment, payment_id()).refunds.values()
        assert refund.status == "overtaken"

    def test_lost_after_a_refund_was_sent_it_is_lost_twice(self) -> None:
        sent = Step(refund_seen("succeeded", entry=entry_of("refund", -PRICE)))
        found = books(*PAID, cancelled(by=VENDOR), sent, OPENED, Step(LOST))
        assert found == {**FEES, "stripe.balance": -118_20, "chargeback.loss": 100_00}

    def test_it_is_won_only_once_the_money_is_seen_to_come_back(self) -> None:
        story = given(*PAID, OPENED).when(dispute("won", taken())).then_nothing()
        story.when(WON)
        assert story.state(Dispute, DISPUTE_ID).status == "won"

    @pytest.mark.parametrize("status", ["warning_closed", "prevented"])
    def test_an_inquiry_ends_without_a_trace_in_the_books(self, status: ProviderStatus) -> None:
        story = given(*PAID, Step(INQUIRY)).when(dispute(status)).then(Dispute.Closed)
        assert story.state(Booking, booking_id()).contested == {}

    def test_an_inquiry_may_become_a_dispute(self) -> None:
        story = given(*PAID, Step(INQUIRY)).when(dispute("needs_response", taken()))
        assert story.state(Dispute, DISPUTE_ID).status == "needs_response"


NEWS = (
    dispute("needs_response"),
    dispute("needs_response", taken()),
    dispute("under_review", taken(), evidence_number=1),
)


@pytest.mark.parametrize("end", [WON, LOST], ids=["won", "lost"])
@pytest.mark.parametrize("facts", [PAID, RELEASED], ids=["not earned", "earned"])
def test_news_in_any_order_and_any_of_it_twice_give_the_same_books(
    facts: tuple[Given, ...], end: RecordDispute
) -> None:
    expected = books(*facts, *(Step(told) for told in NEWS), Step(end))
    for order in permutations((*NEWS, end)):
        story = given(*facts, [Step(told) for told in (*order, *order)])
        found = {account: minor for (_, account), minor in balances(story.log.events_after(0)).items()}
        assert found == expected, order
        assert story.state(Dispute, DISPUTE_ID).status == end.seen.status
