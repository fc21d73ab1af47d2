"""Payouts that go astray in every way there is, for the journey that goes through everything."""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from commands.adjust import ApproveAdjustment, ProposeAdjustment, RejectAdjustment
from commands.draft_payout import DraftPayout
from commands.payment_file import ConfirmBankPayment, CreatePaymentFile, RecordBankReturn
from commands.payout_control import (
    CancelPayout,
    HoldPayout,
    HoldVendorPayouts,
    LimitClawback,
    ReleasePayout,
    ReleaseVendorPayouts,
    RetryPayout,
)
from commands.payout_run import AdvancePayoutRun, StartPayoutRun
from commands.record_payout import (
    BeginBankPayout,
    BeginTransfer,
    RecordRefusedStep,
    RecordReversal,
    RecordTransfer,
    RecordUnresolved,
)
from commands.vendor_settings import ChooseBankTransfer, ChooseStripe
from domain.actor import Actor
from domain.balance_entry import BalanceEntry
from domain.money import Money
from domain.payment_file import Debtor
from domain.payout import Payout
from domain.periods import cutoff_of, last_period_end

if TYPE_CHECKING:
    from tests.integration.journey import Journey

FINANCE, OTHER = Actor(uuid4(), "finance"), Actor(uuid4(), "finance")


def astray(journey: "Journey", bounced: UUID) -> None:
    """The bank sent this payout back: its money is taken back, and the next ones do not get far either."""
    world = journey.world
    _adjusted(journey)
    world.do(RetryPayout(bounced), FINANCE)
    _reversed(journey, bounced)
    world.do(HoldVendorPayouts(journey.vendor_id, "a question"), FINANCE)
    assert _drafted(journey) is None
    world.do(ReleaseVendorPayouts(journey.vendor_id), FINANCE)
    stopped = _drafted(journey)
    assert stopped is not None
    world.do(HoldPayout(stopped.id, "another question"), FINANCE)
    world.do(ReleasePayout(stopped.id), FINANCE)
    world.do(BeginTransfer(stopped.id))
    world.do(RecordUnresolved(stopped.id, "transfer", "no answer"))
    world.do(RecordRefusedStep(stopped.id, "transfer", "balance_insufficient"))
    world.do(CancelPayout(stopped.id, "wrong week"), FINANCE)
    taken_back = _drafted(journey)
    assert taken_back is not None
    world.do(BeginTransfer(taken_back.id))
    entry = BalanceEntry(f"txn_{taken_back.id}", -taken_back.amount_minor, 0, journey.currency)
    world.do(RecordTransfer(taken_back.id, f"tr_{taken_back.id}", entry))
    world.do(BeginBankPayout(taken_back.id))
    world.do(RecordRefusedStep(taken_back.id, "bank", "payouts_not_allowed"))
    world.do(CancelPayout(taken_back.id, "closed down"), FINANCE)
    _reversed(journey, taken_back.id)


def by_file(journey: "Journey", vendor: Actor, file_id: UUID | None = None) -> None:
    """A vendor that owes more than one payout may be cut by is paid by bank transfer, and its bank sends it back."""
    world = journey.world
    assert vendor.account_id is not None
    world.do(ChooseBankTransfer(1, {"iban": "c2VhbGVk", "account_holder": "c2VhbGVk"}), vendor)
    world.do(LimitClawback(vendor.account_id, 2_500, "agreed by letter"), FINANCE)
    for minor in (100_00, -70_00):
        adjustment_id, amount = uuid4(), Money(minor, "EUR")
        propose = ProposeAdjustment(adjustment_id, vendor.account_id, amount, "correction", "FIN-143")
        world.do(propose, FINANCE)
        world.do(ApproveAdjustment(adjustment_id), OTHER)
    world.travel(world.now() + timedelta(days=7))
    period_end = last_period_end("weekly", world.now().date())
    draft = DraftPayout(vendor.account_id, "EUR", "weekly", period_end, cutoff_of(period_end, "UTC"))
    payout = world.do(draft)
    debtor = Debtor("Travellr GmbH", "DE89370400440532013000", None)
    world.do(CreatePaymentFile(file_id or uuid4(), (payout.id,), debtor), FINANCE)
    world.do(ConfirmBankPayment(payout.id), FINANCE)
    world.do(RecordBankReturn(payout.id, "AC04"), FINANCE)
    world.do(ChooseStripe(), vendor)


def _drafted(journey: "Journey") -> Payout | None:
    """The payout of the next week, in a run that has just begun."""
    world = journey.world
    world.travel(world.now() + timedelta(days=7))
    period_end = last_period_end("weekly", world.now().date())
    run = world.do(StartPayoutRun("weekly", "UTC", period_end))
    cutoff = cutoff_of(period_end, "UTC")
    drafted: Payout | None = world.do(DraftPayout(journey.vendor_id, journey.currency, "weekly", period_end, cutoff))
    world.do(AdvancePayoutRun(run.id, journey.vendor_id, journey.currency, int(drafted is not None), 0, 1))
    return drafted


def _reversed(journey: "Journey", payout_id: UUID) -> None:
    payout = journey.world.hands.load(Payout, payout_id)
    entry = BalanceEntry(f"txn_back_{payout_id}", payout.amount_minor, 0, journey.currency)
    journey.world.do(RecordReversal(payout_id, f"trr_{payout_id}", entry))


def _adjusted(journey: "Journey") -> None:
    """One that two people agreed on, effective in the past, and one that was rejected."""
    agreed, rejected = uuid4(), uuid4()
    amount, before = Money(5_00, journey.currency), journey.world.now() - timedelta(days=3)
    for each in (agreed, rejected):
        propose = ProposeAdjustment(each, journey.vendor_id, amount, "compensation", "FIN-142", before)
        journey.world.do(propose, FINANCE)
    journey.world.do(ApproveAdjustment(agreed), OTHER)
    journey.world.do(RejectAdjustment(rejected), OTHER)
