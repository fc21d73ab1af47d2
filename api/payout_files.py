"""Payouts, their lines, and what a run would do or left, as rows of files."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Final
from uuid import UUID

from domain.money import Money
from infrastructure.exports import Column, Row
from queries.payout_preview import whole_preview
from queries.payout_runs import PayoutRunRow, all_carried
from queries.payouts import all_lines, all_payouts
from queries.rows import Connection

PAYOUTS: Final = (
    Column("payout_id"),
    Column("vendor_id"),
    Column("cadence"),
    Column("period_end", "day"),
    Column("status"),
    Column("currency"),
    Column("amount", "money"),
    Column("amount_minor", "whole"),
    Column("created_at", "instant"),
    Column("paid_at", "instant"),
    Column("transfer_id"),
    Column("stripe_payout_id"),
    Column("failure_code"),
    Column("method"),
    Column("payment_file_id"),
)
LINES: Final = (
    Column("line_id"),
    Column("booking_id"),
    Column("kind"),
    Column("earned_at", "instant"),
    Column("currency"),
    Column("amount", "money"),
    Column("amount_minor", "whole"),
)
PREVIEW: Final = (
    Column("vendor_id"),
    Column("currency"),
    Column("outcome"),
    Column("reason"),
    Column("lines", "whole"),
    *(Column(name, "money") for name in ("payable", "minimum", "netted")),
    Column("payable_minor", "whole"),
)
CARRIED: Final = (
    Column("vendor_id"),
    Column("currency"),
    Column("reason"),
    Column("carried_at", "instant"),
    *(Column(name, "money") for name in ("payable", "minimum")),
    Column("payable_minor", "whole"),
)


async def payout_rows(
    connection: Connection, period_end: date | None, status: str | None, vendor_id: UUID | None
) -> AsyncIterator[Row]:
    async for row in all_payouts(connection, period_end=period_end, status=status, vendor_id=vendor_id):
        yield (
            row.id,
            row.vendor_id,
            row.cadence,
            row.period_end,
            row.status,
            row.currency,
            Money(row.amount_minor, row.currency),
            row.amount_minor,
            row.created_at,
            row.paid_at,
            row.transfer_id,
            row.stripe_payout_id,
            row.failure_code,
            row.method,
            row.file_id,
        )


async def line_rows(connection: Connection, payout_id: UUID) -> AsyncIterator[Row]:
    async for row in all_lines(connection, payout_id):
        amount = Money(row.amount_minor, row.currency)
        yield (row.line_id, row.booking_id, row.kind, row.earned_at, row.currency, amount, row.amount_minor)


async def preview_rows(
    connection: Connection, cadence: str, period_end: date, *, cutoff: datetime, at: datetime
) -> AsyncIterator[Row]:
    async for row in whole_preview(connection, cadence, period_end, cutoff=cutoff, at=at):
        amounts = (row.payable_minor, row.minimum_minor, -row.owed_minor)
        shown = (Money(minor, row.currency) for minor in amounts)
        yield (row.vendor_id, row.currency, row.outcome, row.why_not, row.lines, *shown, row.payable_minor)


async def carried_rows(connection: Connection, run: PayoutRunRow) -> AsyncIterator[Row]:
    async for row in all_carried(connection, run.period_end, run.cadence):
        shown = (Money(minor, row.currency) for minor in (row.payable_minor, row.minimum_minor))
        yield (row.vendor_id, row.currency, row.reason, row.carried_at, *shown, row.payable_minor)
