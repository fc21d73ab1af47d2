"""Payouts of what one booking earned, their runs, and the vendors that are paid."""

from typing import Literal

from commands.adjust import ApproveAdjustment, ProposeAdjustment, RejectAdjustment
from commands.payment_file import ConfirmPaymentFile
from commands.payout_control import (
    HoldPayout,
    HoldVendorPayouts,
    ReleasePayout,
    ReleaseVendorPayouts,
    RetryPayout,
)
from commands.payout_run import AdvancePayoutRun, FinishPayoutRun, StartPayoutRun
from commands.record_payout import (
    BeginBankPayout,
    BeginTransfer,
    RecordBankPayout,
    RecordRefusedStep,
    RecordTransfer,
    RecordUnresolved,
)
from commands.release_earnings import ReleaseEarnings
from commands.vendor_settings import ChooseCadence, ChooseStripe, RecordPayoutAccount, RequestPayoutAccount
from domain.adjustment import Adjustment
from domain.ids import payout_run_id
from domain.money import Money
from domain.payout import Payout
from domain.payout_run import PayoutRun
from domain.vendor import Vendor
from tests.unit.facts import (
    FINANCE,
    OPENING_ID,
    PERIOD_END,
    RUN_AT,
    VENDOR,
    VENDOR_ID,
    VENDOR_STREAM,
    completed,
    confirmed,
    draft_payout,
    entry_of,
    on_offer,
    payable,
    register,
)
from tests.unit.lives.life import Ask, Life
from tests.unit.payment_life import COLLEAGUE
from tests.unit.payout_facts import (
    FILE_ID,
    bank_paid,
    bank_returned,
    by_bank,
    cancel,
    drafted,
    failed,
    filed,
    limited,
    paid,
    payout_of,
    reversed_,
    transferred,
)
from tests.unit.story import Given, Step

PAYOUT = payout_of()
RUN = payout_run_id("weekly", PERIOD_END)
EARNED: list[Given] = [on_offer(), *confirmed(), completed()]


def payout_state(payout: Payout) -> str:
    """The status, told apart by what stops it or takes it back."""
    if payout.unresolved_step:
        return "unresolved"
    if payout.on_hold and payout.next_step in {"transfer", "bank"}:
        return "on hold"
    if payout.returned:
        after_all = ", sent after all" if payout.next_step == "reversal" else ""
        return "failed, taken back" if payout.status == "failed" else f"cancelled{after_all}"
    if payout.reversal_requested:
        return "being taken back"
    if payout.status == "transferred" and payout.bank_requested:
        return "bank requested"
    return payout.status.replace("_", " ")


def _bank(status: Literal["pending", "paid", "failed"]) -> RecordBankPayout:
    return RecordBankPayout(PAYOUT, "po_0", status)


_BEGUN = [drafted(), Step(BeginTransfer(PAYOUT))]
_MOVED = [drafted(), *transferred()]
_ASKED_BANK = [*_MOVED, Step(BeginBankPayout(PAYOUT))]
_FAILED = [drafted(), *paid(), failed(days=0)]

PAYOUTS = Life(
    title="Payout",
    about=(
        "Each step at Stripe is recorded before it is asked for. *Unresolved* got no answer, and keeps the money;"
        " *being taken back* waits for its transfer to be reversed."
    ),
    kind=Payout,
    stream_id=PAYOUT,
    state_of=payout_state,
    before=[*EARNED, payable()],
    examples={
        "drafted": drafted(),
        "on hold": [drafted(), Step(HoldPayout(PAYOUT, "a question"), FINANCE)],
        "transfer submitted": _BEGUN,
        "unresolved": [*_BEGUN, Step(RecordUnresolved(PAYOUT, "transfer", "no answer"))],
        "transferred": _MOVED,
        "bank requested": _ASKED_BANK,
        "bank submitted": [*_ASKED_BANK, Step(_bank("pending"))],
        "paid": [drafted(), *paid()],
        "failed": _FAILED,
        "failed, taken back": [*_FAILED, reversed_()],
        "being taken back": [*_MOVED, Step(cancel(), FINANCE)],
        "cancelled": [drafted(), Step(cancel(), FINANCE)],
        "cancelled, sent after all": [drafted(), Step(cancel(), FINANCE), *transferred()[1:]],
    },
    asks=(
        Ask(draft_payout(), at=RUN_AT),
        Ask(BeginTransfer(PAYOUT)),
        Ask(RecordTransfer(PAYOUT, "tr_0", entry_of("transfer0", -80_00))),
        Ask(BeginBankPayout(PAYOUT)),
        Ask(_bank("pending"), words="under way"),
        Ask(_bank("paid"), words="paid"),
        Ask(_bank("failed"), words="failed"),
        Ask(reversed_().command),
        Ask(RecordRefusedStep(PAYOUT, "transfer", "balance_insufficient"), words="the transfer"),
        Ask(RecordRefusedStep(PAYOUT, "bank", "payouts_not_allowed"), words="the bank payout"),
        Ask(RecordUnresolved(PAYOUT, "transfer", "no answer"), words="the transfer"),
        Ask(RecordUnresolved(PAYOUT, "bank", "no answer"), words="the bank payout"),
        Ask(RecordUnresolved(PAYOUT, "reversal", "no answer"), words="the reversal"),
        Ask(HoldPayout(PAYOUT, "a question"), FINANCE),
        Ask(ReleasePayout(PAYOUT), FINANCE),
        Ask(cancel(), FINANCE),
        Ask(RetryPayout(PAYOUT), FINANCE),
    ),
)


def bank_state(payout: Payout) -> str:
    if payout.on_hold:
        return "on hold"
    return "in a file" if payout.status == "bank_submitted" else payout.status


BANK_PAYOUTS = Life(
    title="Payout by bank transfer",
    about="It goes out in one payment file. In the file nobody can stop it: it is *paid* or *failed* as the bank says.",
    kind=Payout,
    stream_id=PAYOUT,
    state_of=bank_state,
    before=[on_offer(), *confirmed(), by_bank(), completed()],
    examples={
        "drafted": drafted(),
        "on hold": [drafted(), Step(HoldPayout(PAYOUT, "a question"), FINANCE)],
        "in a file": [drafted(), filed()],
        "paid": [drafted(), filed(), bank_paid()],
        "failed": [drafted(), filed(), bank_returned()],
        "cancelled": [drafted(), Step(cancel(), FINANCE)],
    },
    asks=(
        Ask(draft_payout(), at=RUN_AT),
        Ask(filed().command, FINANCE),
        Ask(bank_paid().command, FINANCE),
        Ask(bank_returned().command, FINANCE),
        Ask(ConfirmPaymentFile(FILE_ID, {}), FINANCE, "all of it is paid"),
        Ask(ConfirmPaymentFile(FILE_ID, {PAYOUT: "AC04"}), FINANCE, "but for this payout"),
        Ask(HoldPayout(PAYOUT, "a question"), FINANCE),
        Ask(ReleasePayout(PAYOUT), FINANCE),
        Ask(cancel(), FINANCE),
        Ask(RetryPayout(PAYOUT), FINANCE),
        Ask(BeginTransfer(PAYOUT)),
    ),
)
_START = StartPayoutRun("weekly", "UTC", PERIOD_END)

RUNS = Life(
    title="Payout run",
    about="One for each cadence and period, which looks at one vendor after the other.",
    kind=PayoutRun,
    stream_id=RUN,
    state_of=lambda run: "finished" if run.finished else "running",
    before=[*EARNED, payable()],
    examples={
        "running": Step(_START, at=RUN_AT),
        "finished": [Step(_START, at=RUN_AT), Step(FinishPayoutRun(RUN, payouts=1, carried=0))],
    },
    asks=(
        Ask(_START, FINANCE, at=RUN_AT),
        Ask(AdvancePayoutRun(RUN, VENDOR_ID, "EUR", 1, 0, 1)),
        Ask(FinishPayoutRun(RUN, payouts=1, carried=0)),
    ),
)


def vendor_state(vendor: Vendor) -> str:
    if vendor.payouts_on_hold:
        return "payouts held"
    if vendor.details_version is not None:
        return "by bank transfer"
    if vendor.stripe_account_id is None:
        return "account requested" if vendor.account_requested else "enrolled"
    return "ready" if vendor.ready else "not ready"


VENDORS = Life(
    title="Vendor",
    about="How a vendor is paid. What it earns is drafted as a payout only when it is *ready*; else it is carried on.",
    kind=Vendor,
    stream_id=VENDOR_STREAM,
    state_of=vendor_state,
    before=[],
    examples={
        "enrolled": EARNED,
        "account requested": [*EARNED, Step(RequestPayoutAccount(), VENDOR)],
        "not ready": [*EARNED, payable(ready=False)],
        "ready": [*EARNED, payable()],
        "by bank transfer": [*EARNED, by_bank()],
        "payouts held": [*EARNED, payable(), Step(HoldVendorPayouts(VENDOR_ID, "a question"), FINANCE)],
    },
    asks=(
        Ask(register(), begins=True),
        Ask(ChooseCadence("monthly"), VENDOR),
        Ask(RequestPayoutAccount(), VENDOR),
        Ask(RecordPayoutAccount(VENDOR_ID, "acct_kayak", ready=False), words="not ready"),
        Ask(RecordPayoutAccount(VENDOR_ID, "acct_kayak", ready=True), words="ready"),
        Ask(by_bank().command, VENDOR),
        Ask(ChooseStripe(), VENDOR),
        Ask(limited(5_000).command, FINANCE),
        Ask(HoldVendorPayouts(VENDOR_ID, "a question"), FINANCE),
        Ask(ReleaseVendorPayouts(VENDOR_ID), FINANCE),
        Ask(ReleaseEarnings(VENDOR_ID, "EUR"), at=RUN_AT),
        Ask(draft_payout(), at=RUN_AT),
    ),
)
_PROPOSED = Step(ProposeAdjustment(OPENING_ID, VENDOR_ID, Money(5_00, "EUR"), "correction", "TICKET-1"), FINANCE)

ADJUSTMENTS = Life(
    title="Adjustment",
    about="Money given to a vendor or taken from it, decided by two people of finance.",
    kind=Adjustment,
    stream_id=OPENING_ID,
    state_of=lambda adjustment: str(adjustment.status),
    before=Step(on_offer()[0].command),
    examples={
        "proposed": _PROPOSED,
        "approved": [_PROPOSED, Step(ApproveAdjustment(OPENING_ID), COLLEAGUE)],
        "rejected": [_PROPOSED, Step(RejectAdjustment(OPENING_ID), FINANCE)],
    },
    asks=(
        Ask(_PROPOSED.command, FINANCE, begins=True),
        Ask(ApproveAdjustment(OPENING_ID), COLLEAGUE, "by a second person"),
        Ask(ApproveAdjustment(OPENING_ID), FINANCE, "by the first"),
        Ask(RejectAdjustment(OPENING_ID), FINANCE),
    ),
)
LIVES = (PAYOUTS, BANK_PAYOUTS, RUNS, VENDORS, ADJUSTMENTS)
