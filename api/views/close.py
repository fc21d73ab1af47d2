"""Closed days, as answers have them."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from api.views.money import MoneyView, money
from domain.daily_close import CLEARING, SUSPENSE, AccountTotal, Comparison, DailyClose
from queries.closes import CloseRow
from queries.trial_balance import AccountRow


class ReconciliationView(BaseModel):
    run_id: UUID
    matched: int
    ours_only: int
    theirs_only: int
    different: int
    open_differences: int


class CloseView(BaseModel):
    """`position` is the last of the log that counts; `previous` the digest of the close before (ADR 0020)."""

    id: UUID
    day: date
    time_zone: str
    cutoff: datetime
    position: int
    clearing_is_zero: bool
    suspense_is_zero: bool
    reconciliation: ReconciliationView | None
    previous: str | None
    digest: str
    closed_at: datetime


class ClosedAccountView(BaseModel):
    account: str
    debit: MoneyView
    credit: MoneyView
    late_debit: MoneyView = Field(description="What came too late for this close, up to now.")
    late_credit: MoneyView


class CloseWithAccounts(CloseView):
    accounts: list[ClosedAccountView]


def close_made(close: DailyClose) -> CloseView:
    found = close.standing.comparison
    return CloseView(
        id=close.id,
        day=close.day,
        time_zone=close.time_zone,
        cutoff=close.cutoff,
        position=close.standing.position,
        clearing_is_zero=close.standing.is_zero(CLEARING),
        suspense_is_zero=close.standing.is_zero(SUSPENSE),
        reconciliation=_reconciliation(found) if found else None,
        previous=close.previous,
        digest=close.digest,
        closed_at=close.created_on,
    )


def close_view(row: CloseRow) -> CloseView:
    return CloseView(
        id=row.close_id,
        day=row.day,
        time_zone=row.time_zone,
        cutoff=row.cutoff,
        position=row.position,
        clearing_is_zero=row.clearing_is_zero,
        suspense_is_zero=row.suspense_is_zero,
        reconciliation=_reconciliation(row.comparison) if row.comparison else None,
        previous=row.previous,
        digest=row.digest,
        closed_at=row.closed_at,
    )


def _reconciliation(found: Comparison) -> ReconciliationView:
    return ReconciliationView(
        run_id=found.run_id,
        matched=found.matched,
        ours_only=found.ours_only,
        theirs_only=found.theirs_only,
        different=found.different,
        open_differences=found.open_differences,
    )


def closed_accounts_view(
    sealed: list[AccountTotal], late: dict[tuple[str, str], AccountRow]
) -> list[ClosedAccountView]:
    """Also accounts that had moved nothing when the day was closed."""
    known = {(row.currency, row.account): row for row in sealed}
    return [
        _account(account, currency, known.get((currency, account)), late.get((account, currency)))
        for currency, account in sorted(known.keys() | {(currency, account) for account, currency in late})
    ]


def _account(account: str, currency: str, sealed: AccountTotal | None, late: AccountRow | None) -> ClosedAccountView:
    return ClosedAccountView(
        account=account,
        debit=money(sealed.debit_minor if sealed else 0, currency),
        credit=money(sealed.credit_minor if sealed else 0, currency),
        late_debit=money(late.debit_minor if late else 0, currency),
        late_credit=money(late.credit_minor if late else 0, currency),
    )
