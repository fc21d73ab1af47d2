"""Steps of payouts for the stories: of those that go well, and of those that go astray."""

from datetime import date, timedelta
from uuid import UUID

from commands.adjust import ApproveAdjustment, ProposeAdjustment, RejectAdjustment
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
from commands.payout_run import AdvancePayoutRun
from commands.record_payout import (
    BeginBankPayout,
    BeginTransfer,
    RecordBankPayout,
    RecordRefusedStep,
    RecordReversal,
    RecordTransfer,
    RecordUnresolved,
)
from commands.vendor_settings import ChooseBankTransfer, ChooseStripe
from domain.actor import Actor
from domain.ids import payout_id, payout_run_id
from domain.money import Money
from domain.payment_file import Debtor
from tests.unit.facts import (
    DAY,
    FINANCE,
    PERIOD_END,
    RUN_AT,
    VENDOR,
    VENDOR_ID,
    draft_payout,
    entry_of,
)
from tests.unit.story import T0, Given, Step

WEEK = timedelta(days=7)


def period(n: int) -> date:
    """The n-th period end after the first."""
    return PERIOD_END + n * WEEK


def payout_of(n: int = 0) -> UUID:
    return payout_id(VENDOR_ID, "EUR", period(n))


def drafted(n: int = 0) -> Step:
    return Step(draft_payout(period(n)), at=RUN_AT + n * WEEK)


def transferred(n: int = 0, *, minor: int = 80_00) -> list[Step]:
    entry = entry_of(f"transfer{n}", -minor)
    return [Step(BeginTransfer(payout_of(n))), Step(RecordTransfer(payout_of(n), f"tr_{n}", entry))]


def paid(n: int = 0, *, minor: int = 80_00) -> list[Step]:
    bank = RecordBankPayout(payout_of(n), f"po_{n}", "paid")
    return [*transferred(n, minor=minor), Step(BeginBankPayout(payout_of(n))), Step(bank)]


def failed(n: int = 0, *, days: int = 3) -> Step:
    """The bank sends it back."""
    at = RUN_AT + n * WEEK + days * DAY
    return Step(RecordBankPayout(payout_of(n), f"po_{n}", "failed", "account_closed"), at=at)


def reversed_(n: int = 0, *, minor: int = 80_00) -> Step:
    """The transfer is taken back."""
    return Step(RecordReversal(payout_of(n), f"trr_{n}", entry_of(f"reversal{n}", minor)))


FILE_ID = UUID("0198d000-0000-7000-8000-00000000000f")
DEBTOR = Debtor("Travellr GmbH", "DE89370400440532013000", None)


def by_bank(version: int = 1) -> Step:
    """The vendor, whose account is at this version, names a bank account."""
    return Step(ChooseBankTransfer(version, {"iban": "c2VhbGVk", "account_holder": "c2VhbGVk"}), VENDOR)


def filed(*ns: int, file_id: UUID = FILE_ID) -> Step:
    """These payouts, or the first, stand in a payment file."""
    return Step(CreatePaymentFile(file_id, tuple(payout_of(n) for n in ns or (0,)), DEBTOR), FINANCE)


def earned_again(n: int, *, minor: int = 80_00) -> list[Given]:
    """The vendor is given this much, by two people's word, in time for the n-th payout."""
    given_id = UUID(f"0198d000-0000-7000-8000-0000000002{n:02}")
    other = Actor(UUID("0198a000-0000-7000-8000-000000000008"), "finance")
    propose = ProposeAdjustment(given_id, VENDOR_ID, Money(minor, "EUR"), "correction", f"FIN-{n}")
    return [Step(propose, FINANCE), Step(ApproveAdjustment(given_id), other)]


def bank_paid(n: int = 0) -> Step:
    return Step(ConfirmBankPayment(payout_of(n)), FINANCE)


def bank_returned(n: int = 0) -> Step:
    return Step(RecordBankReturn(payout_of(n), "AC04"), FINANCE)


def limited(share_bp: int) -> Step:
    """A payout is cut by no more than this share for older debts."""
    return Step(LimitClawback(VENDOR_ID, share_bp, "agreed by letter"), FINANCE)


def owing(minor: int, n: int = 9) -> list[Given]:
    """The vendor owes this much, by two people's word."""
    debt = UUID(f"0198d000-0000-7000-8000-0000000001{n:02}")
    other = Actor(UUID("0198a000-0000-7000-8000-000000000008"), "finance")
    propose = ProposeAdjustment(debt, VENDOR_ID, Money(-minor, "EUR"), "penalty", f"FIN-{n}")
    return [Step(propose, FINANCE), Step(ApproveAdjustment(debt), other)]


def cancel(n: int = 0) -> CancelPayout:
    return CancelPayout(payout_of(n), "not this week")


def adjustments() -> list[Given]:
    """One that two people agreed on, and one that was rejected."""
    ids = [UUID(f"0198d000-0000-7000-8000-{n:012}") for n in (1, 2)]
    proposed = [
        ProposeAdjustment(each, VENDOR_ID, Money(5_00, "EUR"), "compensation", "FIN-142", T0 if n else None)
        for n, each in enumerate(ids)
    ]
    other = Actor(UUID("0198a000-0000-7000-8000-000000000008"), "finance")
    return [
        *(Step(command, FINANCE) for command in proposed),
        Step(ApproveAdjustment(ids[1]), other),
        Step(RejectAdjustment(ids[0]), other),
    ]


def by_file(n: int, *, minor: int) -> list[Given]:
    """The n-th payout goes by bank transfer, and comes back; the one after it leaves a debt to the next."""
    return [
        by_bank(),
        drafted(n),
        filed(n),
        bank_paid(n),
        bank_returned(n),
        Step(ChooseStripe(), VENDOR),
        [limited(5_000), owing(minor), drafted(n + 1)],
    ]


def astray(*, minor: int) -> list[Given]:
    """The bank has sent the first payout back. Then whatever may happen to a payout happens to the next ones."""
    second = payout_of(1)
    return [
        Step(RetryPayout(payout_of(0)), FINANCE),
        reversed_(0, minor=minor),
        Step(HoldVendorPayouts(VENDOR_ID, "a question"), FINANCE),
        Step(ReleaseVendorPayouts(VENDOR_ID), FINANCE),
        drafted(1),
        Step(AdvancePayoutRun(payout_run_id("weekly", PERIOD_END), VENDOR_ID, "EUR", 1, 0, 1)),
        Step(HoldPayout(second, "another question"), FINANCE),
        Step(ReleasePayout(second), FINANCE),
        Step(BeginTransfer(second)),
        Step(RecordUnresolved(second, "transfer", "no answer")),
        Step(RecordRefusedStep(second, "transfer", "balance_insufficient")),
        Step(cancel(1), FINANCE),
        drafted(2),
        transferred(2, minor=minor),
        Step(BeginBankPayout(payout_of(2))),
        Step(RecordRefusedStep(payout_of(2), "bank", "payouts_not_allowed")),
        Step(cancel(2), FINANCE),
        reversed_(2, minor=minor),
        adjustments(),
    ]
