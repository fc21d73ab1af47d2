"""An account as its owner sees it."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from pydantic import BaseModel, Field

from commands.append import Answer
from commands.dispatch import Done
from domain.account import Account
from infrastructure.enrolment import Person
from infrastructure.known_account import KnownAccount


class KeptAccount(BaseModel):
    """What may be kept for an idempotency key: nothing personal."""

    id: UUID
    role: str
    status: str
    email_verified: bool = Field(description="Whether the link that was sent to the address was followed.")
    second_factor: bool = Field(description="Whether signing in needs a one-time code, too.")
    created_at: datetime


class AccountView(KeptAccount):
    email: str
    full_name: str
    phone: str | None = None
    locale: str | None = None


def kept_account(account: Account) -> KeptAccount:
    return KeptAccount(
        id=account.id,
        role=account.role,
        status=account.status,
        email_verified=account.email_verified,
        second_factor=account.second_factor == "on",
        created_at=account.created_on,
    )


def account_view(kept: KeptAccount, person: Person) -> AccountView:
    return AccountView(
        **kept.model_dump(),
        email=person.email,
        full_name=person.full_name,
        phone=person.phone,
        locale=person.locale,
    )


def known_view(known: KnownAccount) -> AccountView:
    return account_view(kept_account(known.account), known.person())


def named(done: Done, person: Person) -> Done:
    """What is kept for an idempotency key names nobody; the request, which is the same, says who it was."""
    kept = done.answer
    assert kept is not None
    if kept.status != HTTPStatus.CREATED:
        return done
    body = account_view(KeptAccount.model_validate_json(kept.body), person).model_dump_json().encode()
    return Done(done.result, done.position, Answer(kept.status, body, kept.version), done.replayed)
