"""Lines of the journal, as answers and files have them."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from pydantic import BaseModel, Field

from api.views.money import MoneyView, money
from domain.money import Money
from infrastructure.exports import Column, Row
from queries.journal import JournalRow


class JournalLine(BaseModel):
    """`at` is `effective_at`, by its older name."""

    position: int
    line: int
    at: datetime
    effective_at: datetime
    known_at: datetime = Field(description="When it was recorded.")
    topic: str
    account: str
    owner_id: UUID | None
    debit: MoneyView
    credit: MoneyView
    booking_id: UUID | None
    vendor_id: UUID | None
    provider_ref: str | None
    late: bool = Field(description="Recorded after the day in which it took effect had been closed.")
    late_for: date | None = Field(description="That day.")


JOURNAL_COLUMNS: Final = (
    Column("position", "whole"),
    Column("line", "whole"),
    Column("effective_at", "instant"),
    Column("known_at", "instant"),
    Column("late_for", "day"),
    Column("topic"),
    Column("account"),
    Column("owner_id"),
    Column("currency"),
    Column("debit", "money"),
    Column("credit", "money"),
    Column("debit_minor", "whole"),
    Column("credit_minor", "whole"),
    Column("booking_id"),
    Column("vendor_id"),
    Column("provider_ref"),
)


def journal_line(row: JournalRow) -> JournalLine:
    return JournalLine(
        position=row.position,
        line=row.line,
        at=row.at,
        effective_at=row.at,
        known_at=row.known_at,
        topic=row.topic,
        account=row.account,
        owner_id=row.owner_id,
        debit=money(row.debit_minor, row.currency),
        credit=money(row.credit_minor, row.currency),
        booking_id=row.booking_id,
        vendor_id=row.vendor_id,
        provider_ref=row.provider_ref,
        late=row.late_for is not None,
        late_for=row.late_for,
    )


def journal_cells(row: JournalRow) -> Row:
    return (
        row.position,
        row.line,
        row.at,
        row.known_at,
        row.late_for,
        row.topic,
        row.account,
        row.owner_id,
        row.currency,
        Money(row.debit_minor, row.currency),
        Money(row.credit_minor, row.currency),
        row.debit_minor,
        row.credit_minor,
        row.booking_id,
        row.vendor_id,
        row.provider_ref,
    )
