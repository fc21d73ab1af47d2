"""Accounts, with their personal data as sealed as in the log."""

from collections.abc import Iterator

from domain.account import Account
from domain.root import Event
from projections.change import Change, Projection, Put


def project(event: Event, _position: int) -> Iterator[Change]:
    match event:
        case Account.Registered() as e:
            yield Put(
                "account",
                {"account_id": e.originator_id},
                {"role": e.role, "status": "active", "sealed": e.sealed, "created_at": e.timestamp},
            )


ACCOUNTS = Projection("accounts", (Account.Registered,), project, ("account",))
