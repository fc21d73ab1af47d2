"""Payouts by bank transfer: put into a payment file, once each, and marked as our bank says what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from commands.payout_control import check_finance, give_lines_back
from commands.work import Work
from domain.ids import vendor_stream_id
from domain.payment_file import Debtor, PaymentFile
from domain.payout import Payout
from domain.vendor import BANK_CURRENCY, Vendor


@dataclass(frozen=True, slots=True)
class CreatePaymentFile:
    """`payout_ids` are those that the read models say wait for it; those that do not any more are left out."""

    file_id: UUID
    payout_ids: tuple[UUID, ...]
    debtor: Debtor
    execution_date: date | None = None


@dataclass(frozen=True, slots=True)
class ConfirmBankPayment:
    """Our bank has paid this payout."""

    payout_id: UUID
    version: int | None = None


@dataclass(frozen=True, slots=True)
class RecordBankReturn:
    """Our bank did not pay this payout, or it was sent back; `code` is the bank's own word, such as AC04."""

    payout_id: UUID
    code: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ConfirmPaymentFile:
    """Our bank has paid what is under way of this file, but for what it did not pay or sent back.

    `returned` has those payouts with the bank's reason code.
    """

    file_id: UUID
    returned: Mapping[UUID, str]
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ConfirmedFile:
    """A payment file, and its payouts as they stand now, in its order."""

    file: PaymentFile
    payouts: tuple[Payout, ...]

    @property
    def version(self) -> int:
        return self.file.version

    @property
    def under_way(self) -> int:
        return sum(payout.status == "bank_submitted" for payout in self.payouts)

    @property
    def returned(self) -> int:
        return sum(payout.returned for payout in self.payouts)


async def create_payment_file(command: CreatePaymentFile, work: Work) -> PaymentFile:
    """Raises NothingToPay. A vendor that names no bank account any more is left out. A known file stays as it is."""
    check_finance(work)
    known = await work.find(PaymentFile, command.file_id)
    if known is not None:
        return known
    now = await work.now()
    filed: list[Payout] = []
    for payout_id in command.payout_ids:
        payout = await work.get(Payout, payout_id)
        vendor = await work.get(Vendor, vendor_stream_id(payout.vendor_id))
        details = vendor.details_version
        if details is not None and payout.file(file_id=command.file_id, details_version=details, now=now):
            filed.append(payout)
    return work.add(
        PaymentFile.create(
            file_id=command.file_id,
            currency=BANK_CURRENCY,
            debtor=command.debtor,
            execution_date=command.execution_date or now.date(),
            payout_ids=tuple(payout.id for payout in filed),
            total_minor=sum(payout.amount_minor for payout in filed),
            now=now,
        )
    )


async def confirm_bank_payment(command: ConfirmBankPayment, work: Work) -> Payout:
    check_finance(work)
    payout = await work.get(Payout, command.payout_id, version=command.version)
    payout.confirm_paid(now=await work.now())
    return payout


async def record_bank_return(command: RecordBankReturn, work: Work) -> Payout:
    """The lines are available again, for the next payout."""
    check_finance(work)
    payout = await work.get(Payout, command.payout_id, version=command.version)
    if payout.give_back(code=command.code, now=await work.now()):
        await give_lines_back(work, payout)
    return payout


async def confirm_payment_file(command: ConfirmPaymentFile, work: Work) -> ConfirmedFile:
    """The whole file in one append. What the bank has answered before stays as it is, but for a payout that is named:
    that one came back, be it days after it was paid. Raises NotInThisFile.
    """
    check_finance(work)
    file = await work.get(PaymentFile, command.file_id, version=command.version)
    file.check_has(command.returned)
    now = await work.now()
    payouts = [await work.get(Payout, payout_id) for payout_id in file.payout_ids]
    for payout in payouts:
        code = command.returned.get(payout.id)
        if code is None:
            payout.paid(now=now)
        elif payout.give_back(code=code, now=now):
            await give_lines_back(work, payout)
    return ConfirmedFile(file, tuple(payouts))
