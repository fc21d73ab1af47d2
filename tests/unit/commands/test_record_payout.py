"""Record what Stripe says about a payout's transfer and about its way to the bank."""

from typing import Any, Literal

import pytest

from commands.record_payout import RecordBankPayout, RecordTransfer
from domain.ids import payout_id
from domain.payout import Payout
from domain.refusal import NotFound
from tests.unit.facts import (
    PERIOD_END,
    RUN_AT,
    VENDOR_ID,
    completed,
    confirmed,
    draft_payout,
    entry_of,
    on_offer,
    payable,
)
from tests.unit.story import Step, fact, given

PAYOUT_ID = payout_id(VENDOR_ID, "EUR", PERIOD_END)
DRAFTED = (on_offer(), confirmed(), payable(), completed(), Step(draft_payout(), at=RUN_AT))
ENTRY = entry_of("transfer", -80_00)
TRANSFER = RecordTransfer(PAYOUT_ID, "tr_1", ENTRY)


def bank(status: Literal["pending", "in_transit", "paid", "failed", "canceled"]) -> RecordBankPayout:
    return RecordBankPayout(PAYOUT_ID, "po_1", status, "account_closed" if status == "failed" else None)


def test_a_transfer_stands_on_the_vendors_account() -> None:
    given(DRAFTED).when(TRANSFER).then(
        fact(Payout.Transferred, vendor_id=VENDOR_ID, amount_minor=80_00, currency="EUR", transfer_id="tr_1"),
        fact(Payout.TransferSettled, entry=ENTRY),
    ).when(TRANSFER).then_nothing()


def test_the_balance_transaction_of_a_transfer_may_come_later() -> None:
    story = given(DRAFTED).when(RecordTransfer(PAYOUT_ID, "tr_1", None)).then(Payout.Transferred)
    story.when(TRANSFER).then(Payout.TransferSettled)


@pytest.mark.parametrize("status", ["pending", "in_transit"])
def test_a_bank_payout_on_its_way_is_known_by_its_id(status: Literal["pending", "in_transit"]) -> None:
    story = given(DRAFTED, Step(TRANSFER)).when(bank(status))
    story.then(fact(Payout.BankSubmitted, stripe_payout_id="po_1")).when(bank(status)).then_nothing()


def test_the_bank_has_the_money() -> None:
    story = given(DRAFTED, Step(TRANSFER)).when(bank("paid"))
    story.then(Payout.BankSubmitted, fact(Payout.Paid, amount_minor=80_00, currency="EUR"))
    story.when(bank("paid")).then_nothing()


def test_a_bank_may_send_it_back_days_after_it_was_paid() -> None:
    story = given(DRAFTED, Step(TRANSFER), Step(bank("paid"))).when(bank("failed"))
    story.then(fact(Payout.Failed, code="account_closed", had_been_paid=True, amount_minor=80_00))
    story.when(bank("failed")).then_nothing().when(bank("paid")).then_nothing()


@pytest.mark.parametrize(("status", "code"), [("failed", "account_closed"), ("canceled", "canceled")])
def test_a_bank_payout_that_fails_at_once_was_never_paid(status: Literal["failed", "canceled"], code: str) -> None:
    story = given(DRAFTED, Step(TRANSFER)).when(bank(status))
    story.then(Payout.BankSubmitted, fact(Payout.Failed, code=code, had_been_paid=False))
    assert story.state(Payout, PAYOUT_ID).status == "failed"


@pytest.mark.parametrize("command", [TRANSFER, bank("paid")])
def test_news_of_an_unknown_payout_is_not_found(command: Any) -> None:
    given().when(command).then(NotFound)
