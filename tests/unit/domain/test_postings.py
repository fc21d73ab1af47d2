"""The chart of accounts by example (domain.md, "Chart of accounts and postings"): price 100.00, 80/20, fee 3.20."""

from datetime import timedelta
from uuid import UUID

import pytest

from commands.record_payout import RecordBankPayout, RecordTransfer
from commands.release_earnings import ReleaseEarnings
from domain.ids import payout_id
from domain.payment import Funding, Payment
from domain.postings import CHART, Entry, Posting, posting_of
from domain.root import Event
from tests.unit.books import balances, owed_of
from tests.unit.facts import (
    ENDS_AT,
    HOUR,
    PERIOD_END,
    PRICE,
    RUN_AT,
    STARTS_AT,
    VENDOR,
    VENDOR_ID,
    booking_id,
    cancelled,
    captured,
    completed,
    confirmed,
    draft_payout,
    entry_of,
    on_offer,
    payable,
    paying,
    payment_id,
    refund_id,
    refund_seen,
)
from tests.unit.story import T0, Given, Step, given

PAYOUT_ID = payout_id(VENDOR_ID, "EUR", PERIOD_END)
PAID = (on_offer(), confirmed())
COMPLETED = (*PAID, payable(), completed())
RELEASED = (*COMPLETED, Step(ReleaseEarnings(VENDOR_ID, "EUR"), at=ENDS_AT + 48 * HOUR))
DRAFTED = (*COMPLETED, Step(draft_payout(), at=RUN_AT))
TRANSFERRED = (*DRAFTED, Step(RecordTransfer(PAYOUT_ID, "tr_1", entry_of("transfer", -80_00))))
AT_BANK = (*TRANSFERRED, Step(RecordBankPayout(PAYOUT_ID, "po_1", "paid")))
OWED = (*PAID, cancelled(by=VENDOR))
BACK = entry_of("refund", -PRICE)
RETURNED = entry_of("back", PRICE)
EARNED = {"stripe.balance": 96_80, "stripe.fees": 3_20, "commission.revenue": -20_00}


@pytest.mark.parametrize(
    ("facts", "books"),
    [
        ((on_offer(), paying(), Step(captured())), {"stripe.clearing": 100_00, "booking.unearned": -100_00}),
        (PAID, {"stripe.balance": 96_80, "stripe.fees": 3_20, "booking.unearned": -100_00}),
        (COMPLETED, {**EARNED, "vendor.pending": -80_00}),
        (RELEASED, {**EARNED, "vendor.available": -80_00}),
        (DRAFTED, {**EARNED, "payout.in_transit": -80_00}),
        (
            TRANSFERRED,
            {**EARNED, "stripe.balance": 16_80, "connected.balance": 80_00, "payout.in_transit": -80_00},
        ),
        (AT_BANK, {**EARNED, "stripe.balance": 16_80}),
        (
            (*AT_BANK, Step(RecordBankPayout(PAYOUT_ID, "po_1", "failed"))),
            {**EARNED, "stripe.balance": 16_80, "connected.balance": 80_00, "payout.in_transit": -80_00},
        ),
        (
            (*TRANSFERRED, Step(RecordBankPayout(PAYOUT_ID, "po_1", "failed"))),
            {**EARNED, "stripe.balance": 16_80, "connected.balance": 80_00, "payout.in_transit": -80_00},
        ),
        (
            (*PAID, cancelled(at=STARTS_AT - timedelta(days=3))),
            {
                "stripe.balance": 96_80,
                "stripe.fees": 3_20,
                "refund.payable": -50_00,
                "vendor.pending": -40_00,
                "cancellation.revenue": -10_00,
            },
        ),
        (OWED, {"stripe.balance": 96_80, "stripe.fees": 3_20, "refund.payable": -100_00}),
        ((*OWED, Step(refund_seen("succeeded", entry=BACK))), {"stripe.balance": -3_20, "stripe.fees": 3_20}),
        (
            (*OWED, Step(refund_seen("succeeded"))),
            {"stripe.balance": 96_80, "stripe.fees": 3_20, "stripe.clearing": -100_00},
        ),
        (
            (*OWED, Step(refund_seen("succeeded", entry=BACK)), Step(refund_seen("failed", returned=RETURNED))),
            {"stripe.balance": 96_80, "stripe.fees": 3_20, "refund.payable": -100_00},
        ),
        (
            (*OWED, Step(refund_seen("failed", entry=BACK, returned=RETURNED))),
            {"stripe.balance": 96_80, "stripe.fees": 3_20, "refund.payable": -100_00},
        ),
        (
            (*OWED, Step(refund_seen("failed"))),
            {"stripe.balance": 96_80, "stripe.fees": 3_20, "refund.payable": -100_00},
        ),
    ],
)
def test_the_books_say_where_the_money_is(facts: tuple[Given, ...], books: dict[str, int]) -> None:
    found = balances(given(*facts).log.events_after(0))
    assert found == {("EUR", account): minor for account, minor in books.items()}
    assert sum(found.values()) == 0
    assert {account for _, account in found} <= set(CHART)


def test_money_belongs_to_its_booking_and_its_vendor() -> None:
    events = given(*OWED).log.events_after(0)
    assert owed_of(events, "refund.payable", booking_id(), "EUR") == 100_00
    assert owed_of(events, "booking.unearned", booking_id(), "EUR") == 0
    events = given(*DRAFTED).log.events_after(0)
    assert owed_of(events, "payout.in_transit", VENDOR_ID, "EUR") == 80_00


def test_a_posting_names_stripes_own_reference() -> None:
    postings = [posting for posting in map(posting_of, given(*AT_BANK).log.events_after(0)) if posting]
    assert {posting.provider_ref for posting in postings} == {None, "ch_1", "txn_pay1", "tr_1", "txn_transfer"}


def test_what_moves_no_money_posts_nothing() -> None:
    quiet = [type(e).__qualname__ for e in given(*AT_BANK).log.events_after(0) if posting_of(e) is None]
    assert not {name for name in quiet if name.startswith("Payment.")} - {"Payment.Requested", "Payment.Submitted"}
    unpaid = [*on_offer(), *paying(), cancelled()]
    assert balances(given(*unpaid).log.events_after(0)) == {}


def refund_requested(funding: Funding) -> Event:
    return Payment.RefundRequested(
        originator_id=payment_id(),
        originator_version=5,
        timestamp=T0,
        booking_id=booking_id(),
        vendor_id=VENDOR_ID,
        refund_id=refund_id(),
        amount_minor=funding.total_minor,
        currency="EUR",
        funding=funding,
        reason="dirty boat",
        at_fault="vendor",
    )


def test_a_refund_after_completion_comes_from_whom_it_is_funded_by() -> None:
    event = refund_requested(Funding(vendor_minor=80_00, commission_minor=20_00, goodwill_minor=5_00))
    assert balances([event]) == {
        ("EUR", "vendor.available"): 80_00,
        ("EUR", "commission.revenue"): 20_00,
        ("EUR", "goodwill"): 5_00,
        ("EUR", "refund.payable"): -105_00,
    }


@pytest.mark.parametrize(
    "entries",
    [
        (Entry("goodwill", 1, 0),),
        (Entry("goodwill", 1, 0), Entry("refund.payable", 0, 2)),
        (Entry("goodwill", 1, 1), Entry("refund.payable", 0, 0)),
        (Entry("goodwill", -1, 0), Entry("refund.payable", 0, -1)),
    ],
)
def test_a_posting_that_does_not_balance_cannot_be_made(entries: tuple[Entry, ...]) -> None:
    with pytest.raises(AssertionError):
        Posting("EUR", entries, UUID(int=1), None)
