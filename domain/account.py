"""Account: a person or a machine that can sign in. Personal data stands in its events only as ciphertext."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.actor import Role
from domain.refusal import Refusal
from domain.root import FirstEvent, Root


class EmailTaken(Refusal):
    """There is an account with this e-mail address already."""


class Account(Root):
    TOPIC = "account"

    def __init__(self) -> None:
        self.role: Role = "traveller"
        self.status = "active"
        self.sealed: dict[str, str] = {}
        self.password_sealed = ""

    @classmethod
    def register(
        cls, *, account_id: UUID, role: Role, sealed: dict[str, str], password_sealed: str, now: datetime
    ) -> Account:
        """A new account. `sealed` maps field names to ciphertext under the person's own key."""
        return cls.begin(
            cls.Registered,
            stream_id=account_id,
            now=now,
            role=role,
            sealed=sealed,
            password_sealed=password_sealed,
        )

    class Registered(FirstEvent):
        """Someone can sign in from now on; all that is personal stands here as ciphertext."""

        TOPIC = "account.registered"
        role: Role
        sealed: dict[str, str]
        password_sealed: str

        def apply(self, aggregate: Account) -> None:
            aggregate.role = self.role
            aggregate.sealed = dict(self.sealed)
            aggregate.password_sealed = self.password_sealed
