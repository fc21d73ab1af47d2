"""PaymentFile: payouts that our own bank is asked to make, in one file that can be fetched again, byte for byte."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from domain.refusal import Refusal
from domain.root import FirstEvent, Root

PAYOUTS_MAX: Final = 1_000  # Of one file, which is one append; what is more goes into the next.


class NothingToPay(Refusal):
    """No payout waits for a payment file."""


class NotOneFile(Refusal):
    """These payouts stand in no payment file or in several; GET /finance/payment-files lists them, POST makes one."""


class NotInThisFile(Refusal):
    """A payout that is named does not stand in this payment file."""


class NoPayingAccount(Refusal):
    """TRAVELLR_SEPA_NAME and TRAVELLR_SEPA_IBAN are not set, so there is no account to pay from."""


class FileForgotten(Refusal):
    """A vendor in this file was erased since, and with it where the money went; it cannot be made again."""


@dataclass(frozen=True, slots=True)
class Debtor:
    """The account that is paid from: ours."""

    name: str
    iban: str
    bic: str | None


class PaymentFile(Root):
    TOPIC = "payment_file"

    def __init__(self) -> None:
        self.currency = ""
        self.debtor = Debtor("", "", None)
        self.execution_date = date.min
        self.payout_ids: tuple[UUID, ...] = ()
        self.total_minor = 0

    @classmethod
    def create(
        cls,
        *,
        file_id: UUID,
        currency: str,
        debtor: Debtor,
        execution_date: date,
        payout_ids: tuple[UUID, ...],
        total_minor: int,
        now: datetime,
    ) -> PaymentFile:
        """A file of these payouts. Raises NothingToPay if there are none."""
        if not payout_ids:
            raise NothingToPay
        assert len(payout_ids) <= PAYOUTS_MAX
        return cls.begin(
            cls.Created,
            stream_id=file_id,
            now=now,
            currency=currency,
            debtor=debtor,
            execution_date=execution_date,
            payout_ids=payout_ids,
            total_minor=total_minor,
        )

    def check_has(self, payout_ids: Collection[UUID]) -> None:
        """Raises NotInThisFile, naming the payouts that do not stand in it."""
        strangers = sorted(set(payout_ids).difference(self.payout_ids))
        if strangers:
            raise NotInThisFile(f"Not in this payment file: {', '.join(map(str, strangers))}.")

    class Created(FirstEvent):
        """Our bank is to pay these payouts on this day, from this account."""

        TOPIC = "payment_file.created"
        currency: str
        debtor: Debtor
        execution_date: date
        payout_ids: tuple[UUID, ...]
        total_minor: int

        def apply(self, aggregate: PaymentFile) -> None:
            aggregate.currency = self.currency
            aggregate.debtor = self.debtor
            aggregate.execution_date = self.execution_date
            aggregate.payout_ids = self.payout_ids
            aggregate.total_minor = self.total_minor
