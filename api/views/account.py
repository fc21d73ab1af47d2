"""An account as its owner sees it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from domain.account import Account
from infrastructure.enrolment import Person


class KeptAccount(BaseModel):
    """What may be kept for an idempotency key: nothing personal."""

    id: UUID
    role: str
    status: str
    created_at: datetime


class AccountView(KeptAccount):
    email: str
    full_name: str
    phone: str | None = None
    locale: str | None = None


def kept_account(account: Account) -> KeptAccount:
    return KeptAccount(id=account.id, role=account.role, status=account.status, created_at=account.created_on)


def account_view(kept: KeptAccount, person: Person) -> AccountView:
    return AccountView(
        **kept.model_dump(),
        email=person.email,
        full_name=person.full_name,
        phone=person.phone,
        locale=person.locale,
    )
